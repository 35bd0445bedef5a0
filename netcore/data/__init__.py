"""Pictures in: MNIST and uploaded photos."""
