"""One database, its connections and its errors, whichever its dialect."""
