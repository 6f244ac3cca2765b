"""Draw every plot at six numbers of classes, to be looked at: ``python plot_sheets.py OUT``.

One picture a plot, its six sizes side by side, each under the number of its classes. Every plot
that a result lists is drawn, so a new one is there without being told here. Nothing is tested; a
plot that can't be drawn leaves its sentence in place of the picture.
"""

from __future__ import annotations

import argparse
import io
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

import hiertools as ht
from hiertools.decisions import BackOff, selective_risk

SIZES = (5, 20, 100, 345, 555, 1000)
MOST_PIXELS = 1400
"""Height of a sheet at most."""


def tree_of(n: int) -> ht.ClassTree:
    """Return a real class tree of about that many classes."""
    if n == 1000:
        return ht.load_imagenet_tree()
    whole = ht.load_paper_tree({100: "cifar100", 345: "nabirds", 555: "nabirds"}.get(n, "mesoz"))
    few = [whole.classes[i * whole.n_classes // n] for i in range(n)]
    return ht.restrict(whole, few)


def vectors_of(tree: ht.ClassTree, noise: float, seed: int) -> ht.ClassRepresentatives:
    """Return vectors that walk down the tree, and so follow it more or less."""
    rng = np.random.default_rng(seed)
    steps = rng.standard_normal((tree.n_nodes, 64))
    for node in range(1, tree.n_nodes):
        steps[node] = 0.8 * steps[tree.parent[node]] + 0.6 * steps[node]
    vectors = steps[tree.class_node]
    return ht.ClassRepresentatives(
        vectors + noise * rng.standard_normal(vectors.shape), tree.classes
    )


def predictions_of(reps: ht.ClassRepresentatives, noise: float, seed: int) -> ht.Predictions:
    """Return what a classifier by nearest representatives answers to noisy samples."""
    rng = np.random.default_rng(seed)
    unit = reps.vectors / np.linalg.norm(reps.vectors, axis=1, keepdims=True)
    of = np.repeat(np.arange(len(unit)), max(2, 2000 // len(unit)))
    samples = unit[of] + noise * rng.standard_normal((len(of), unit.shape[1]))
    labels = np.array(reps.classes)[of]
    return ht.Predictions(
        labels, 12 * samples @ unit.T, reps.classes, score_kind="logit", embeddings=samples
    )


def results(n: int) -> Iterator[tuple[str, object]]:
    """Yield results of every kind, at a size."""
    tree = tree_of(n)
    good, bad = vectors_of(tree, 0.5, 0), vectors_of(tree, 3.0, 1)
    compared = ht.compare({"good": good, "bad": bad}, tree, scores="all" if n <= 100 else "core",
                          permutations=19)  # fmt: skip
    yield "Comparison", compared["good"]
    yield "ComparisonSet", compared
    a, b = predictions_of(good, 0.3, 2), predictions_of(bad, 0.4, 3)
    evaluated = ht.evaluate({"good": a, "bad": b}, tree, n_bootstrap=19, selective="climbing")
    yield "Evaluation", evaluated["good"]
    yield "EvaluationSet", evaluated
    searched = ht.evaluate_retrieval({"good": a, "bad": b}, tree, permutations=19)
    yield "Retrieval", searched["good"]
    yield "RetrievalSet", searched
    seeds = [ht.infer_tree(vectors_of(tree, 0.7, seed)) for seed in range(5)]
    yield "Consensus", ht.consensus(seeds)
    steps = {epoch: vectors_of(tree, 8 / epoch, 0) for epoch in (1, 2, 5, 10, 20)}
    yield "ScoreSeries", ht.compare_series(steps, tree, permutations=19)
    ways = ["average", "complete", "single", "ward"]
    yield "ScoreSweep", ht.sweep(good, tree, linkages=ways, permutations=19)
    yield "BackOff", BackOff(tree, accuracy=0.9).fit(a, np.array(a.classes)[a.labels])
    yield "SelectiveRisk", selective_risk({"good": a, "bad": b}, a.labels, tree)


def arguments(title: str, n: int) -> dict[str, object]:
    """Return what a plot needs beside its result."""
    return {"taxonomy": tree_of(n)} if title.startswith("Consensus.") else {}


def picture(draw: Callable[[], Axes | Figure]) -> Image.Image:
    """Return what a plot looks like, or why it could not be drawn."""
    try:
        drawn = draw()
    except ht.HiertoolsError as refusal:
        image = Image.new("RGB", (400, 200), "white")
        ImageDraw.Draw(image).text((10, 10), textwrap.fill(str(refusal), 60), fill="black")
        return image
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    file = io.BytesIO()
    figure.savefig(file, dpi=80)
    plt.close("all")
    return Image.open(file).convert("RGB")


def sheet(pictures: dict[int, Image.Image]) -> Image.Image:
    """Put pictures side by side, each under its number of classes."""
    shown = {}
    for n, image in pictures.items():
        image.thumbnail((10_000, MOST_PIXELS))
        shown[n] = image
    width = sum(image.width + 10 for image in shown.values())
    whole = Image.new("RGB", (width, 24 + max(i.height for i in shown.values())), "#dddddd")
    at = 0
    for n, image in shown.items():
        ImageDraw.Draw(whole).text((at + 4, 5), f"{n} classes", fill="black")
        whole.paste(image, (at, 24))
        at += image.width + 10
    return whole


def main() -> None:
    """Read the command line, draw, write."""
    parser = argparse.ArgumentParser(description="Draw every plot at six numbers of classes.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="", help="plots whose name holds this word")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    sheets: dict[str, dict[int, Image.Image]] = {}
    for n in map(int, options.sizes.split(",")):
        for kind, result in results(n):
            for name in dir(result.plot):
                if options.only in (title := f"{kind}.{name}"):
                    draw = partial(getattr(result.plot, name), **arguments(title, n))
                    sheets.setdefault(title, {})[n] = picture(draw)
    for title, pictures in sheets.items():
        sheet(pictures).save(options.out / f"{title}.png")
        print(options.out / f"{title}.png", flush=True)


if __name__ == "__main__":
    main()
