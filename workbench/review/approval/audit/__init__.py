"""Whether what was decided, approved of and written is as it is told."""
