"""What differs between SQLite and PostgreSQL, as far as connections and transactions go."""
