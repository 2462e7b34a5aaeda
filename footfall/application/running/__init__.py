"""How work is carried out: tried again, watched, bounded."""
