"""The HTTP door: events in, documents out, for browsers, apps and services."""
