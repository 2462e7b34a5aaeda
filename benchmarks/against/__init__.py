"""Two builds side by side: this one, and the one of an older commit."""
