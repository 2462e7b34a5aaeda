"""The adapters: databases, readers of foreign formats, the command line, and their wiring."""
