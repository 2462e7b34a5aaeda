"""The log's statements in each database's dialect."""
