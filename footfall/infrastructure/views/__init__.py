"""The views on a database: projected, rebuilt, queried."""
