"""How a `ClassTree` is made of what people keep trees in: its ``from_`` methods."""
