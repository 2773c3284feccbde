"""The index of training pairs: the states of the decoder before their words, to find those that are
nearest to the state before a word of a translation. No torch: `seqcli.training.pair_index` makes
the index."""
