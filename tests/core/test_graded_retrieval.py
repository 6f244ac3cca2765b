"""Retrieval at every level, and over all levels at once, against definitions and published code."""

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core.directions import unit_rows
from hiertools.cli import run
from hiertools.measures.graded_retrieval import Gallery, retrieve
from hiertools.measures.sample_retrieval import sample_retrieval

TREE = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),(g,h)));")


def scores_of(shared, levels, alpha):
    """One ranking: P@1, R-precision, MAP@R of each level, then H-AP, NDCG, ASI, word for word."""
    found = []
    for level in range(1, levels + 1):
        hit = [each >= level for each in shared]
        r = sum(hit)
        if r == 0:
            found += [math.nan] * 3
            continue
        precision = [sum(hit[: k + 1]) / (k + 1) for k in range(r) if hit[k]]
        found += [float(hit[0]), sum(hit[:r]) / r, sum(precision) / r]
    if not any(shared):
        return [*found, math.nan, math.nan, math.nan]
    worth = [(each / levels) ** alpha / shared.count(each) if each else 0.0 for each in shared]
    ideal = sorted(shared, reverse=True)
    h_ap = sum(
        sum(min(worth[j], worth[k]) for j in range(k + 1)) / (k + 1)
        for k in range(len(shared))
        if worth[k] > 0
    ) / sum(worth)

    def gained(order):
        return sum((2**each - 1) / math.log2(place + 2) for place, each in enumerate(order))

    n = sum(each > 0 for each in shared)
    common = [
        sum(min(shared[:k].count(each), ideal[:k].count(each)) for each in range(1, levels + 1)) / k
        for k in range(1, n + 1)
    ]
    return [*found, h_ap, gained(shared) / gained(ideal), sum(common) / n]


