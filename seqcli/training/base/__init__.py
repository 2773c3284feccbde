"""Learning on: a run that begins with the network, the pieces and the settings of a folder."""
