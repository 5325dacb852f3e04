"""The engine of Workbench and its front doors."""

__version__ = "0.1.0"
