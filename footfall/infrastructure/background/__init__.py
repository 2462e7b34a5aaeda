"""Work in the background, and in other processes."""
