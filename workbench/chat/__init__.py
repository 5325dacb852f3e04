"""Talking with the workbench: conversations, answers while they are written, and tasks."""
