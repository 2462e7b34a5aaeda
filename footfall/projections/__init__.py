"""The read models: one a file, each with its columns and its fold over the log."""
