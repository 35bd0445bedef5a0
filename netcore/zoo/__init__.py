"""Pretrained networks: what there is, what they say, what is left of them after a reset."""
