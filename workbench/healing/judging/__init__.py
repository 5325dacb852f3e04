"""A closer look at patches that pass."""
