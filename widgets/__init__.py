"""Reusable parts that know values, not the engine."""
