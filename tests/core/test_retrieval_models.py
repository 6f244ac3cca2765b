"""Searches of several models among the same samples: their differences, against the definition."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools.cli import run

TREE = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));")
SCORES = ("precision_at_1", "r_precision", "map_at_r")


def images(rng, n, spread=1.0, labels=None):
    """Images around places of their classes."""
    means = np.random.default_rng(99).normal(size=(8, 4))
    chosen = rng.integers(0, 8, n) if labels is None else labels
    vectors = means[chosen] + spread * rng.normal(size=(n, 4))
    return {"labels": chosen, "classes": TREE.classes, "embeddings": vectors}


def two(n, seed, shown=0, worse=1.5):
    """Queries of two models, and their galleries."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 8, n)
    models = {name: images(rng, n, spread, labels) for name, spread in (("x", 0.5), ("y", worse))}
    if not shown:
        return models, None
    kinds = np.arange(shown) % 8
    return models, {name: images(rng, shown, 1.0, kinds) for name in models}


def test_with_a_gallery_the_lists_of_each_query_change_places():
    models, gallery = two(9, 1, shown=32)
    found = ht.evaluate_retrieval(models, TREE, gallery)
    each = {name: ht.evaluate_retrieval(models[name], TREE, gallery[name]) for name in models}
    for name, alone in each.items():
        pd.testing.assert_frame_equal(found[name].scores, alone.scores)
        pd.testing.assert_frame_equal(found[name].per_query, alone.per_query)
    columns = each["x"].per_query.columns[1:]
    assert len(found.differences) == len(columns)
    p_values = []
    for column, row in zip(columns, found.differences.to_dict("records")):
        apart = (each["x"].per_query[column] - each["y"].per_query[column]).to_numpy()
        assert row["difference"] == pytest.approx(apart.mean())
        moved = apart[apart != 0]
        if not moved.size:
            assert np.isnan(row["p_value"])
            assert row["status"] == "not tested"
            p_values.append(np.nan)
            continue
        sums = np.array(
            [abs(np.dot(s, moved)) for s in itertools.product([1, -1], repeat=moved.size)]
        )
        expected = (sums >= sums[0] * (1 - 1e-9)).mean()
        assert row["p_value"] == pytest.approx(expected)
        assert row["test"] == "swaps of paired searches"
        assert row["better_model"] == ("x" if apart.mean() > 0 else "y")
        if not np.isnan(row["ci_low"]):
            assert (row["ci_low"] <= 0 <= row["ci_high"]) == (row["p_value"] > 0.05)
        p_values.append(expected)
    assert found.differences["p_holm"].to_numpy() == pytest.approx(
        ht.inference.holm(p_values), nan_ok=True
    )


def test_where_queries_search_each_other_parts_are_left_out_of_both():
    models, _ = two(14, 2)
    found = ht.evaluate_retrieval(models, TREE)

    def mean(name, keep):
        rows = {**models[name], "labels": models[name]["labels"][keep],
                "embeddings": models[name]["embeddings"][keep]}  # fmt: skip
        return ht.evaluate_retrieval(rows, TREE, intervals=False).scores["value"].to_numpy()

    every = np.arange(14)
    apart = mean("x", every) - mean("y", every)
    without = np.array(
        [mean("x", np.delete(every, i)) - mean("y", np.delete(every, i)) for i in every]
    )
    for place, row in enumerate(found.differences.to_dict("records")):
        left = without[:, place]
        left = left[~np.isnan(left)]
        error = np.sqrt((left.size - 1) / left.size * ((left - left.mean()) ** 2).sum())
        assert row["difference"] == pytest.approx(apart[place])
        if row["test"] != "jackknife over samples":
            assert error == pytest.approx(0, abs=1e-12)
            continue
        informed = int(found["x"].scores["n_queries"][place])
        freedom = min(left.size, informed) - 1
        half = stats.t.ppf(0.975, freedom) * error
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(apart[place]) / error, freedom))
        assert row["ci_low"] == pytest.approx(max(apart[place] - half, -1))
        assert row["ci_high"] == pytest.approx(min(apart[place] + half, 1))


@pytest.mark.parametrize("shown", [0, 40])
def test_neither_order_nor_names_decide(shown):
    models, gallery = two(30, 3, shown)
    found = ht.evaluate_retrieval(models, TREE, gallery).differences
    order = np.random.default_rng(0).permutation(30)
    named = dict(zip(TREE.classes, "stuvwxyz"))
    other = ht.rename_classes(TREE, named)

    def moved(held, rows):
        return {
            "labels": held["labels"][rows],
            "classes": other.classes,
            "embeddings": held["embeddings"][rows],
        }

    turned = {name: moved(models[name], order) for name in ("y", "x")}
    shelf = gallery and {name: moved(gallery[name], np.arange(shown)) for name in gallery}
    again = ht.evaluate_retrieval(turned, other, shelf).differences
    for one, two_ in zip(found.to_dict("records"), again.to_dict("records"), strict=True):
        assert one["score"] == two_["score"]
        assert one["difference"] == pytest.approx(-two_["difference"])
        assert one["p_value"] == pytest.approx(two_["p_value"], nan_ok=True)
        assert one["ci_low"] == pytest.approx(-two_["ci_high"], nan_ok=True)
        assert one["better_model"] == two_["better_model"]


