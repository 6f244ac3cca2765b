"""Rows name their level by its rank, and say in one word why a value is undefined."""

import itertools

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import OptionError
from hiertools.results.changes import Limit, broken_limits, changes
from hiertools.results.status import OK, STATUSES
from hiertools.results.table import COLUMNS

RANKED = ht.ClassTree.from_lineages(
    {
        f"{family}{genus}{i}": (family, f"{family}{genus}", f"{family}{genus}{i}")
        for family, genus, i in itertools.product("AB", "xy", range(2))
    },
    ranks=("family", "genus", "species"),
)
# A genus without a family: one edge below the root is not everywhere the family.
GAPPED = ht.ClassTree.from_ranks(
    {"family": ["F", "F", "", ""], "genus": ["G", "H", "J", "J"], "species": ["a", "b", "c", "d"]},
    ranks=("family", "genus", "species"),
)


def vectors(tree, seed=0):
    random = np.random.default_rng(seed)
    return ht.ClassRepresentatives(random.normal(size=(tree.n_classes, 4)), tree.classes)


def predictions(tree, n=40, seed=0, **more):
    random = np.random.default_rng(seed)
    labels = random.integers(0, tree.n_classes, n)
    return ht.Predictions(labels, random.normal(size=(n, tree.n_classes)), tree.classes, **more)


def compared(tree=RANKED, **options):
    return ht.compare(vectors(tree), tree, **{"permutations": 0, "scores": "all"} | options)


def evaluated(tree=RANKED, **options):
    return ht.evaluate(predictions(tree), tree, intervals=False, **options)


BOTH = pytest.mark.parametrize(
    ("result", "score"), [(compared, "precision_at_1"), (evaluated, "accuracy")]
)


@BOTH
@pytest.mark.parametrize("levels", [["family", "genus"], [0, 1], None])
def test_levels_are_numbers_with_their_ranks(result, score, levels):
    frame = result(levels=levels).scores
    assert tuple(frame.columns) == COLUMNS
    assert list(frame.columns[1:3]) == ["level", "rank"]
    assert str(frame["level"].dtype) == "Int64"
    assert str(frame["rank"].dtype) == "string"
    rows = frame[(frame["score"] == score) & frame["level"].notna()]
    assert rows["level"].tolist()[:2] == [0, 1]
    assert rows["rank"].tolist()[:2] == ["family", "genus"]
    assert frame[frame["level"].isna()]["rank"].isna().all()
    assert not frame.duplicated(["score", "level", "k"]).any()


@BOTH
def test_a_level_asked_for_by_rank_is_found_again(result, score):
    found = result(levels=["family"])
    value = found.value(score, level=0)
    assert found.value(score, level="family") == value
    assert broken_limits(found.scores, [Limit.parse(f"{score},level=family={value}")]) == []
    [told] = broken_limits(found.scores, [Limit.parse(f"{score},level=family=2")])
    assert told.startswith(f"{score}, level family is ")
    with pytest.raises(OptionError, match=f"it has .*'{score}, level family'"):
        found.value(score, level="famly")
    with pytest.raises(OptionError, match=f"no row for the limit '{score}, level famly'"):
        broken_limits(found.scores, [Limit.parse(f"{score},level=famly=0.1")])


@BOTH
def test_texts_and_pages_name_levels_by_rank(result, score):
    found = result()
    assert any(line.startswith("family ") for line in str(found).splitlines())
    assert "level 0" not in str(found)
    assert '<th scope="row">family</th>' in found._repr_html_()
    moved = changes(found.scores, found.scores.assign(value=0.0))
    assert "family" in moved["rank"].dropna().tolist()


def test_tables_of_several_models_name_levels_by_rank():
    two = ht.compare({"a": vectors(RANKED), "b": vectors(RANKED, 1)}, RANKED, permutations=0)
    made = {"a": predictions(RANKED), "b": predictions(RANKED)}
    made["b"] = ht.Predictions(made["a"].labels, -made["a"].scores, RANKED.classes)
    both = ht.evaluate(made, RANKED, n_bootstrap=20, permutations=99)
    for found, score in ((two, "precision_at_1"), (both, "accuracy")):
        assert list(found.table.columns) == ["score", "level", "rank", "k", "a", "b"]
        for frame in (found.table, found.scores, found.differences):
            rows = frame[(frame["score"] == score) & (frame["level"] == 0)]
            assert set(rows["rank"]) == {"family"}
        assert f"{score}, level family" in str(found)
        assert f"{score}, level family" in found._repr_html_()


def test_a_rank_and_its_number_are_one_level():
    for found in (compared(levels=[0, "family"]), evaluated(levels=["family", 0])):
        assert found.scores["level"].dropna().unique().tolist() == [0]
        assert found.settings["levels"] == ["family"]


def test_a_number_that_groups_differently_is_not_called_by_the_rank():
    # One edge below the root lie F, J and J's rank is genus: as groups, the families are the same.
    assert compared(GAPPED, levels=[0]).scores["rank"].dropna().unique().tolist() == ["family"]
    assert compared(GAPPED, levels=[1]).scores["rank"].isna().all()
    for result in (compared, evaluated):
        with pytest.raises(OptionError, match="levels 1 and 'genus' bear the same number, 1"):
            result(GAPPED, levels=["genus", 1])


