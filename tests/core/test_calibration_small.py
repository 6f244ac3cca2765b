"""Are p-values, intervals and tests what they say? `make calibration` in small.

The bounds are wide enough for every right implementation (binomial quantiles at 1 in 10,000), and
narrow enough to show a test that rejects twice too often or an interval without width.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import hiertools as ht

pytestmark = pytest.mark.arithmetic()

TREE = ht.ClassTree.from_lineages(
    {f"c{i:02d}": "/".join(("ab"[i % 2], "stuvw"[i % 5], f"c{i:02d}")) for i in range(30)}
)
CLOSE_TO_CONTINUOUS = ("elementwise_correlation", "classwise_correlation", "bakers_gamma")


def positions(rng, step, dimensions=8):
    """Return places of the ten groups after a walk along the tree."""
    top = step * rng.normal(size=(2, dimensions))
    return top[np.arange(10) % 2] + step * rng.normal(size=(10, dimensions))


def table(rng, places, **options):
    group = np.arange(30) % 10
    reps = ht.ClassRepresentatives(
        places[group] + rng.normal(size=(30, places.shape[1])), TREE.classes
    )
    frame = ht.compare(reps, TREE, **options).scores
    frame["key"] = [(s, None if pd.isna(x) else x) for s, x in zip(frame["score"], frame["level"])]
    return frame.set_index("key")


def test_random_representatives_are_significant_in_5_percent():
    n = 80
    rng = np.random.default_rng(0)
    p = pd.DataFrame(
        table(rng, np.zeros((10, 8)), scores="all", permutations=59, intervals=False, threads=1,
              random_state=i)["p_value"].groupby(level=0).first()
        for i in range(n)
    )  # fmt: skip
    rejected = (p <= 0.05).sum()
    assert rejected.max() <= binom.ppf(0.9999, n, 0.05)
    for score in CLOSE_TO_CONTINUOUS:
        assert rejected[score, None] >= binom.ppf(0.01, n, 0.05)
    assert p["elementwise_correlation", None].mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("step", [0.0, 0.7, 1.5])
def test_intervals_hold_the_expected_score(step):
    """The groups stay where they are; classes in them are drawn anew."""
    n = 30
    rng = np.random.default_rng(1)
    places = positions(rng, step)
    scores = ["classwise_correlation", "precision_at_1", "r_precision", "triplet"]
    frames = [table(rng, places, scores=scores, permutations=0, threads=1) for _ in range(n)]
    expected = sum(frame["value"] for frame in frames) / n
    held = sum((f["ci_low"] <= expected) & (expected <= f["ci_high"]) for f in frames)
    assert held.min() >= binom.ppf(1e-4, n, 0.93)
    # Holding the truth is no merit in an interval that holds everything.
    width = sum(f["ci_high"] - f["ci_low"] for f in frames) / n
    assert width.max() < 0.75


@pytest.mark.parametrize(("noise", "n"), [(1.0, 30), (4.0, 15)])
def test_equal_models_are_seldom_called_different_and_unequal_ones_often(noise, n):
    rng = np.random.default_rng(2)
    group = np.arange(30) % 10
    rejected = 0
    for _ in range(n):
        places = positions(rng, 1.0)
        models = {
            name: ht.ClassRepresentatives(
                places[group] + size * rng.normal(size=(30, 8)), TREE.classes
            )
            for name, size in (("a", 1.0), ("b", noise))
        }
        scores = ["elementwise_correlation", "map_at_r", "triplet"]
        result = ht.compare(models, TREE, scores=scores, permutations=0, threads=1)
        rejected = rejected + (result.differences["p_value"].to_numpy() <= 0.05)
    if noise == 1.0:
        assert rejected.max() <= binom.ppf(0.9999, n, 0.05)
    else:
        assert rejected.min() >= 0.3 * n
