"""Heads: logits, losses, proxies and scale, for any model and any loop."""
