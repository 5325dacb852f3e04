"""Crashes of programs: written down where they happen, read back, and made into tests."""
