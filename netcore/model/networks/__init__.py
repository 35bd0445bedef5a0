"""Ready-made networks, one a file. Each file runs alone: its text is what the Model page shows."""
