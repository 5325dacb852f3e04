"""Everything that touches model weights."""
