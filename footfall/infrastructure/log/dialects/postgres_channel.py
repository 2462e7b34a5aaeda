"""How whoever listens on PostgreSQL learns that something was written."""

CHANNEL = "footfall"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', '')"
# Commits that notify wait for each other, so most do without: who is woken by one looks again a little later.
NOTIFY_SECONDS = 0.05
