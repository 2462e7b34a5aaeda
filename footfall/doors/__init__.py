"""Who comes in: the command line, and what it reads and shows. Doors call the engine and nothing deeper."""
