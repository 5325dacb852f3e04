"""Bundles: subjects, sources and skills in one file that says what it holds, and can be signed."""
