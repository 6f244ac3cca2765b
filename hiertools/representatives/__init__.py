"""One vector a class, or their distances, and everything that yields them."""
