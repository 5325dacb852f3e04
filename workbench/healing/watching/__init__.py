"""Noticing what changes in a project, and which tests that may touch."""
