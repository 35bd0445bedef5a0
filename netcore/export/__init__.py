"""The code twin: the PyTorch lines that do what the screen shows."""
