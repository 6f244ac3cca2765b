"""Answers at any node against figures of RESCRIPt and of Riehl et al.

``tests/verification/peers/answers.py`` made them, from RESCRIPt at fbbf996 and
HierarchicalConfusionMatrix at 2256f4c.
"""

import csv
from pathlib import Path

import pytest

import hiertools as ht

HERE = Path(__file__).parents[1] / "verification" / "peers"


def rows_of(name):
    with open(HERE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


SAMPLES, FIGURES = rows_of("answers_samples.csv"), rows_of("answers.csv")


def evaluated(case, ending=""):
    """The evaluation of one case; what is shallower than species ends with placeholders."""
    pairs = [(row["label"], row["answer"]) for row in SAMPLES if row["case"] == case]
    paths = {tuple(text.split(";")) for pair in pairs for text in pair}
    tree = ht.ClassTree.from_lineages({path[-1]: path for path in sorted(paths)})

    def filled(text):
        missing = "kpcfgs"[text.count(";") + 1 :]
        return text + "".join(f";{rank}__{ending}" for rank in missing) if ending else text

    labels, answers = ([filled(text) for text in texts] for texts in zip(*pairs))
    made = ht.Predictions(labels, classes=sorted({*labels, *answers}), ranked=answers)
    return ht.evaluate(made, tree, intervals=False)


@pytest.mark.parametrize("ending", ["", " ", "unclassified"])
@pytest.mark.parametrize("case", ["0", "1", "2"])
def test_precision_recall_and_f_are_those_of_rescript(case, ending):
    table = evaluated(case, ending).by_rank()
    figures = [row for row in FIGURES if (row["case"], row["package"]) == (case, "RESCRIPt")]
    assert len(figures) == 3 * (len(table) - 1) == 18
    for row in figures:
        ours = table[row["figure"]].iloc[int(row["level"])]
        assert ours == pytest.approx(float(row["value"]), abs=1e-12), row
    assert table["rank"].tolist()[:-1] == [
        "kingdom", "phylum", "class", "family", "genus", "species",
    ]  # fmt: skip


@pytest.mark.parametrize("case", ["0", "1", "2"])
def test_the_confusion_matrix_is_that_of_riehl(case):
    found = evaluated(case).node_confusion()
    figures = [row for row in FIGURES if (row["case"], row["package"]) == (case, "Riehl")]
    assert len(figures) == 4
    for row in figures:
        assert found[row["figure"]].sum() == int(row["value"]), row
