"""The tables of the store, created and brought up to date."""
