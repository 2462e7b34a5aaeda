"""What is asked of the views, one file a view."""
