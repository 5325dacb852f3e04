"""Trying candidates by the thousand, inside the box: collect once, exchange code, run the tests."""