def by_definition(similarity, shared, levels, alpha):
    """The mean over all orders of what is tied."""
    values = sorted(set(similarity), reverse=True)
    runs = [[i for i, x in enumerate(similarity) if x == value] for value in values]
    orders = itertools.product(*map(itertools.permutations, runs))
    each = [scores_of([shared[i] for run in order for i in run], levels, alpha) for order in orders]
    return np.mean(each, axis=0)


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.5, 1.0, 3.0]))
@settings(deadline=None, max_examples=25)
def test_scores_are_the_means_of_their_definitions_over_all_orders(seed, alone, alpha):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, (7, 2)).astype(float)
    vectors[(vectors == 0).all(axis=1)] = 1.0
    classes = rng.integers(0, 4, 7)
    groups = np.stack([classes // 2, classes]).astype(np.int32)
    whole = Gallery(unit_rows(vectors, "float64"), groups)
    shown = whole if alone else Gallery(whole.vectors[3:], groups[:, 3:])
    found, _ = retrieve(whole, None if alone else shown, alpha)
    for i in range(7):
        others = [j for j in range(len(shown.vectors)) if not (alone and j == i)]
        similarity = np.round(shown.vectors[others] @ whole.vectors[i], 9).tolist()
        shared = (shown.groups[:, others] == groups[:, [i]]).sum(axis=0).tolist()
        expected = by_definition(similarity, shared, 2, alpha)
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-12)


# Sums that `happier/engine/metrics.py` gives for these orders (github.com/elias-ramzi/HAPPIER):
# hap (relevances of get_relevances_pop), ndcg, asi.
PUBLISHED = {
    (2, 0, 3, 1, 3, 0, 2, 0, 1, 1): (0.594955, 0.734628, 0.478231),
    (0, 3, 3, 2, 1, 0, 0, 1, 1, 2): (0.596230, 0.724837, 0.564966),
    (1, 1, 0, 2, 0, 3, 0, 0, 2, 0): (0.323413, 0.563722, 0.220000),
}


@pytest.mark.parametrize("order", PUBLISHED)
def test_scores_are_those_of_the_published_code(order):
    found = scores_of(list(order), 3, alpha=2.0)[-3:]
    assert found == pytest.approx(PUBLISHED[order], abs=2e-6)


def test_levels_that_are_equally_relevant_are_counted_once():
    whole = scores_of([2, 1, 2, 0], 2, alpha=1.0)  # the published code gives an H-AP of 2
    assert whole[-3] == 1.0


def images(rng, n, classes="abcdefgh", noise=0.7):
    labels = rng.choice(list(classes), n)
    place = np.array([TREE.class_index[name] for name in labels])
    vectors = np.eye(8)[place] + np.eye(8)[place // 2 * 2] + noise * rng.standard_normal((n, 8))
    return {"labels": labels, "classes": TREE.classes, "embeddings": vectors}


def test_each_other_is_a_gallery_without_oneself():
    made = images(np.random.default_rng(0), 40)
    found = ht.evaluate_retrieval(made, TREE, dtype="float64", intervals=False)
    plain = sample_retrieval(made["embeddings"], made["labels"], dtype="float64")
    np.testing.assert_allclose(found.per_query["map_at_r"], plain.map_at_r)
    np.testing.assert_allclose(found.per_query["r_precision"], plain.r_precision)
    for level in (0, 1):
        group = ht.level_groups(TREE, level)[[TREE.class_index[x] for x in made["labels"]]]
        coarse = sample_retrieval(made["embeddings"], group, dtype="float64")
        np.testing.assert_allclose(found.per_query[f"map_at_r, level {level}"], coarse.map_at_r)
        assert found.value("map_at_r", level=level) == pytest.approx(np.nanmean(coarse.map_at_r))


def test_neither_order_nor_names_matter():
    rng = np.random.default_rng(1)
    made, shown = images(rng, 30), images(rng, 50)
    plain = ht.evaluate_retrieval(made, TREE, shown)
    order, mixed = rng.permutation(30), rng.permutation(50)
    moved = ht.evaluate_retrieval(
        {**made, "labels": made["labels"][order], "embeddings": made["embeddings"][order]},
        TREE,
        {**shown, "labels": shown["labels"][mixed], "embeddings": shown["embeddings"][mixed]},
    )
    pd.testing.assert_frame_equal(plain.scores, moved.scores)
    moved = {**made, **{name: made[name][order] for name in ("labels", "embeddings")}}
    belong = np.array(list("abcdef"))[np.arange(30) % 6]
    for groups in (None, belong):
        mine = None if groups is None else groups[order]
        pd.testing.assert_frame_equal(
            ht.evaluate_retrieval(made, TREE, groups=groups, dtype="float64").scores,
            ht.evaluate_retrieval(moved, TREE, groups=mine, dtype="float64").scores,
        )
    other = dict(zip("abcdefgh", "hgfedcba"))
    renamed = ht.evaluate_retrieval(
        *(
            {
                **each,
                "labels": [other[x] for x in each["labels"]],
                "classes": [other[x] for x in each["classes"]],
            }
            for each in (made,)
        ),
        ht.rename_classes(TREE, {name: f"{new}'" for name, new in other.items()}),
        {**shown, "labels": [other[x] for x in shown["labels"]], "classes": list("hgfedcba")},
        rename={f"{name}'": name for name in "abcdefgh"},
    )
    pd.testing.assert_frame_equal(plain.scores, renamed.scores)


@pytest.mark.parametrize("groups", [None, np.arange(40) % 7])
def test_samples_in_one_place_have_no_order_either(groups):
    rng = np.random.default_rng(2)
    labels, vectors = rng.choice(list("abcdefgh"), 40), rng.integers(1, 3, (2, 40, 2))
    other = dict(zip("abcdefgh", "hgfedcba"))
    turned = ht.rename_classes(TREE, other)

    def found(rows, tree, called=str):
        models = {
            name: {"labels": [called(x) for x in labels[rows]], "embeddings": vectors[place][rows]}
            for place, name in enumerate(("one", "other"))
        }
        mine = None if groups is None else groups[rows]
        result = ht.evaluate_retrieval(models, tree, groups=mine, classes=tree.classes)
        return result.scores, result.differences

    plain = found(np.arange(40), TREE)
    moved = found(rng.permutation(40), TREE)
    renamed = found(np.arange(40), turned, other.get)
    for tables in (moved, renamed):
        for expected, table in zip(plain, tables):
            pd.testing.assert_frame_equal(expected, table, rtol=1e-9, atol=1e-12)


def test_chance_is_what_a_gallery_of_equals_gives():
    rng = np.random.default_rng(2)
    made, shown = images(rng, 12), images(rng, 30)
    flat = {**shown, "embeddings": np.ones((30, 8))}
    for gallery in (flat, None):
        asked = made if gallery is not None else flat
        found = ht.evaluate_retrieval(asked, TREE, gallery, intervals=False).scores
        np.testing.assert_allclose(found["value"], found["chance"], rtol=1e-6)
    values = []
    for _ in range(150):
        own, other = ({**each, "embeddings": rng.standard_normal((len(each["labels"]), 8))}
                      for each in (made, shown))  # fmt: skip
        values.append(ht.evaluate_retrieval(own, TREE, other, intervals=False).scores["value"])
    expected = ht.evaluate_retrieval(made, TREE, shown, intervals=False).scores["chance"]
    error = np.std(values, axis=0) / np.sqrt(150)
    assert (np.abs(np.mean(values, axis=0) - expected) < 4 * error).all()


def test_leaving_parts_out_is_doing_without_them():
    rng = np.random.default_rng(3)
    vectors = unit_rows(rng.integers(-2, 3, (40, 3)) + 0.25, "float64")
    classes = rng.integers(0, 6, 40)
    groups = np.stack([classes // 3, classes]).astype(np.int32)
    parts = (np.arange(40) % 5).astype(np.int32)
    _, left = retrieve(Gallery(vectors, groups), None, 1.0, parts)
    for part in range(5):
        kept = parts != part
        alone, _ = retrieve(Gallery(vectors[kept], groups[:, kept]), None, 1.0)
        np.testing.assert_allclose(left[:, part], np.nanmean(alone, axis=1), rtol=1e-12)


def test_samples_that_belong_together_are_one_unit_of_an_interval():
    rng = np.random.default_rng(4)
    few, shown = images(rng, 25), images(rng, 60)
    many = {**few, **{name: np.repeat(few[name], 8, axis=0) for name in ("labels", "embeddings")}}
    one = ht.evaluate_retrieval(few, TREE, shown).scores
    repeated = ht.evaluate_retrieval(many, TREE, shown, groups=np.repeat(range(25), 8)).scores
    columns = ["value", "ci_low", "ci_high"]
    pd.testing.assert_frame_equal(one[columns], repeated[columns])
    named = {**many, "groups": np.repeat(range(25), 8), "weights": np.ones(200)}
    found = ht.evaluate_retrieval(named, TREE, shown)
    pd.testing.assert_frame_equal(found.scores, repeated)
    assert found.notes == (
        "weights of query samples were not looked at: each counts once.",
        "samples belong together in 25 groups of 8: intervals and tests are over groups.",
    )
    careless = ht.evaluate_retrieval(many, TREE, shown).scores
    assert (careless["ci_high"] - careless["ci_low"] < one["ci_high"] - one["ci_low"]).all()


@pytest.mark.parametrize("alone", [True, False])
def test_intervals_hold_what_other_samples_give(alone):
    shown = None if alone else images(np.random.default_rng(99), 100)
    runs = [
        ht.evaluate_retrieval(images(np.random.default_rng([5, i]), 50), TREE, shown).scores
        for i in range(60)
    ]
    value, low, high = (np.array([run[x] for run in runs]) for x in ("value", "ci_low", "ci_high"))
    expected = value.mean(axis=0)
    covered = ((low <= expected) & (expected <= high)).mean(axis=0)
    assert covered.min() > 0.84  # 60 runs; 0.92 and above over 300


def test_what_has_nothing_to_be_found_says_so():
    made = {"labels": ["a", "c"], "classes": TREE.classes, "embeddings": np.eye(2)}
    found = ht.evaluate_retrieval(made, TREE).scores
    own = found[found["level"].isna()].iloc[0]
    assert np.isnan(own["value"])
    assert own["status"] == "undefined: no company"
    assert own["note"] == "nothing to be found for 2 queries"
    assert found.loc[found["level"] == 0, "value"].tolist() == [1.0, 1.0, 1.0]


def noted(labels, vectors, gallery=None, **options):
    """The notes on scores of a search among these, told of MAP@R and P@1 of classes."""
    made = {"labels": labels, "classes": TREE.classes, "embeddings": vectors}
    found = ht.evaluate_retrieval(made, TREE, gallery, **options).scores
    own = found[found["level"].isna()].set_index("score")
    told = own.loc[["map_at_r", "precision_at_1"]]
    assert (told["ci_low"].isna() == told["note"].str.contains("no interval")).all()
    return told["note"].tolist()


def test_where_there_is_no_interval_a_note_says_why():
    rng = np.random.default_rng(10)
    shown = images(rng, 30, "ab")
    few = "no interval: 2 queries inform it, and it takes 3"
    assert noted(["a", "b"], rng.normal(size=(2, 8)), shown) == [few] * 2
    assert (
        noted(["a", "b", "h"], rng.normal(size=(3, 8)), shown)
        == [f"nothing to be found for 1 query; {few}"] * 2
    )
    together = noted(list("abab"), rng.normal(size=(4, 8)), shown, groups=[0] * 4)
    assert together == ["no interval: 1 group of queries informs it, and it takes 3"] * 2
    pairs = noted(list("aabb"), np.eye(8)[[0, 0, 1, 1]])  # right, but for chance: Wilson's
    assert pairs == ["no interval: it is 1 of every query", ""]
    tied = noted(list("abab"), np.ones((4, 8)))
    assert tied == ["no interval: it stays the same whatever is left out", ""]
    chain = noted(list("aabb"), rng.normal(size=(4, 8)), groups=[0, 1, 2, 0])
    undefined = "no interval: with most parts of the samples left out, nothing is to be found"
    assert chain == [undefined] * 2


def test_an_interval_is_called_by_its_level(tmp_path):
    made = images(np.random.default_rng(11), 30)
    two = {"x": made, "y": images(np.random.default_rng(12), 30)}
    two["y"]["labels"] = made["labels"]
    for level, heading in ((0.95, "95 % interval"), (0.9, "90 % interval")):
        one, several = (
            ht.evaluate_retrieval(each, TREE, confidence_level=level) for each in (made, two)
        )
        assert heading in str(one)
        for found in (one, several):
            found.to_html(tmp_path / "page.html")
            page = (tmp_path / "page.html").read_text(encoding="utf-8")
            assert heading in page
            assert page.count("% interval") == page.count(heading)


def test_levels_that_tell_nothing_apart_do_not_count():
    deeper = ht.ClassTree.from_newick("((((a,b)x)y,((c,d)z)w));")
    made = images(np.random.default_rng(6), 20, "abcd")
    small = {**made, "classes": list("abcdefgh")}
    found = ht.evaluate_retrieval(small, deeper)
    assert found.scores["level"].dropna().unique().tolist() == [1]
    asked = ht.evaluate_retrieval(small, deeper, levels=[0, 1])
    assert asked.value("map_at_r", level=0) == 1.0
    assert "map_at_r" in str(found)
    assert "<table" in found._repr_html_()


def test_bad_input_is_one_sentence():
    made = images(np.random.default_rng(7), 10)
    scored = ht.Predictions(["a"], [[1.0]], ["a"])
    with pytest.raises(ht.PredictionsError, match="a search needs embeddings, and the query sampl"):
        ht.evaluate_retrieval(scored, TREE)
    with pytest.raises(ht.PredictionsError, match="8 dimensions, but the gallery 3"):
        ht.evaluate_retrieval(made, TREE, {**made, "embeddings": np.ones((10, 3))})
    with pytest.raises(ht.PredictionsError, match=r"each of 10 samples, shape \(10,\); got \(3,\)"):
        ht.evaluate_retrieval(made, TREE, groups=[1, 2, 3])
    for alpha in (0, 1e30):  # whose powers of shares of levels are all 0
        with pytest.raises(ht.OptionError, match="alpha must be a number between 0 and 100"):
            ht.evaluate_retrieval(made, TREE, alpha=alpha)
    for option, told in (
        ({"random_state": -1}, "random_state must be a whole number of at least 0; got -1"),
        ({"confidence_level": 95}, "confidence_level must be a number between 0 and 1; got 95"),
        ({"permutations": -1}, "permutations must be a whole number of at least 0; got -1"),
    ):
        with pytest.raises(ht.OptionError, match=told):
            ht.evaluate_retrieval(made, TREE, intervals=False, **option)
    unknown = {**made, "classes": [*TREE.classes[:-1], "yeti"], "labels": np.arange(10) % 8}
    with pytest.raises(ht.ClassMismatchError, match="yeti"):
        ht.evaluate_retrieval(unknown, TREE)
    found = ht.evaluate_retrieval(unknown, TREE, on_missing="drop")
    assert "1 of 10 query samples are of classes that the tree lacks" in found.notes[0]
    assert len(found.per_query) == 9


def test_the_command_line_says_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    made, shown = images(rng, 12), images(rng, 20)
    individual = np.repeat(list("uvwx"), 3)
    table = pd.DataFrame({"label": made["labels"], "individual": individual}).join(
        pd.DataFrame(made["embeddings"]).add_prefix("embedding_")
    )
    table.to_csv("photos.csv", index=False)
    ht.Predictions(**shown).save("archive.npz")
    ht.write_tree(TREE, "tree.nwk")
    tokens = ["search", "photos.csv", "tree.nwk", "--gallery", "archive.npz"]
    tokens += ["--groups", "individual"]
    assert run([*tokens, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["scores"]["columns"]
    found = ht.evaluate_retrieval(made, TREE, shown, groups=individual)
    assert told["value"] == pytest.approx(found.scores["value"].tolist())
    assert run([*tokens, "--level", "0", "--per-query", "each.csv", "--no-intervals"]) == 0
    assert "hierarchical_average_precision  all" in capsys.readouterr().out
    assert len(pd.read_csv("each.csv")) == 12
    assert run([*tokens, "--per-query", "photos.csv"]) == 2
    assert "photos.csv" in capsys.readouterr().err
