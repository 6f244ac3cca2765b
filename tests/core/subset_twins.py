"""Triplets and quartets looked at one by one."""

import itertools
from collections import Counter

BOXES = ("n_agree", "n_contradicted", "n_only_reference", "n_only_other", "n_neither")


def clades(tree):
    order = [tree.classes[i] for i in tree.class_order]
    return {frozenset(order[a:b]) for a, b in zip(tree.clade_start, tree.clade_stop)}


def triplet_in(found, triplet):
    """The odd one out: some clade holds the other two without it. None: unresolved."""
    for odd in triplet:
        pair = set(triplet) - {odd}
        if any(pair <= clade and odd not in clade for clade in found):
            return odd
    return None


def quartet_in(found, quartet):
    """The partner of the first: some split has these two on one side. None: unresolved."""
    first, *others = quartet
    for partner in others:
        pair = {first, partner}
        rest = set(quartet) - pair
        for clade in found:
            if (pair <= clade and not rest & clade) or (rest <= clade and not pair & clade):
                return partner
    return None


def boxes(reference, other, order):
    """Each subset of `order` classes with the box it falls into."""
    state = {3: triplet_in, 4: quartet_in}[order]
    a, b = clades(reference), clades(other)
    for subset in itertools.combinations(sorted(reference.classes), order):
        x, y = state(a, subset), state(b, subset)
        if x is not None and y is not None:
            yield subset, BOXES[0] if x == y else BOXES[1]
        elif x is None and y is None:
            yield subset, BOXES[4]
        else:
            yield subset, BOXES[2] if y is None else BOXES[3]


def counts(reference, other, order):
    found = Counter(box for _, box in boxes(reference, other, order))
    return {box: found[box] for box in BOXES}
