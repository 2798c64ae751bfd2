"""Lantern: a magic lantern for a photo collection."""

__version__ = "0.1.0"
