"""A page to come."""

from pages.shared import frame

frame.ensure()
