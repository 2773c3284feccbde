"""What a corpus would teach a model, before one learns from it.

`check.py` runs the checks: those of cleaning, then one module for each family, in which a check is
a function of a pair that says what is wrong with it. A check that needs to know the whole corpus,
such as its usual script, is an object made from its pairs. `findings.py` says what comes out,
`forecast.py` what a training would take and reach. No torch.
"""
