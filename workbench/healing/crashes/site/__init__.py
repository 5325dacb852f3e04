"""What comes into programs of Python 3.9 and later; it needs nothing but their own Python."""
