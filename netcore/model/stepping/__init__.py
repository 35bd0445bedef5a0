"""A network run line by line: where it stops, and what its variables hold there."""
