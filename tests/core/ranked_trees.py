"""A small tree with ranks: two orders, a and b of one genus, d and e of another."""

from hiertools import ClassTree

RANKS = ("order", "genus", "species")
SPECIES = tuple("abcdef")


def ranked_tree(**others: str) -> ClassTree:
    """Return the tree of `SPECIES`, and of others by order and genus: ``g="w/t"``."""
    ways = {"a": "v/x", "b": "v/x", "c": "v/y", "d": "w/z", "e": "w/z", "f": "w/u", **others}
    lineages = {name: (*way.split("/"), name) for name, way in ways.items()}
    return ClassTree.from_lineages(lineages, ranks=RANKS)


FIELD = ranked_tree(g="q/r", h="w/t")
"""With classes that a model lacks: of h it may know the order, of g not even that."""
