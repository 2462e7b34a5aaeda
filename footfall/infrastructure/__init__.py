"""The adapters: the log and the views on a database, work in the background, and their wiring."""
