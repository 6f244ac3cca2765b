"""The numbers themselves: pure functions of arrays (and a tree)."""
