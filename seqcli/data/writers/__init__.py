"""Files that are filled in with translations, and new files of pairs; one module for each format.

To add a format, write a module here with a class that implements `seqcli.data.documents.Document`;
then add a line to `DOCUMENTS` in registry.py.
"""
