"""What each route does: a file for each group of routes."""
