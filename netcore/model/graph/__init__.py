"""The picture of a network: what really ran, as nodes and edges, folded and laid out."""
