"""Train a network, keep its best checkpoint, find its runs again."""
