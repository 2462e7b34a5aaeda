"""Keys and trusted issuers as events of the catalogue."""
