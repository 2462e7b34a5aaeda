"""A made-up shop, for demonstrations."""
