"""Every column of the tables of `compare` is its definition, written out literally."""

import math
from hashlib import blake2b

import numpy as np
import pandas as pd
import pytest
from literal import assert_defined, clades, path_between, path_name, rank_at, step_downs
from literal_scores import (
    GAPPED,
    NAMES,
    RANKED,
    RANKS,
    TREE,
    everything,
    interval,
    model,
    replicates,
    spearman,
)

import hiertools as ht
from hiertools import ClassTree, DistanceMatrix
from hiertools.inference import permutations

NAN = math.nan
N = len(NAMES)


@pytest.mark.parametrize(("seed", "given"), [(0, TREE), (1, RANKED), (2, GAPPED)])
def test_scores(seed, given):
    levels = [0, 1, 2, 3]  # at the last no class has company
    result = ht.compare(model(seed), given, permutations=19, random_state=seed, levels=levels)
    d, tree, inferred = result.distances.square(), result.predefined, result.inferred
    observed, left_out = everything(d, tree, inferred, levels), replicates(d, tree, levels)
    null = {key: [] for key in observed}
    for shuffle in permutations(N, 19, seed):
        moved = ClassTree(tree.parent, tree.classes, tree.class_node[shuffle])
        for key, (value, *_) in everything(d, moved, inferred, levels).items():
            null[key].append(value)
    rows = []
    for score, level in zip(result.scores["score"], result.scores["level"].astype(object)):
        key = (score, None if pd.isna(level) else level)
        value, ceiling, n_classes, note = observed.pop(key)
        better = "lower" if score.startswith("robinson") else "higher"
        drawn = np.array(null[key] if n_classes else [])
        as_good = drawn <= value + 1e-10 if better == "lower" else drawn >= value - 1e-10
        chance, spread = (
            (float(drawn.mean()), float(drawn.std(ddof=1))) if n_classes else (NAN, NAN)
        )
        every = [*drawn, value]
        best = min(every) if better == "lower" else max(every)
        at_best = sum(abs(x - best) < 1e-10 for x in every)
        low, high = NAN, NAN
        if key in left_out:
            low, high, why = interval(score, value, ceiling, left_out[key], n_classes)
            note = "; ".join(filter(None, (note, why)))
        rows.append(
            {
                "score": score,
                "level": key[1],
                "rank": rank_at(given, key[1]),
                "k": None,
                "value": value,
                "chance": chance,
                "z": float(value - chance) / spread,
                "p_value": float(1 + as_good.sum()) / 20 if n_classes else NAN,
                "p_adjusted": NAN,
                "p_least": at_best / 20 if n_classes else NAN,
                "n_permutations": 19 if n_classes else 0,
                "adjusted": float(value - chance) / (ceiling - chance),
                "ceiling": ceiling,
                "ci_low": low,
                "ci_high": high,
                "better": better,
                "n_classes": n_classes,
                "status": "ok" if n_classes else "undefined: no company",
                "note": note,
            }
        )
    adjusted = step_downs(
        [row["value"] for row in rows],
        [null[row["score"], row["level"]] for row in rows],
        [-1 if row["better"] == "lower" else 1 for row in rows],
    )
    for row, p_value in zip(rows, adjusted):
        row["p_adjusted"] = max(p_value, row["p_value"])
    assert_defined(result.scores, rows)
    assert not observed
    named = {TREE: [], RANKED: [*RANKS], GAPPED: [*RANKS[1:]]}[given]
    assert list(result.scores["rank"].dropna().unique()) == named


# ---- one row a class, one row a branch


def drawn_number(name):
    key = blake2b(b"0 0", digest_size=32).digest()
    told = len(name.encode()).to_bytes(8, "little") + name.encode()
    return blake2b(told, key=key, digest_size=16).digest()


