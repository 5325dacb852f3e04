"""The five screens and what holds them: terminal, keys, status."""
