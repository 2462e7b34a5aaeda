"""What the engine is measured beside."""
