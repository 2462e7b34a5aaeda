"""Connections that a host lends for a transaction of its own, whichever library they come from."""
