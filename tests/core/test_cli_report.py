"""`hiertools report`: the report of whatever was saved."""

from __future__ import annotations

from pathlib import Path

import pytest

import hiertools as ht
from hiertools.cli import run

TREE = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
REPS = {"lynx": [1, 0], "wolf": [1, 0.2], "newt": [0, 1], "toad": [0.3, 1]}
MADE = ht.Predictions(
    ["lynx", "wolf", "newt"], classes=TREE.classes, ranked=["wolf", "wolf", "lynx"]
)
COMPARED = ht.compare(REPS, TREE, permutations=0)
EVALUATED = ht.evaluate(MADE, TREE, intervals=False)
RESULTS = {
    "comparison": COMPARED,
    "comparison set": ht.compare({"a": REPS, "b": REPS}, TREE, permutations=0),
    "evaluation": EVALUATED,
    "evaluation set": ht.evaluate({"a": MADE, "b": MADE}, TREE, intervals=False),
    "consensus": ht.consensus([TREE, TREE]),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_every_kind_of_saved_result_has_a_report(kind, capsys):
    RESULTS[kind].to_json("r.json")
    assert run(["report", "r.json"]) == 0
    assert "Wrote r.html." in capsys.readouterr().err
    ht.read_result("r.json").to_html("again.html")
    page = Path("r.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert page == Path("again.html").read_text(encoding="utf-8")


def test_the_report_of_a_study_lies_in_its_folder():
    Path("study").mkdir()
    RESULTS["comparison set"].to_json("study/result.json")
    assert run(["report", "study"]) == 0
    assert Path("study/report.html").exists()
    assert run(["report", "study", "--out", "else.html"]) == 0
    assert Path("else.html").exists()


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["empty"], "the folder 'empty' holds no result.json"),
        (
            ["many"],
            "a result.json of each of its data sets: name the folder of 'birds', 'fish' in it",
        ),
        (["tree.json"], "is not a saved result but some other JSON"),
        (["nothing.json"], "nothing.json"),
        (["r.json", "--out", "r.txt"], "must end in .html or .htm"),
        (["r.html"], "would write over 'r.html'"),
    ],
)
def test_what_is_no_saved_result_is_refused(tokens, told, capsys):
    Path("empty").mkdir()
    for name in ("birds", "fish"):
        Path("many", name).mkdir(parents=True)
        COMPARED.to_json(Path("many", name, "result.json"))
    COMPARED.to_json("r.json")
    COMPARED.to_json("r.html.json")
    Path("r.html.json").rename("r.html")
    ht.write_tree(TREE, "tree.json")
    assert run(["report", *tokens]) == 2
    assert told in capsys.readouterr().err
    assert not list(Path().glob("*.txt"))


def test_a_result_whose_tables_are_of_other_classes_is_refused(capsys):
    text = COMPARED.to_json().replace('"newt"', '"eft"', 1)
    Path("r.json").write_text(text, encoding="utf-8")
    assert run(["report", "r.json"]) == 2
    assert "its tables name other classes than its trees" in capsys.readouterr().err
