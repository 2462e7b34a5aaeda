"""What is set by events: definitions of actions, and the session timeout."""
