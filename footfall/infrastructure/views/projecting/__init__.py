"""New events of the log folded into the views."""
