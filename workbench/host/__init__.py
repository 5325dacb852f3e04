"""The one owner process of a workspace."""
