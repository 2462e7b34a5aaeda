"""A small shop with the tracker on its page, and beside it what `footfall serve` stores of it."""
