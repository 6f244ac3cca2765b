"""Two models' searches among the same samples: what differs by more than chance?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hiertools._core.arrays import Floats, Ints
from hiertools.evaluation.belonging import Groups
from hiertools.evaluation.design import Design
from hiertools.evaluation.retrieval_result import Retrieval
from hiertools.evaluation.sample_order import paired_order
from hiertools.evaluation.samples import Samples
from hiertools.inference import holm, jackknife_interval
from hiertools.inference.contributions import SHARE, Collector, Contributions
from hiertools.inference.intervals import difference_beyond_rounding
from hiertools.inference.paired_runs import FEWEST
from hiertools.inference.swaps import PairedTest, paired_test
from hiertools.inference.tests import t_test_p
from hiertools.results.columns import records
from hiertools.results.status import NOT_TESTED, OK
from hiertools.results.table import difference_frame

if TYPE_CHECKING:
    import pandas as pd

SWAPPED = "swaps of paired searches"
LEFT_OUT = "jackknife over samples"


class Found(NamedTuple):
    """What one model's search gave."""

    result: Retrieval
    values: Floats
    """The scores of every query, shape (S, N)."""
    left_out: Floats
    """Their means without each part of the samples, shape (S, parts)."""


class Manner(NamedTuple):
    """How models are compared."""

    alone: bool
    """Whether the queries search each other."""
    intervals: bool
    permutations: int
    confidence_level: float
    random_state: int


def search_differences(found: Mapping[str, Found], unit_of: Ints, test: Manner) -> pd.DataFrame:
    """Test every score's difference between every two models; see `evaluate_retrieval`.

    `unit_of` tells which queries belong together.
    """
    rows: list[dict[str, Any]] = []
    table = records(next(iter(found.values())).result.scores)
    for (name_a, a), (name_b, b) in itertools.combinations(found.items(), 2):
        tested = _untested(a, b)
        if test.intervals:
            tested = (_left_out if test.alone else _swapped)(a, b, unit_of, test)
        for place, row in enumerate(table):
            difference = float(tested.difference[place])
            p_value = float(tested.p_value[place])
            if np.isnan(difference):
                continue
            given = not np.isnan(p_value)
            rows.append(
                {
                    "score": row["score"],
                    "level": row["level"],
                    "k": None,
                    "model_a": name_a,
                    "model_b": name_b,
                    "difference": difference,
                    "ci_low": float(tested.ci_low[place]),
                    "ci_high": float(tested.ci_high[place]),
                    "p_value": p_value,
                    "p_holm": np.nan,
                    "test": (LEFT_OUT if test.alone else SWAPPED) if given else "",
                    "better_model": "" if difference == 0 else name_a if difference > 0 else name_b,
                    "status": OK if given else NOT_TESTED,
                    "note": tested.note[place],
                }
            )
    frame = difference_frame(rows, {row["level"]: row["rank"] for row in table})
    frame["p_holm"] = holm(frame["p_value"].to_numpy(dtype=np.float64))
    return frame


def _means(found: Found) -> Floats:
    return found.result.scores["value"].to_numpy(dtype=np.float64)


def _untested(a: Found, b: Found) -> PairedTest:
    difference = difference_beyond_rounding(_means(a), _means(b))
    nothing = np.full(difference.size, np.nan)
    notes = ("no test: intervals=False",) * difference.size
    return PairedTest(difference, nothing, nothing, nothing, np.arange(difference.size), notes)


def _swapped(a: Found, b: Found, unit_of: Ints, test: Manner) -> PairedTest:
    """Let the two lists of each query, or group of queries, change places."""
    # Draws go by position: the same queries in another order must draw alike.
    left, right = (_as_samples(each, unit_of) for each in (a, b))
    design = Design.of(paired_order(left, right), False, left, right)
    one, two = (design.samples(_contributions(each)).together(design.groups) for each in (a, b))
    return paired_test(one, two, test.permutations, test.random_state, test.confidence_level)


def _contributions(found: Found) -> Contributions:
    """Return what each query adds to every mean."""
    collect = Collector(found.values.shape[1])
    for row, values in zip(records(found.result.scores), found.values):
        if np.isnan(values).all():
            collect.add(row["score"], 0, None, level=row["level"])
        else:
            collect.add_mean(row["score"], 0, values, level=row["level"], bounds=SHARE)
    return collect.finish()


def _as_samples(found: Found, unit_of: Ints) -> Samples:
    """Return queries as samples that their scores tell apart, whatever their classes are called."""
    n = unit_of.size
    groups = None
    if np.unique(unit_of).size < n:
        groups = Groups.named(unit_of.astype(np.str_))
    told = np.nan_to_num(found.values.T, nan=-1.0)
    nothing = np.zeros((n, 0), dtype=np.int32)
    return Samples(np.zeros(n, dtype=np.int64), nothing, None, told, groups=groups)


def _left_out(a: Found, b: Found, unit_of: Ints, test: Manner) -> PairedTest:
    """Leave the same parts of the samples out of both models' searches."""
    difference = difference_beyond_rounding(_means(a), _means(b))
    scale = np.maximum(np.abs(_means(a)), np.abs(_means(b)))
    low, high, p_value = (np.full(difference.size, np.nan) for _ in range(3))
    notes = [""] * difference.size
    for place, seen in enumerate(difference.tolist()):
        if np.isnan(seen):
            continue
        units = np.unique(unit_of[~np.isnan(a.values[place])]).size
        found = jackknife_interval(
            seen, a.left_out[place] - b.left_out[place], bounds=(-1.0, 1.0),
            level=test.confidence_level, scale=float(scale[place]), n_classes=units,
        )  # fmt: skip
        if units < FEWEST:
            notes[place] = f"no test: {units} units inform the score, and it takes {FEWEST}"
        elif not found.standard_error > 0:
            notes[place] = "no test: the models differ by as much whatever is left out"
        else:
            low[place], high[place] = found.low, found.high
            p_value[place] = t_test_p(seen, found.standard_error, found.degrees_of_freedom)
    return PairedTest(difference, low, high, p_value, np.arange(difference.size), tuple(notes))
