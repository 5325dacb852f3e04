"""The proof protocol: what a repair must show before it is called verified."""
