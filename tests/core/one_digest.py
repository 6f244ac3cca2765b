"""All scores as text that holds every bit: ``python one_digest.py`` tells digests of it.

One line is of this process, one of a fork of it. Vectors and scores are tied in places, and exact
as float32, or neither.
"""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pandas as pd

import hiertools as ht

N = 12
CLASSES = [f"c{i:02}" for i in range(N)]


def all_scores(order=range(N), children=range(N), dtype="float64", threads=None, tied=True):
    """Return all scores of two models, and of two sets of predictions, as tables.

    Classes come to the models in one order, and to the tree, as its children, in another.
    """
    rng = np.random.default_rng(0)
    order = list(order)
    names = [CLASSES[i] for i in order]
    models, predictions = {}, {}
    labels = rng.integers(0, N, 40)
    drawn = (lambda size: rng.integers(-2, 3, size)) if tied else rng.standard_normal
    for name in ("a", "b"):
        vectors = drawn((N, 4)) + 0.5
        logits = drawn((40, N)) + 2.0 * np.eye(N)[labels]
        embeddings = drawn((40, 3)) + 0.25
        models[name] = ht.ClassRepresentatives(vectors.astype(dtype)[order], names)
        predictions[name] = ht.Predictions(
            [CLASSES[label] for label in labels],
            logits.astype(dtype)[:, order],
            names,
            embeddings=embeddings.astype(dtype),
            score_kind="logit",
        )
    tree = ht.ClassTree.from_lineages(
        {CLASSES[i]: f"order {i // 6}/family {i // 3}/{CLASSES[i]}" for i in children}
    )
    compared = ht.compare(models, tree, scores="all", permutations=9, threads=threads)
    evaluated = ht.evaluate(predictions, tree, hs_k=(1, 5), n_bootstrap=9, threads=threads)
    tables = [result[name].scores for result in (compared, evaluated) for name in models]
    return [*tables, compared.differences, evaluated.differences]


def digest(tables: list[pd.DataFrame]):
    """Return the digest of all that stands in some tables."""
    text = "\n".join(table.to_csv(float_format="%r") for table in tables)
    return hashlib.sha256(text.encode()).hexdigest()


def main():
    """Tell the digest of this process, and that of a fork."""
    print(digest(all_scores()), flush=True)
    child = os.fork()
    if child == 0:
        print(digest(all_scores()), flush=True)
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
