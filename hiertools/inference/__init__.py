"""Chance levels, p-values, intervals and tests: the honest part of every number.

The null hypothesis of `compare` is that the classes' names are exchangeable: representatives are
relabelled at random. Intervals over classes come from the jackknife, never from a bootstrap of
classes, which would draw classes twice and put them at distance 0 from themselves. Pure functions:
arrays in, numbers out.
"""

from hiertools.inference.intervals import (
    ALIKE,
    FEWEST_UNITS,
    Interval,
    beyond_rounding,
    logit_interval,
    t_interval,
)
from hiertools.inference.jackknife import (
    from_subsets,
    jackknife_groups,
    jackknife_interval,
    random_halves,
    share_interval,
)
from hiertools.inference.permutation import (
    Null,
    chance_corrected,
    in_pieces,
    monte_carlo,
    n_relabellings,
    permutations,
    relabellings,
    summarise_null,
)
from hiertools.inference.tests import holm, runs_interval, sign_flip_p, t_test_p

__all__ = [
    "ALIKE",
    "FEWEST_UNITS",
    "Interval",
    "Null",
    "beyond_rounding",
    "chance_corrected",
    "from_subsets",
    "holm",
    "in_pieces",
    "jackknife_groups",
    "jackknife_interval",
    "logit_interval",
    "monte_carlo",
    "n_relabellings",
    "permutations",
    "random_halves",
    "relabellings",
    "runs_interval",
    "share_interval",
    "sign_flip_p",
    "summarise_null",
    "t_interval",
    "t_test_p",
]
