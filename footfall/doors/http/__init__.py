"""The HTTP door: events in over the network, profiles and views out."""
