"""Files that are written in one go: results, reports, vectors, distances, predictions, trees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import hiertools as ht
from kills.job import Digests, Job

CLASSES, FEW = 200, 24


class Contents(NamedTuple):
    """Two ways to write a file, and what it holds after each."""

    write: tuple[Callable[[Path], object], ...]
    digests: tuple[str, ...]


def names() -> list[str]:
    """Return the names of all classes."""
    return [f"c{i:03}" for i in range(CLASSES)]


def tree(seed: int) -> ht.ClassTree:
    """Return a tree."""
    return ht.ClassTree.from_lineages(
        {name: f"g{i % 9 + seed}/f{i % 31}/{name}" for i, name in enumerate(names())}
    )


def representatives(seed: int) -> ht.ClassRepresentatives:
    """Return class vectors."""
    vectors = np.random.default_rng(seed).normal(size=(CLASSES, 64))
    return ht.ClassRepresentatives(vectors, names())


def predictions(seed: int) -> ht.Predictions:
    """Return predictions of a few classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, FEW, 300)
    return ht.Predictions(labels, rng.normal(size=(300, FEW)) + np.eye(FEW)[labels], names()[:FEW])


MAKERS: dict[str, Callable[[int], Any]] = {
    "tree": tree,
    "representatives": representatives,
    "predictions": predictions,
    "distances": lambda seed: ht.distances(representatives(seed)),
    "comparison": lambda seed: ht.compare(
        representatives(seed).take(names()[:FEW]), tree(seed), permutations=9, intervals=False
    ),
    "evaluation": lambda seed: ht.evaluate(predictions(seed), tree(seed), intervals=False),
}
"""Makes one of each kind of thing that can be written, from a seed."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def job(name: str, kind: str, ending: str, write: Callable[[Any, Path], object]) -> Job:
    """Return the job that writes one kind of file in turn with two contents, for ever."""

    def prepare(folder: Path) -> Contents:
        writes = tuple(partial(write, MAKERS[kind](seed)) for seed in (0, 1))
        found = []
        for number, written in enumerate(writes):
            path = folder / f"whole{number}{ending}"
            written(path)
            found.append(digest(path))
        assert found[0] != found[1]
        return Contents(writes, tuple(found))

    def act(held: Contents, folder: Path) -> None:
        while True:
            for written in held.write:
                written(folder / f"file{ending}")

    def look(held: Contents, folder: Path) -> str:
        path = folder / f"file{ending}"
        if not path.exists():
            return "no file yet"
        return ("the first", "the second")[held.digests.index(digest(path))]

    def digests(folder: Path) -> Digests:
        return {path.name: digest(path) for path in sorted(folder.iterdir())}

    return Job(name, prepare, act, look, digests, endless=True)


SAVED = {
    "representatives": (".npz", ".csv", ".parquet"),
    "distances": (".npz", ".csv"),
    "predictions": (".npz",),
}


def saves(it: Any, path: Path) -> None:
    """Write a thing by its own method."""
    if path.suffix in (".html", ".json"):
        (it.to_html if path.suffix == ".html" else it.to_json)(path)
    else:
        it.save(path)


WRITERS = (
    job("to_html of a comparison", "comparison", ".html", saves),
    job("to_html of an evaluation", "evaluation", ".html", saves),
    job("to_json of a comparison", "comparison", ".json", saves),
    job("to_json of an evaluation", "evaluation", ".json", saves),
    *(
        job(f"save {kind} {ending}", kind, ending, saves)
        for kind, endings in SAVED.items()
        for ending in endings
    ),
    job("save tree .json", "tree", ".json", ht.write_tree),
    job("save tree .nwk", "tree", ".nwk", ht.write_tree),
    job("save tree .csv", "tree", ".csv", ht.write_tree),
)
