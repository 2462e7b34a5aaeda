"""What is set by events: definitions of actions, the session timeout, keys, and trusted issuers."""