def test_groups_change_places_as_wholes():
    models, gallery = two(10, 4, shown=40)
    many = {
        name: {
            **held,
            "labels": np.repeat(held["labels"], 6),
            "embeddings": np.repeat(held["embeddings"], 6, axis=0),
        }
        for name, held in models.items()
    }
    groups = np.repeat(np.arange(10), 6)
    once = ht.evaluate_retrieval(models, TREE, gallery).differences
    grouped = ht.evaluate_retrieval(many, TREE, gallery, groups=groups).differences
    careless = ht.evaluate_retrieval(many, TREE, gallery).differences
    for column, near in (("difference", 1e-9), ("p_value", 1e-9), ("ci_low", 0.05)):
        wanted = pytest.approx(once[column].to_numpy(), rel=near, abs=1e-12, nan_ok=True)
        assert grouped[column].to_numpy() == wanted
    width = (careless["ci_high"] - careless["ci_low"]) / (once["ci_high"] - once["ci_low"])
    assert width.median() < 0.5
    alone = ht.evaluate_retrieval(many, TREE, groups=groups).differences
    assert (alone["p_value"].dropna() > 1e-6).all()


def test_without_intervals_nothing_is_tested():
    models, _ = two(10, 5)
    found = ht.evaluate_retrieval(models, TREE, intervals=False).differences
    assert found["p_value"].isna().all()
    assert set(found["note"]) == {"no test: intervals=False"}
    few, _ = two(5, 5)
    notes = " ".join(ht.evaluate_retrieval(few, TREE).differences["note"])
    assert "inform the score, and it takes 6" in notes
    same = {"a": models["x"], "b": models["x"]}
    alike = ht.evaluate_retrieval(same, TREE).differences
    assert set(alike["note"]) == {"no test: the models differ by as much whatever is left out"}
    assert (alike["better_model"] == "").all()


def test_what_can_not_be_compared_is_refused():
    models, gallery = two(10, 6, shown=20)
    short = {key: value if key == "classes" else value[:8] for key, value in models["y"].items()}
    with pytest.raises(ht.PredictionsError, match="'x' has 10 queries and 'y' 8"):
        ht.evaluate_retrieval({"x": models["x"], "y": short}, TREE)
    turned = {**models["y"], "labels": models["y"]["labels"][::-1]}
    with pytest.raises(ht.PredictionsError, match="groups of the queries of 'x' and 'y' differ"):
        ht.evaluate_retrieval({"x": models["x"], "y": turned}, TREE)
    with pytest.raises(ht.PredictionsError, match="needs a gallery in its own space"):
        ht.evaluate_retrieval(models, TREE, gallery["x"])
    with pytest.raises(ht.PredictionsError, match="not 'x', 'z'"):
        ht.evaluate_retrieval(models, TREE, {"x": gallery["x"], "z": gallery["y"]})
    with pytest.raises(ht.PredictionsError, match="mapping of models is empty"):
        ht.evaluate_retrieval({}, TREE)


def test_the_set_tells_both_models():
    models, gallery = two(40, 7, shown=40, worse=4)
    found = ht.evaluate_retrieval(models, TREE, gallery)
    assert found.models == ("x", "y")
    assert found.scores["model"].unique().tolist() == ["x", "y"]
    assert len(found.per_query) == 80
    text = str(found)
    assert "x better than y by" in text
    assert "swaps of paired searches" in text
    html = ht.evaluate_retrieval({"<x>": models["x"], "y": models["y"]}, TREE)._repr_html_()
    assert "&lt;x&gt;" in html
    assert "<x>" not in html
    found.to_html("several.html")
    page = Path("several.html").read_text(encoding="utf-8")
    assert "x less y. Test: swaps of paired searches." in page
    assert page.count("<svg") == 2
    found["x"].to_html("one.html")
    assert "by chance" in Path("one.html").read_text(encoding="utf-8")
    one = ht.evaluate_retrieval({"x": models["x"]}, TREE)
    assert one.differences.empty
    with pytest.raises(ht.OptionError, match="'z'"):
        found["z"]


def test_the_command_line_compares(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    models, gallery = two(20, 8, shown=24)
    for name in models:
        ht.Predictions(**models[name]).save(f"{name}.npz")
        ht.Predictions(**gallery[name]).save(f"shown_{name}.npz")
    ht.write_tree(TREE, "tree.nwk")
    tokens = ["search", "x=x.npz", "y=y.npz", "tree.nwk", "--gallery", "x=shown_x.npz"]
    tokens += ["--gallery", "y=shown_y.npz"]
    assert run([*tokens, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["differences"]["columns"]
    wanted = ht.evaluate_retrieval(models, TREE, gallery).differences["p_value"]
    assert [np.nan if p is None else p for p in told["p_value"]] == pytest.approx(
        wanted.tolist(), nan_ok=True
    )
    assert run([*tokens, "--per-query", "each.csv", "--html", "report.html"]) == 0
    assert Path("report.html").exists()
    assert "p (Holm)" in capsys.readouterr().out
    assert pd.read_csv("each.csv")["model"].tolist() == ["x"] * 20 + ["y"] * 20
    assert run(["search", "x=x.npz", "x=y.npz", "tree.nwk"]) == 2
    assert "'x' names 2 files" in capsys.readouterr().err
    assert run(["search", "tree.nwk"]) == 2
    assert "search needs embeddings" in capsys.readouterr().err
