"""What happens between an image and its logits: every activation, where a number comes from, what a cut does."""
