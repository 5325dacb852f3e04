"""What a section says of a setting beside its type and its sentence."""

from __future__ import annotations

from msgspec import Meta

WIDENS = Meta(extra={"widens": True})
"""Marks what a project may not set for itself before a person trusts it."""
