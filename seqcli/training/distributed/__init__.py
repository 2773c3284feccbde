"""One training on several processes, which `torchrun` has started on one machine or on several.

The first process (rank 0) is the training of `seqcli.training.train`. Before each update it sends
the batch to the others, each process computes its shards of the batch, the gradients are added up,
and each process changes its own copy of the weights by the same sum (synchronous data parallelism).
The other processes read no files, evaluate nothing, and write nothing.
"""
