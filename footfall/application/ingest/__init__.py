"""Taking in what senders hand in: admitted, decided, appended, answered."""
