"""The page of built-in events, `docs/events.md`, as it follows from the catalogue: `python -m tests.event_page`."""
