"""What generators know of the code around a place, and of the values that were there."""
