"""The page of a translator: what its scripts need, and the page as one file.

The scripts and styles lie beside these modules as they are sent to the browser.
"""
