"""Loaded before any test: what netcore sets for OpenMP counts only where it comes before torch."""

import netcore  # noqa: F401
