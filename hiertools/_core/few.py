"""How few classes are few."""

CLASSES = 32
"""Up to so many, all relabellings are looked at together as one array, by definition: as soon done
as compiled loops, and nothing is to be compiled."""