def per_class(names, d, t, ties="expected"):
    rows = []
    for i, name in enumerate(names):
        others = [j for j in range(len(names)) if j != i]
        tied = [j for j in others if d[i][j] == min(d[i][k] for k in others)]
        if ties == "position":
            tied = tied[:1]
        # Which of them is named, a keyed hash of the names draws (random_state = 0).
        nearest = min(tied, key=lambda j: drawn_number(names[j]))
        shares = []
        for x in tied:
            farther = sum(t[i][j] > t[i][x] for j in others)
            closer = sum(t[i][j] < t[i][x] for j in others)
            shares.append(farther / (farther + closer) if farther + closer else NAN)
        rows.append(
            {
                "class": name,
                "correlation": spearman([d[i][j] for j in others], [t[i][j] for j in others]),
                "nearest": names[nearest],
                "nearest_distance": float(d[i][nearest]),
                "nearest_tree_distance": float(sum(t[i][j] for j in tied) / len(tied)),
                "nearest_tied": len(tied),
                "closest_tree_distance": float(min(t[i][j] for j in others)),
                "tree_rank": sum(shares) / len(shares),
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("tied", [False, True])
def test_per_class(seed, tied):
    source = model(seed)
    if tied:  # whole numbers meet often
        whole = np.random.default_rng(seed).integers(1, 4, N * (N - 1) // 2)
        source = DistanceMatrix(whole.astype(float), NAMES)
    result = ht.compare(source, TREE, permutations=0)
    t = [[path_between(TREE, a, b) for b in TREE.class_node] for a in TREE.class_node]
    assert_defined(result.per_class, per_class(NAMES, result.distances.square(), t))


def test_per_class_of_tied_classes_by_position():
    whole = np.random.default_rng(0).integers(1, 4, N * (N - 1) // 2)
    source = DistanceMatrix(whole.astype(float), NAMES)
    result = ht.compare(source, TREE, permutations=0, settings=ht.Settings(ties="position"))
    t = [[path_between(TREE, a, b) for b in TREE.class_node] for a in TREE.class_node]
    rows = per_class(NAMES, result.distances.square(), t, ties="position")
    assert_defined(result.per_class, rows)
    assert (result.per_class["nearest_tied"] == 1).all()


def test_a_rank_among_one_class_at_another_distance_or_none():
    tree = ClassTree.from_newick("((a,b),c);")
    result = ht.compare(DistanceMatrix([1.0, 2.0, 3.0], list("abc")), tree, permutations=0)
    assert result.per_class["tree_rank"].tolist() == pytest.approx([1, 1, NAN], nan_ok=True)


def test_per_class_of_the_published_settings_counts_the_self_pair():
    result = ht.compare(model(0), TREE, permutations=0, settings="paper")
    d = result.distances.square()
    t = [[path_between(TREE, a, b) for b in TREE.class_node] for a in TREE.class_node]
    rows = per_class(NAMES, d, t)
    for i, row in enumerate(rows):
        row["correlation"] = spearman(d[i], t[i])
    assert_defined(result.per_class, rows)


def branches(reference, other, most_named=5):
    """Each clade of two classes or more with the clade of the other tree most like it."""
    rows = []
    theirs = clades(other)
    rank = {c: drawn_number(c) for c in reference.classes}  # by a keyed hash, too
    for clade, node in sorted(clades(reference).items(), key=lambda item: item[1]):
        if not 1 < len(clade) < reference.n_classes:
            continue
        best = max(len(clade & b) / len(clade | b) for b in theirs)
        as_good = [b for b in theirs if len(clade & b) / len(clade | b) == best]
        match = min(as_good, key=lambda b: (len(b), min(rank[c] for c in b)))
        rows.append(
            {
                "node": node,
                "path": path_name(reference, node),
                "n_classes": len(clade),
                "best_jaccard": best,
                "inferred_node": theirs[match],
                "inferred_tied": sum(len(b) == len(match) for b in as_good),
                "inferred_size": len(match),
                "precision": len(clade & match) / len(match),
                "recall": len(clade & match) / len(clade),
                "missing": tuple(sorted(clade - match)[:most_named]),
                "intruding": tuple(sorted(match - clade)[:most_named]),
            }
        )
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_per_node_and_branches(seed):
    result = ht.compare(model(seed, 3.0), TREE, permutations=0)
    assert_defined(result.per_node, branches(result.predefined, result.inferred))
    chain = ClassTree.from_newick("(((((a,b)p)o,c)q,(d,e)r)v,((f,g)s,h)w,i);")
    assert_defined(
        ht.branches(chain, result.inferred, most_named=1), branches(chain, result.inferred, 1)
    )
