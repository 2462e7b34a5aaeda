"""The browser's side: one script, served as it stands."""
