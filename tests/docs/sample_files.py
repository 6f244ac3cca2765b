"""The files that examples in the documentation mention, written into a folder.

``python tests/docs/sample_files.py`` writes them into the current one, or into one that is named.

All are real: 57 animals of the ImageNet classifier that ships, their part of the WordNet tree, and
the digits that ship with scikit-learn, told apart by a linear model.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

DIGITS = {
    "straight": {"one": "1", "four": "4", "seven": "7"},
    "curved": {"loops": ("0", "6", "8", "9"), "open": ("2", "3", "5")},
}


def write_sample_files(folder: Path) -> None:
    """Write proxies.npz, other.npz, taxonomy.csv, predictions.npz and digits.csv."""
    import hiertools as ht

    head, tree = ht.load_imagenet_head(), ht.load_imagenet_tree()
    animals = list(head.classes[:398:7])
    some = head.take(animals)
    ht.ClassRepresentatives(some.vectors, animals, kind="proxy").save(folder / "proxies.npz")
    noise = np.random.default_rng(0).normal(0, 0.1, some.vectors.shape)
    ht.ClassRepresentatives(some.vectors + noise, animals, kind="proxy").save(folder / "other.npz")
    ht.write_tree(ht.restrict(tree, animals), folder / "taxonomy.csv")
    write_digits(folder)


def write_digits(folder: Path) -> None:
    """Train a linear classifier on scikit-learn's digits; write its predictions and a tree."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    import hiertools as ht

    images, labels = load_digits(return_X_y=True)
    model = LogisticRegression(max_iter=50, tol=0.05).fit(images[::2] / 16, labels[::2])
    probabilities = model.predict_proba(images[1::2] / 16)
    names = [str(digit) for digit in range(10)]
    ht.Predictions(
        labels[1::2], probabilities, names, score_kind="probability", embeddings=images[1::2]
    ).save(folder / "predictions.npz")
    lines = ["class,lineage"]
    for shape, groups in DIGITS.items():
        for group, digits in groups.items():
            lines += [f"{digit},{shape}/{group}/{digit}" for digit in digits]
    (folder / "digits.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    place = Path(sys.argv[1] if sys.argv[1:] else ".")
    place.mkdir(parents=True, exist_ok=True)
    write_sample_files(place)
    print("Wrote proxies.npz, other.npz, taxonomy.csv, predictions.npz and digits.csv.")
