"""Projectors and displays that can be switched, one protocol a file; see `hardware.ports`."""
