"""The gallery: a script for every plot that a result has, which sphinx-gallery runs and shows.

Results list their plots themselves, so a new one is here without further ado. Each is drawn from a
small result of its kind.
"""

from __future__ import annotations

import importlib
import inspect
import re
from pkgutil import iter_modules

from hiertools.results.plots import Plots

HEADINGS = {
    "comparison": ("One model beside a taxonomy", "ComparisonPlots"),
    "comparisons": ("Several models beside a taxonomy", "ComparisonSetPlots"),
    "consensus": ("What several trees agree on", "ConsensusPlots"),
    "series": ("A model while it trains", "SeriesPlots"),
    "sweep": ("How much the choice of metric and linkage matters", "SweepPlots"),
    "evaluation": ("The mistakes of a classifier", "EvaluationPlots"),
    "evaluations": ("The mistakes of several classifiers", "EvaluationSetPlots"),
    "search": ("A search among samples", "RetrievalPlots"),
    "searches": ("The searches of several models", "RetrievalSetPlots"),
}
"""Folders of the gallery, and the plots that they show."""

PACKAGES = ("hiertools.comparison", "hiertools.evaluation")
"""Where the kinds of plots are."""

ANIMALS = """\
import hiertools as ht

head, tree = ht.load_imagenet_head(), ht.load_imagenet_tree()
animals = list(head.classes[:390:12])
model, tree = head.take(animals), ht.restrict(tree, animals)
"""

DIGITS = """\
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import hiertools as ht

images, digits = load_digits(return_X_y=True)
names = [str(digit) for digit in range(10)]
tree = ht.as_tree({
    "round": {"closed": ["0", "6", "8", "9"], "open": ["2", "3", "5"]},
    "straight": ["1", "4", "7"],
})


def predictions(view):
    model = LogisticRegression(max_iter=50, tol=0.05).fit(view[::2] / 16, digits[::2])
    return ht.Predictions(
        digits[1::2], model.predict_proba(view[1::2] / 16), names,
        score_kind="probability", embeddings=view[1::2],
    )


"""

SETUPS = {
    "ComparisonPlots": f"{ANIMALS}result = ht.compare(model, tree, permutations=199)\n",
    "ComparisonSetPlots": f"""import numpy as np

{ANIMALS}noise = np.random.default_rng(0).normal(0, 0.08, model.vectors.shape)
noisy = ht.ClassRepresentatives(model.vectors + noise, model.classes)
result = ht.compare({{"trained": model, "noisy": noisy}}, tree, permutations=199)
""",
    "ConsensusPlots": f"""import numpy as np

{ANIMALS}random = np.random.default_rng(0)
trees = []
for run in range(9):
    vectors = model.vectors + random.normal(0, 0.05, model.vectors.shape)
    trees.append(ht.infer_tree(ht.ClassRepresentatives(vectors, model.classes)))
result = ht.consensus(trees)
""",
    "SeriesPlots": f"""import numpy as np

{ANIMALS}noise = np.random.default_rng(0).normal(0, 0.1, model.vectors.shape)
steps = {{}}
for step in range(0, 100, 20):
    vectors = model.vectors * step / 80 + noise * (1 - step / 80)
    steps[step] = ht.ClassRepresentatives(vectors, model.classes)
result = ht.compare_series(steps, tree, permutations=99)
""",
    "SweepPlots": f"{ANIMALS}result = ht.sweep(model, tree, linkages=['average', 'complete'])\n",
    "EvaluationPlots": f"""{DIGITS}result = ht.evaluate(
    predictions(images), tree, selective="climbing", intervals=False
)
""",
    "EvaluationSetPlots": f"""{DIGITS}result = ht.evaluate(
    {{"all": predictions(images), "upper half": predictions(images[:, :32])}}, tree,
    selective="climbing", intervals=False,
)
""",
    "RetrievalPlots": f"{DIGITS}result = ht.evaluate_retrieval(predictions(images), tree)\n",
    "RetrievalSetPlots": f"""{DIGITS}result = ht.evaluate_retrieval(
    {{"all": predictions(images), "upper half": predictions(images[:, :32])}}, tree,
)
""",
}
"""Scripts that make a small result of each kind; imports first."""

ARGUMENTS = {("ConsensusPlots", "tanglegram"): "tree"}
"""What a plot can't be drawn without."""


def scripts() -> dict[str, str]:
    """Return every script by its path below the gallery's folder."""
    found = {"README.txt": "Gallery\n=======\n\nEvery plot that a result has: ``result.plot``.\n"}
    kinds = {kind.__name__: kind for kind in every_kind()}
    if more := kinds.keys() - {name for _, name in HEADINGS.values()}:
        raise KeyError(f"give these plots a heading and a small result: {sorted(more)}")
    for folder, (heading, name) in HEADINGS.items():
        if name not in kinds:
            continue
        found[f"{folder}/README.txt"] = f"{heading}\n{'-' * len(heading)}\n"
        for plot, method in vars(kinds[name]).items():
            if inspect.isfunction(method) and not plot.startswith("_"):
                found[f"{folder}/{folder}_{plot}.py"] = script(name, plot, method)
    return found


def every_kind() -> list[type[Plots]]:
    """Return the classes of `result.plot`, wherever a result defines one."""
    for package in PACKAGES:
        room = importlib.import_module(package)
        for info in iter_modules(room.__path__):
            importlib.import_module(f"{package}.{info.name}")
    waiting, found = [Plots], []
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if not kind.__subclasses__():
            found.append(kind)
    return found


def script(kind: str, plot: str, method: object) -> str:
    """Return the script of one plot: what it shows, how its result is made, the call."""
    title = plot.replace("_", " ").capitalize()
    told = inspect.getdoc(method) or ""
    told = re.sub(r"(?<!`)`([\w.]+)`(?!`)", r":py:obj:`\1`", told)
    return f'''"""
{title}
{"=" * len(title)}

{told}
"""

{SETUPS[kind]}
result.plot.{plot}({ARGUMENTS.get((kind, plot), "")})
'''