def test_trees_without_ranks_have_none():
    tree = ht.ClassTree.from_newick("((a,b),(c,d));")
    for found in (compared(tree), evaluated(tree)):
        assert found.scores["rank"].isna().all()
        assert "level" in str(found)
    with pytest.raises(OptionError, match="no row"):
        found.value("accuracy", level="family")


def _awkward():
    two = ht.ClassTree.from_newick("(a,b);")
    three = ht.ClassTree.from_newick("((a,b),c);")
    star = ht.ClassTree.from_newick("(a:1,b:2,c:3,d:4);")
    quiet = {"permutations": 9, "scores": "all"}
    square = {"a": [1.0, 0], "b": [0, 1.0], "c": [-1.0, 0], "d": [0, -1.0]}
    yield "three classes", ht.compare(vectors(three), three, **quiet)
    yield "three classes, paper", ht.compare(vectors(three), three, settings="paper", **quiet)
    yield "star with lengths", ht.compare(vectors(star), star, **quiet)
    yield "star, all tied", ht.compare(square, star, linkage="single", **quiet)
    yield "star at level 0", ht.compare(vectors(star), star, levels=[0], **quiet)
    yield "ranks", ht.compare(vectors(RANKED), RANKED, levels=["species"], **quiet)
    yield "models", ht.compare_models(vectors(three), vectors(three, 1), **quiet)
    runs = {"a": [vectors(star), vectors(star, 1)], "b": [vectors(star, 2)]}
    yield "runs", ht.compare(runs, star, **quiet)
    quiet = {"n_bootstrap": 20}
    for name, tree in (("two", two), ("three", three), ("star", star)):
        for n in (1, 2, 9):
            yield f"{name}, {n} samples", ht.evaluate(predictions(tree, n), tree, **quiet)
    embedded = predictions(three, 3, embeddings=np.eye(3), score_kind="logit")
    yield "embeddings", ht.evaluate(embedded, three, settings="paper", **quiet)
    equal = predictions(three, 4, embeddings=np.ones((4, 2)))
    yield "equal embeddings", ht.evaluate(equal, three, **quiet)
    right = ht.Predictions(["a", "b", "c"], classes=three.classes, ranked=["a", "b", "c"])
    yield "all right", ht.evaluate(right, three, **quiet)
    yield "sets", ht.evaluate({"x": right, "y": right}, three, **quiet)


AWKWARD = dict(_awkward())


@pytest.mark.parametrize("name", AWKWARD)
def test_what_is_undefined_says_why_in_one_word(name):
    frame = AWKWARD[name].scores
    undefined = frame["value"].isna()
    assert set(frame["status"]) <= set(STATUSES)
    assert (frame["status"][~undefined] == OK).all()
    assert (frame["status"][undefined] != OK).all()
    assert (frame["status"][undefined] != "undefined").all(), frame[undefined]  # all know why
    assert (frame["note"][undefined].str.len() > 0).all()
    assert frame["note"].notna().all()


def test_statuses_that_people_ask_for():
    def status(name, score):
        frame = AWKWARD[name].scores
        return set(frame[frame["score"] == score]["status"])

    assert status("three classes", "quartet") == {"undefined: too few classes"}
    assert status("star with lengths", "triplet") == {"undefined: no groups"}
    assert status("star with lengths", "cophenetic_correlation") == {"undefined: constant"}
    assert status("star at level 0", "precision_at_1") == {"undefined: no company"}
    assert status("two, 9 samples", "map_at_r") == {"needs embeddings"}
    assert status("two, 9 samples", "expected_calibration_error") == {"needs probabilities"}
    assert status("all right", "mistake_severity") == {"undefined: no mistakes"}
    assert status("embeddings", "hierarchical_similarity_at_k") == {
        "ok", "undefined: too few samples"
    }  # fmt: skip


def test_differences_say_whether_they_were_tested():
    for name in ("runs", "sets"):
        frame = AWKWARD[name].differences
        assert len(frame)
        assert ((frame["status"] == OK) == (frame["test"] != "")).all()
        assert set(frame["status"]) <= {OK, "not tested"}


def test_a_linkage_that_is_not_defined_says_so():
    reps = vectors(RANKED)
    table = ht.sweep(reps, RANKED, linkages=["single", "ward"], metrics=["angular"])
    ward = table[table["linkage"] == "ward"]
    assert set(ward["status"]) == {"needs Euclidean distances"}
    assert "family" in ward["rank"].dropna().tolist()
    series = ht.compare_series({1: reps}, RANKED, permutations=0)
    assert list(series.columns) == ["step", *COLUMNS]
    ties = ht.tie_sensitivity(reps, RANKED, orders=2)
    assert list(ties.columns[:4]) == ["score", "level", "rank", "k"]
    assert isinstance(ties, pd.DataFrame)
