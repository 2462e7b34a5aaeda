"""The engine: the face that a host embeds."""
