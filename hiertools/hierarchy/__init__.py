"""From vectors to distances, and from distances to an inferred tree."""
