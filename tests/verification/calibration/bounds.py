"""What a measured number may not pass, and when it has.

A share within two Monte-Carlo errors of its bound is taken for chance. Two errors of a normal
distribution leave 2.3 % in a tail; few trials have the tail of the binomial distribution instead,
which is the same thing where there are many.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.stats import binom, norm

LEVEL = 0.05
TAIL = float(norm.sf(2.0))


class Quantity(NamedTuple):
    """Something that is measured of a score."""

    meaning: str
    most: float | None = None
    least: float | None = None
    share: bool = True
    """Whether it counts yes and no; else it is a mean or a largest value."""

    @property
    def bound(self) -> str:
        """Its bound in words."""
        if self.most is not None:
            return f"at most {self.most:g}" if self.most >= LEVEL else "0"
        return "" if self.least is None else f"at least {self.least:g}"


QUANTITIES = {
    "rejected": Quantity("share with p at most 0.05 where nothing is to be found", most=LEVEL),
    "covered": Quantity("share of 95 % intervals that hold what they are for", least=0.92),
    "named": Quantity("share of verdicts that name a better model, or a tree followed, "
                      "where there is none", most=LEVEL),
    "outside": Quantity("share of estimates outside their own interval", most=0.0),
    "beyond": Quantity("share of interval ends beyond the attainable", most=0.0),
    "moved": Quantity("largest change of the score when classes are renamed", most=1e-9,
                      share=False),
    "passed by": Quantity("the furthest that any model got beyond the ceiling", most=1e-9,
                          share=False),
    "missed by": Quantity("how near the best model came to the ceiling", share=False),
    "found": Quantity("share with p at most 0.05 where there is a difference"),
    "planned": Quantity("mean power that a plan told of a difference that there is", share=False),
    "misled": Quantity("share with p at most 0.05 where nothing is to be found, by a test that "
                       "does not know of groups"),
    "held": Quantity("share of intervals that hold what they do not promise to hold"),
    "permutations": Quantity("mean number of permutations", share=False),
    "mean": Quantity("mean score", share=False),
    "ties": Quantity("chance that two random models get equal scores", share=False),
    "width": Quantity("mean width of the interval", share=False),
}  # fmt: skip
"""By the name that stands in the files. No bound: it is told, not judged."""


def beyond(what: str, value: float, n: int) -> bool:
    """Tell whether a measured number passes its bound by more than two Monte-Carlo errors.

    Parameters
    ----------
    what : str
        A name of `QUANTITIES`.
    value : float
    n : int
        Trials behind it.
    """
    quantity = QUANTITIES[what]
    if n == 0 or math.isnan(value):
        return False
    if not quantity.share:
        return quantity.most is not None and value > quantity.most
    count = round(value * n)
    if quantity.most is not None:
        return bool(binom.sf(count - 1, n, quantity.most) < TAIL)
    return quantity.least is not None and bool(binom.cdf(count, n, quantity.least) < TAIL)
