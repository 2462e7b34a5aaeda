"""What the use cases need from outside; the adapters are in `footfall.infrastructure`."""
