"""Writing what was accepted into the project: all of it or nothing, and back again at any time."""
