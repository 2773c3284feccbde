"""The network: cells, attention, encoder, decoder."""
