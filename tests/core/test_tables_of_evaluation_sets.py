"""Every column of an `EvaluationSet`'s tables is its definition, written out literally."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from literal import assert_defined, holm, with_ranks

import hiertools as ht
from hiertools import ClassTree, Predictions, evaluate
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.samples import keep
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.evaluation.scoring import EvaluationProblem, contributions
from hiertools.inference.bootstrap import resampled, swapped

NAN = math.nan
TREE = with_ranks(
    ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);"), ("family", "genus", "species")
)
NAMES = TREE.classes
N, DRAWN, SWAPS, SEED = 24, 40, 399, 3
OPTIONS = {"k": (1, 3), "hs_k": (1, 2), "levels": [0]}
LABELS = np.random.default_rng(0).integers(0, 8, N)


def logits(skill):
    noise = np.random.default_rng(int(10 * skill)).standard_normal((N, 8))
    return noise + skill * np.eye(8)[LABELS]


PROBLEM = EvaluationProblem(
    NAMES, ht.sort_classes(TREE), evaluation_options(k=(1, 3), hs_k=(1, 2), levels=[0])
)


def values(scores, rows):
    """Every score of some samples; `test_tables_of_evaluate` tells what each is."""
    made = Predictions(LABELS[rows], scores[rows], NAMES, score_kind="logit")
    found = contributions(keep(made, NAMES, 3)[0], PROBLEM, None)
    return {each.key: value for each, value in zip(found.statistics, found.values().tolist())}


def own_order(a, b):
    """Samples by what they hold, whatever order they came in.

    By label, then as one model reads them (predictions, best first, then the confidence), then as
    the other does: that one first that gives the lesser table, column by column.
    """
    read = []
    for scores in (a, b):
        kept = keep(Predictions(LABELS, scores, NAMES, score_kind="logit"), NAMES, 3)[0]
        read.append([(*row, x) for row, x in zip(kept.ranked.tolist(), kept.confidence.tolist())])
    either = []
    for one, other in (read, read[::-1]):
        table = sorted((LABELS[s], *one[s], *other[s], s) for s in range(N))
        *columns, order = zip(*table)
        either.append((columns, order))
    return np.array(min(either)[1])


def swaps(a, b):
    """Differences when each sample's predictions change places at random."""
    every = np.arange(N)
    signs_of = np.empty((N, SWAPS))
    signs_of[own_order(a, b)] = swapped(N, 0, SWAPS, SEED)
    for signs in signs_of.T[:, :, None]:
        one, two = np.where(signs > 0, a, b), np.where(signs > 0, b, a)
        yield subtracted(values(one, every), values(two, every))


def subtracted(one, two):
    return {key: one[key] - two[key] for key in one}


def pair(name_a, name_b, a, b):
    difference = subtracted(values(a, np.arange(N)), values(b, np.arange(N)))
    sets = [np.repeat(own_order(a, b), w) for w in resampled(N, 0, DRAWN, SEED).T.astype(int)]
    drawn = [subtracted(values(a, rows), values(b, rows)) for rows in sets]
    null = list(swaps(a, b))
    rows, hypotheses = [], []
    for key, value in difference.items():
        if math.isnan(value):
            continue
        known = [each[key] for each in drawn if not math.isnan(each[key])]
        low, high = map(float, np.quantile(known, [0.025, 0.975]))
        moved = [each[key] for each in null]
        # One undefined after a swap counts against the difference.
        as_large = sum(math.isnan(x) or abs(x) >= abs(value) - 1e-10 for x in moved)
        tested = any(abs(x) > 1e-10 for x in moved)
        higher = EVALUATION_SCORES[key[0]].better == "higher"
        rows.append(
            {
                "score": key[0],
                "level": key[1],
                "rank": None if key[1] is None else "family",
                "k": key[2],
                "model_a": name_a,
                "model_b": name_b,
                "difference": value,
                "ci_low": low if high - low > 1e-12 else NAN,
                "ci_high": high if high - low > 1e-12 else NAN,
                "p_value": (1 + as_large) / (1 + SWAPS) if tested else NAN,
                "p_holm": NAN,
                "test": "swaps of paired predictions" if tested else "",
                "better_model": ("", *((name_a, name_b) if higher else (name_b, name_a)))[
                    int(np.sign(value))
                ],
                "status": "ok" if tested else "not tested",
                "note": "" if tested else "no test: both models say the same of every sample",
            }
        )
        hypotheses.append((name_a, name_b, *(f"{x:.7f}" for x in moved)))
    return rows, hypotheses


def test_differences():
    models = {"good": logits(3.0), "bad": logits(0.5), "same": logits(3.0)}
    given = {
        name: Predictions(LABELS, scores, NAMES, score_kind="logit")
        for name, scores in models.items()
    }
    found = evaluate(
        given, TREE, n_bootstrap=DRAWN, permutations=SWAPS, random_state=SEED, **OPTIONS
    )
    rows, hypotheses = [], []
    for (name_a, a), (name_b, b) in combinations(models.items(), 2):
        more, names = pair(name_a, name_b, a, b)
        rows, hypotheses = rows + more, hypotheses + names
    # What stands in several rows of a pair is one hypothesis, and counts once.
    once = {name: row["p_value"] for name, row in zip(hypotheses, rows)}
    adjusted = dict(zip(once, holm(list(once.values()))))
    for row, name in zip(rows, hypotheses):
        row["p_holm"] = adjusted[name]
    assert_defined(found.differences, rows)
    assert len(once) < len(rows)
    assert found.differences["p_holm"].between(0.02, 0.9).any()
    assert found.differences["p_value"].isna().any()


def test_without_intervals_nothing_is_tested():
    given = {
        name: Predictions(LABELS, logits(skill), NAMES, score_kind="logit")
        for name, skill in (("good", 3.0), ("bad", 0.5))
    }
    found = evaluate(given, TREE, intervals=False, **OPTIONS).differences
    assert (found["note"] == "no test: intervals=False").all()
    assert found[["ci_low", "ci_high", "p_value", "p_holm"]].isna().all(axis=None)
    good, bad = (values(logits(skill), np.arange(N)) for skill in (3.0, 0.5))
    expected = [x for x in subtracted(good, bad).values() if not math.isnan(x)]
    assert found["difference"].tolist() == pytest.approx(expected)


def test_scores_and_table():
    given = {
        name: Predictions(LABELS, logits(skill), NAMES, score_kind="logit")
        for name, skill in (("good", 3.0), ("bad", 0.5))
    }
    found = evaluate(given, TREE, n_bootstrap=10, **OPTIONS)
    single = {
        name: evaluate(p, TREE, n_bootstrap=10, **OPTIONS).scores.to_dict("records")
        for name, p in given.items()
    }
    assert_defined(found.scores, [{"model": m, **row} for m in single for row in single[m]])
    table = [
        {
            "score": row["score"],
            "level": row["level"],
            "rank": None if pd.isna(row["level"]) else "family",
            "k": row["k"],
            "good": row["value"],
            "bad": other["value"],
        }
        for row, other in zip(single["good"], single["bad"])
    ]
    assert_defined(found.table, table)
    assert ht.EvaluationSet.from_json(found.to_json()).table.equals(found.table)
