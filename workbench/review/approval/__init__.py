"""Who may approve of what, what was approved, and whether all of it was kept to."""
