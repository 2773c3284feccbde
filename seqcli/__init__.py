"""seqcli: from sentence pairs to a translator in one folder."""

__version__ = "0.1.0"
