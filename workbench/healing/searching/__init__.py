"""Trying candidates, the likeliest first."""
