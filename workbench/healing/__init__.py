"""Finding why something broke, and repairs that hold."""
