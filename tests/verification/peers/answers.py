"""Make ``answers.csv``: figures of RESCRIPt and of Riehl et al. for answers at any node.

Neither is on PyPI: give clones of github.com/bokulich-lab/RESCRIPt and
github.com/DerKevinRiehl/HierarchicalConfusionMatrix. Of RESCRIPt only two functions run, without
QIIME 2; networkx is needed for the other.

    python tests/verification/peers/answers.py RESCRIPt HierarchicalConfusionMatrix
"""

from __future__ import annotations

import ast
import csv
import importlib.util
import random
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
RANKS = "kpcfgs"
FUNCTIONS = ("_calculate_per_rank_precision_recall", "_precision_recall_fscore")


def lineages(seed: int, n: int) -> tuple[list[str], list[str]]:
    """Lineages and answers to them: right, cut short, continued, and on other branches."""
    rng = random.Random(seed)

    def one() -> list[str]:
        # Two taxa below each: A1, A2 below A, and no name begins with that of a sibling.
        path, name = [], ""
        for rank in RANKS:
            name += rng.choice("AB")
            path.append(f"{rank}__{name}")
        return path

    labels, answers = [], []
    for _ in range(n):
        label = one()[: rng.choice([4, 5, 6, 6, 6])]
        kind = rng.random()
        answer = list(label)
        if kind < 0.35:
            answer = answer[: rng.randrange(1, len(answer) + 1)]
        elif kind < 0.75:
            start = rng.randrange(len(answer))
            other = one()
            while other[:start] != label[:start] or other[start] == label[start]:
                other = one()
            answer = other[: rng.randrange(start + 1, 7)]
        elif kind < 0.85 and len(label) < 6:
            other = one()
            while other[: len(label)] != label:
                other = one()
            answer = other
        labels.append(";".join(label))
        answers.append(";".join(answer))
    return labels, answers


def rescript(clone: Path, labels: list[str], answers: list[str]) -> pd.DataFrame:
    """What RESCRIPt's evaluate_classifications computes of both."""
    names: dict[str, object] = {"pd": pd, "_taxonomic_depth": depths}
    source = (clone / "rescript" / "cross_validate.py").read_text(encoding="utf-8")
    parts = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS
    ]
    exec(compile(ast.Module(parts, []), "cross_validate.py", "exec"), names)
    found = names[FUNCTIONS[0]](pd.Series(labels), pd.Series(answers))  # type: ignore[operator]
    return pd.DataFrame(found)


def depths(taxonomy: pd.Series, _regex: str) -> pd.Series:
    """How many ranks each lineage has."""
    return taxonomy.str.split(";").str.len()


def riehl(clone: Path, labels: list[str], answers: list[str]) -> list[int]:
    """The sums of TP, TN, FP and FN over samples."""
    import networkx as nx

    file = next(clone.rglob("HierarchicalConfusion.py"))
    spec = importlib.util.spec_from_file_location("riehl", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    graph = nx.DiGraph()
    paths = {}
    for lineage in {*labels, *answers}:
        path = ["root", *lineage.split(";")]
        nx.add_path(graph, path)
        paths[lineage] = path
    total = [0, 0, 0, 0]
    for label, answer in zip(labels, answers):
        found = module.determineHierarchicalConfusionMatrix(
            graph, [paths[label][-1]], [paths[answer]]
        )
        total = [a + int(b) for a, b in zip(total, found)]
    return total


def main(rescript_clone: str, riehl_clone: str) -> None:
    """Write the samples and the figures."""
    samples, figures = [], []
    for seed in range(3):
        labels, answers = lineages(seed, 60)
        samples += [{"case": seed, "label": y, "answer": p} for y, p in zip(labels, answers)]
        for row in rescript(Path(rescript_clone), labels, answers).itertuples(index=False):
            for name, value in zip(("precision", "recall", "f1"), row[1:]):
                figures.append((seed, "RESCRIPt", name, int(row[0]) - 1, repr(float(value))))
        for name, value in zip(
            ("true_positive", "true_negative", "false_positive", "false_negative"),
            riehl(Path(riehl_clone), labels, answers),
        ):
            figures.append((seed, "Riehl", name, "", value))
    pd.DataFrame(samples).to_csv(HERE / "answers_samples.csv", index=False, lineterminator="\n")
    with open(HERE / "answers.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "package", "figure", "level", "value"))
        writer.writerows(figures)


if __name__ == "__main__":
    main(*sys.argv[1:])
