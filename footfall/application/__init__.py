"""The use cases: what the engine does, told in terms of ports."""
