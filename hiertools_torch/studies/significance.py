"""Which differences between configurations are more than chance? Paired by seed, Holm-corrected."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hiertools._core.checks import closest, name_list, option
from hiertools.errors import OptionError
from hiertools.inference import holm
from hiertools.inference.intervals import SPREADLESS
from hiertools.inference.paired_runs import RunsTest, hedges_gz, paired_runs
from hiertools.results.status import NOT_TESTED, OK
from hiertools_torch.studies.long_table import BySeed, LongTable, Measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALPHA", "COMPARED", "against_reference", "compared", "family_of", "marks"]

ALPHA = 0.05
"""A difference with a corrected p-value above it is not told from chance."""

COMPARED = (
    "data", "kind", "score", "level", "k", "configuration", "reference", "n_seeds", "difference",
    "ci_low", "ci_high", "effect_size", "p_value", "p_holm", "least_p", "endpoint", "test",
    "better", "is", "status", "note",
)  # fmt: skip
"""Columns of the comparisons against a reference."""


class Compared(NamedTuple):
    """Two configurations on the seeds that both have."""

    n_seeds: int
    difference: float
    """The mean of the first less that of the second."""
    effect_size: float
    found: RunsTest
    same: bool = False
    """Whether both give the same with each seed."""


def compared(measure: Measure, a: BySeed, b: BySeed, untested: str = "") -> Compared:
    """Compare two configurations seed by seed; `untested` says why no test may be made."""
    shared = [seed for seed in a if seed in b]
    one, other = (np.array([of[seed] for seed in shared], dtype=float) for of in (a, b))
    if not shared:
        return Compared(0, np.nan, np.nan, RunsTest(note="no test: no seed in common"))
    apart = one - other
    difference, scale = float(apart.mean()), float(np.abs([one, other]).max())
    if not apart.any():
        found = RunsTest(note="no test: both give the same with every seed")
        return Compared(len(shared), 0.0, np.nan, found, same=len(shared) > 1)
    if untested:
        return Compared(len(shared), difference, np.nan, RunsTest(note=untested))
    if len(shared) < 2:
        found = RunsTest(note="no test: one seed in common tells nothing of the spread over seeds")
        return Compared(len(shared), difference, np.nan, found)
    found = paired_runs(one, other, measure.takes_few_values(one, other))
    return Compared(len(shared), difference, hedges_gz(apart, scale), found)


def family_of(table: LongTable, endpoints: Sequence[str] | None) -> tuple[Measure, ...]:
    """Return the measures that endpoints name; all of them where there are no endpoints."""
    if endpoints is None:
        return table.measures
    if isinstance(endpoints, str) or not endpoints:
        raise OptionError("endpoints must be a list of measures, such as 'proxy/triplet'.")
    chosen: dict[Measure, None] = {}
    for endpoint in endpoints:
        of = table.named(endpoint)
        if not of:
            bare = dict.fromkeys(f"{each.kind}/{each.score}" for each in table.measures)
            near = closest(str(endpoint), bare)
            meant = f"; did you mean {near!r}?" if near else f"; there are {name_list(bare)}."
            raise OptionError(f"the table of the study has no endpoint {endpoint!r}{meant}")
        chosen |= dict.fromkeys(of)
    return tuple(measure for measure in table.measures if measure in chosen)


def against_reference(
    table: LongTable, reference: str, endpoints: Sequence[str] | None = None
) -> pd.DataFrame:
    """Compare every configuration with the reference, measure by measure.

    Parameters
    ----------
    table : LongTable
    reference : str
        A configuration.
    endpoints : sequence of str, optional
        The measures that were named beforehand: Holm's correction is over all tests of these, on
        all data sets. Those of others are told without correction, as something to look into. By
        default, all are corrected for.

    Returns
    -------
    DataFrame
        One row a data set, measure and configuration, with the columns `COMPARED`: ``difference``
        (the configuration less the reference, over ``n_seeds`` seeds that both have) with its 95 %
        interval, ``effect_size`` (``hedges_gz``, of the sign of the difference), two-sided
        ``p_value``, ``p_holm`` (NaN beyond the endpoints), ``least_p`` (what p can't fall below,
        whatever is observed: 0 for Student's t), ``endpoint`` (whether it is one), the ``test``,
        which way is ``better``, ``is`` ("better" or "worse" than the reference where p_holm says
        so, else empty), ``status`` and ``note``.
    """
    import pandas as pd

    option(reference, table.configurations, "reference")
    family = set(family_of(table, endpoints))
    rows: list[dict[str, Any]] = []
    for data, measure, values in table.cells():
        for configuration in table.configurations:
            if configuration == reference or configuration not in values:
                continue
            why = next(
                (table.one_run[data, c] for c in (configuration, reference)
                 if (data, c) in table.one_run),
                "",
            )  # fmt: skip
            held = compared(measure, values[configuration], values.get(reference, {}), why)
            rows.append(
                {
                    "data": data,
                    **measure._asdict(),
                    "configuration": configuration,
                    "reference": reference,
                    "n_seeds": held.n_seeds,
                    "difference": held.difference,
                    "ci_low": held.found.low,
                    "ci_high": held.found.high,
                    "effect_size": held.effect_size,
                    "p_value": held.found.p_value,
                    "least_p": held.found.least_p,
                    "endpoint": measure in family,
                    "test": held.found.test,
                    "better": measure.better,
                    "is": held.difference * measure.sign,
                    "status": OK if held.found.test else NOT_TESTED,
                    "note": held.found.note,
                }
            )
    frame = pd.DataFrame(rows, columns=list(COMPARED)).astype({"level": "Int64", "k": "Int64"})
    p = frame["p_value"].to_numpy(dtype=float)
    frame["p_holm"] = holm(np.where(frame["endpoint"].to_numpy(dtype=bool), p, np.nan))
    ahead = frame["is"].to_numpy(dtype=float)
    sure = (frame["p_holm"] <= ALPHA).to_numpy(dtype=bool)
    frame["is"] = np.where(sure & (ahead > 0), "better", np.where(sure & (ahead < 0), "worse", ""))
    return frame


def marks(
    measure: Measure, values: Mapping[str, BySeed], untested: Mapping[str, str]
) -> dict[str, str]:
    """Tell of each configuration whether it has the best mean, or is not told from that which has.

    All pairs are tested, and Holm's correction is over all of them: which one is the best is known
    from the same values, so that tests of it alone would call others worse too often.

    Returns
    -------
    dict of str to str
        "best" (several, where their means are the same), "tied" (tested, and not significantly
        worse), "worse", "untested" (one seed, the same difference with every seed), or "" where it
        is undefined, or no registry knows which way is better.
    """
    means = {name: float(np.mean(list(of.values()))) for name, of in values.items() if of}
    told = dict.fromkeys(values, "")
    if not means or np.isnan(measure.sign):
        return told
    top = max(measure.sign * mean for mean in means.values())
    near = SPREADLESS * max(map(abs, means.values()))
    best = [name for name, mean in means.items() if measure.sign * mean >= top - near]
    pairs = list(itertools.combinations(means, 2))
    tests = [
        compared(measure, values[a], values[b], untested.get(a, "") or untested.get(b, ""))
        for a, b in pairs
    ]
    corrected = holm([test.found.p_value for test in tests]) if tests else np.array([])
    by_pair: dict[frozenset[str], tuple[Compared, float]] = {
        frozenset(pair): (test, float(p)) for pair, test, p in zip(pairs, tests, corrected)
    }
    for name in means:
        if name in best:
            told[name] = "best"
            continue
        against = [by_pair[frozenset((name, other))] for other in best]
        if any(p <= ALPHA for _, p in against):
            told[name] = "worse"
        else:
            tested = all(test.same or not np.isnan(p) for test, p in against)
            told[name] = "tied" if tested else "untested"
    return told
