"""What a page's scripts explore: all of the result, and no text that a browser would run."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest

import hiertools as ht
from hiertools.reporting.explored import as_json, comparison_data, consensus_data, evaluation_data

HOSTILE = "</script><img src=x onerror=alert(1)>"
TREE = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
REPS = {"lynx": [1, 0], "wolf": [1, 0.2], "newt": [0, 1], "toad": [0.3, 1]}
MADE = ht.Predictions(
    ["lynx", "wolf", "newt", "newt"], classes=TREE.classes, ranked=["wolf", "wolf", "lynx", "lynx"]
)


def column(table, title):
    return next(each["cells"] for each in table["columns"] if each["title"] == title)


def data_of(path):
    text = path.read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert len(found) == 1
    return text, json.loads(found[0])


def test_data_hold_both_trees_and_every_row():
    result = ht.compare(REPS, TREE, permutations=0)
    data = comparison_data({"": result})
    (model,) = data["models"]
    classes, branches = model["tables"]
    assert data["classes"] == list(result.classes)
    up = np.array(data["tree"]["up"])
    np.testing.assert_array_equal(np.arange(up.size) - up, result.predefined.parent)
    assert data["tree"]["node"] == result.predefined.class_node.tolist()
    assert model["tree"]["node"] == result.inferred.class_node.tolist()
    assert sorted(model["left"]) == sorted(model["right"]) == [0, 1, 2, 3]
    np.testing.assert_allclose(column(classes, "fit"), result.per_class["correlation"], rtol=1e-5)
    named = [result.classes[i] for i in column(classes, "nearest in the model")]
    assert named == list(result.per_class["nearest"])
    assert column(branches, "branch") == result.per_node["node"].tolist()
    assert column(branches, "level") == [0, 0]
    told = [model["values"][node] for node in result.per_node["node"]]
    np.testing.assert_allclose(told, result.per_node["best_jaccard"], rtol=1e-5)


def test_levels_of_branches_are_called_by_rank():
    ranks = ("order", "species")
    names = {name: (order, name) for name, order in zip("abc", ("x", "x", "y"))}
    tree = ht.ClassTree.from_lineages(names, ranks=ranks)
    made = ht.Predictions(list("abc"), classes=tree.classes, ranked=list("bac"))
    data = evaluation_data({"": ht.evaluate(made, tree, intervals=False)})
    assert data["ranks"] == list(ranks)
    assert column(data["models"][0]["tables"][1], "rank") == ["order"]


def test_nameless_groups_are_called_by_their_first_class():
    tree = ht.ClassTree.from_newick("(((a,b),c),(d,(e,f)));")
    data = consensus_data(ht.consensus([tree, tree]))
    assert {group["name"] for group in data["groups"]} >= {"a and 1 more"}
    (table,) = data["models"][0]["tables"]
    assert set(column(table, "support")) == {1}


def test_shades_are_the_distances_in_the_order_of_the_tree():
    result = ht.compare(REPS, TREE, permutations=0)
    cells = comparison_data({"": result})["models"][0]["cells"]
    shades = np.frombuffer(base64.b64decode(cells["shades"]), dtype=np.uint8)
    square = np.full((4, 4), 255)
    square[np.tril_indices(4)] = shades
    names = [result.classes[i] for i in cells["order"]]
    matrix = result.distances.to_frame().loc[names, names].to_numpy()
    below = np.tril_indices(4, -1)
    assert (np.diag(square) == 255).all()
    assert (np.argsort(square[below]) == np.argsort(matrix[below])).all()


def test_mistakes_are_those_of_the_confusions():
    result = ht.evaluate(MADE, TREE, intervals=False)
    (model,) = evaluation_data({"": result})["models"]
    wrong = model["mistakes"]
    rows = [
        (result.classes[a], result.classes[b], n, far)
        for a, b, n, far in zip(*(wrong[k] for k in ("label", "predicted", "count", "distance")))
    ]
    told = result.confusions[["label", "predicted", "count", "distance"]]
    assert rows == list(told.itertuples(index=False, name=None))
    classes, branches = model["tables"]
    assert column(classes, "recall") == [0, 0, None, 1]  # lynx, newt, toad, wolf
    assert [TREE.labels[v] for v in column(branches, "branch")] == ["mammal", "amphibian"]
    assert column(branches, "recall") == [1, 0]


def test_names_cannot_end_the_data(tmp_path):
    tree = ht.ClassTree(
        [-1, 0, 1, 1, 0], [HOSTILE, "b", "c"], [2, 3, 4], labels=["", HOSTILE, "", "", ""]
    )
    result = ht.compare({HOSTILE: [1, 0], "b": [1, 0.1], "c": [0, 1]}, tree, permutations=0)
    result.to_html(tmp_path / "r.html")
    text, data = data_of(tmp_path / "r.html")
    assert data["classes"] == list(result.classes)
    assert HOSTILE in data["classes"]
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert not set("<>&\u2028\u2029") & set(as_json({"a": "<>&\u2028\u2029"}))


def test_a_page_runs_its_own_script_alone_and_fetches_nothing(tmp_path):
    ht.compare(REPS, TREE, permutations=0).to_html(tmp_path / "r.html")
    text, _ = data_of(tmp_path / "r.html")
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    rules += f"script-src 'sha256-{digest}'"
    assert f'content="{rules}"' in text
    assert "https:" not in text
    assert "http:" not in text


@pytest.mark.parametrize("several", [False, True])
def test_the_same_result_gives_the_same_page(several, tmp_path):
    for made, judged in ((REPS, MADE), ({"a": REPS, "b": REPS}, {"a": MADE, "b": MADE})):
        if (made is REPS) is several:
            continue
        for result in (
            ht.compare(made, TREE, permutations=0),
            ht.evaluate(judged, TREE, intervals=False),
        ):
            pages = []
            for name in ("a.html", "b.html"):
                result.to_html(tmp_path / name)
                pages.append((tmp_path / name).read_bytes())
            assert pages[0] == pages[1]
            assert b'id="explorer"' in pages[0]


def test_a_report_writes_names_of_any_script_without_a_warning(tmp_path):
    """Which fonts there are is the system's affair; warnings are errors in tests."""
    names = ["梟", "狼", "鯨", "ᚠ wolf", "newt", "toad"]
    tree = ht.ClassTree.from_lineages(
        {n: f"{'獣' if i < 3 else 'x'}/{n}" for i, n in enumerate(names)}
    )
    rng = np.random.default_rng(0)
    result = ht.compare(
        ht.ClassRepresentatives(rng.normal(size=(6, 3)), names), tree, permutations=9
    )
    result.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in names)
