"""The service over HTTP: events in, profiles out, for browsers, apps and services."""
