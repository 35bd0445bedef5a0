"""Define a network and look inside it."""
