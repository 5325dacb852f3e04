"""What was read, and finding in it."""
