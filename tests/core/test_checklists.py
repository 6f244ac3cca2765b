"""restrict=: only what is on a checklist can be predicted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassMismatchError, OptionError, TreeError
from hiertools.evaluation.checklists import Checklist, listed_taxa
from hiertools.trees.operations import restrict

TREE = ht.ClassTree.from_lineages(
    {
        "lynx": "mammal/cat/lynx",
        "lion": "mammal/cat/lion",
        "wolf": "mammal/dog/wolf",
        "newt": "amphibian/newt",
        "toad": "amphibian/toad",
        "other": "amphibian",  # a class at an inner node
    }
)
NAMES = tuple(sorted(TREE.classes))


def made(seed, kind="probability", n=40, labels=NAMES):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.full(len(NAMES), 0.5), n)
    return ht.Predictions(
        rng.choice(labels, n).tolist(),
        np.log(scores) if kind == "logit" else scores,
        NAMES,
        score_kind=kind,
        embeddings=rng.normal(size=(n, 3)),
    )


def masked(p, kept):
    """The same predictions by a model that has never heard of the other classes."""
    columns = [NAMES.index(name) for name in kept]
    scores = p.scores[:, columns]
    if p.score_kind == "probability":
        scores = scores / scores.sum(axis=1, keepdims=True)
    labels = [p.classes[i] for i in p.labels]
    return ht.Predictions(labels, scores, kept, score_kind=p.score_kind, embeddings=p.embeddings)


@pytest.mark.parametrize("kind", ["probability", "logit", "score"])
@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        (["cat", "newt"], ("lion", "lynx", "newt")),
        ([("mammal", "cat"), "amphibian"], ("lion", "lynx", "newt", "other", "toad")),
        (["other", "wolf"], ("newt", "other", "toad", "wolf")),
        (["", "lynx", "lynx", "wolf"], ("lynx", "wolf")),
    ],
)
def test_equals_a_model_without_the_other_classes(kind, listed, kept):
    p = made(3, kind, labels=kept)
    found = ht.evaluate(p, TREE, restrict=listed, k=(1, 2), hs_k=5, n_bootstrap=20)
    expected = ht.evaluate(masked(p, kept), TREE, k=(1, 2), hs_k=5, n_bootstrap=20)
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(found.scores[column], expected.scores[column], rtol=1e-9)
    assert found.per_class["class"].tolist() == list(kept)
    assert f"restricted to {len(kept)} of 6 classes: the others can't be predicted." in found.notes


@given(st.integers(0, 2**32 - 1), st.permutations(["cat", "newt", "other"]))
def test_neither_order_nor_repetition_of_the_list_counts(seed, listed):
    p = made(seed, labels=("lion", "lynx", "newt", "other", "toad"))
    one = ht.evaluate(p, TREE, restrict=listed, intervals=False)
    other = ht.evaluate(p, TREE, restrict=[*listed[::-1], *listed], intervals=False)
    assert one.scores.equals(other.scores)


def test_evaluators_of_parts_merge_to_the_same():
    p = made(1, labels=("lion", "lynx", "newt"))
    labels = [p.classes[i] for i in p.labels]
    parts = []
    for rows in (slice(0, 15), slice(15, None)):
        part = ht.Evaluator(TREE, restrict=["cat", "newt"], n_bootstrap=20)
        part.update(labels[rows], p.scores[rows], NAMES, score_kind="probability")
        parts.append(part)
    parts[1].merge(parts[0])
    whole = ht.evaluate((labels, p.scores), TREE, classes=NAMES, score_kind="probability",
                        restrict=["newt", "cat"], n_bootstrap=20)  # fmt: skip
    assert parts[1].result().scores.equals(whole.scores)


def test_samples_that_the_list_rules_out_are_refused_or_dropped():
    p = made(2)
    with pytest.raises(
        ClassMismatchError, match=r"are of classes that restrict= leaves out: 'lion'"
    ):
        ht.evaluate(p, TREE, restrict=["amphibian"])
    found = ht.evaluate(p, TREE, restrict=["amphibian"], on_missing="drop", intervals=False)
    inside = np.isin(np.array(p.classes)[p.labels], ("newt", "other", "toad"))
    assert found.n_samples == int(inside.sum())
    assert any("not in the tree, or not on the list" in note for note in found.notes)


def test_a_sample_without_probability_on_the_list_is_a_guess():
    p = ht.Predictions(
        ["lynx"], [[1.0, 0.0, 0.0]], ["wolf", "lynx", "lion"], score_kind="probability"
    )
    found = ht.evaluate(p, TREE, restrict=["cat"], intervals=False)
    assert found.value("accuracy") == 0.5
    assert found.value("expected_calibration_error") == 0.0


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("score", {}),
        ("logit", {"summed": True, "selective": "climbing"}),
        ("probability", {"summed": True, "selective": "climbing"}),
        ("probability", {"summed": True, "selective": "confidence", "temperature": 2.0}),
    ],
)
def test_classes_that_the_tree_lacks_leave_probabilities_that_add_up(kind, options):
    known = ("lion", "lynx", "newt", "wolf")
    tree = restrict(TREE, known)
    p = made(4, kind, labels=known)
    found = ht.evaluate(p, tree, on_missing="drop", n_bootstrap=20, **options)
    expected = ht.evaluate(masked(p, known), tree, n_bootstrap=20, **options)
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(found.scores[column], expected.scores[column], rtol=1e-9)


def test_names_that_the_tree_lacks_are_told(tmp_path):
    file = tmp_path / "list.txt"
    file.write_text("cat\n\nunicorn\nwolf\n", encoding="utf-8")
    p = made(4, labels=("lion", "wolf"))
    found = ht.evaluate(p, TREE, restrict=file, intervals=False)
    told = "restricted to 3 of 6 classes: the others can't be predicted. Of the list, 1 are not in "
    assert told + "the tree: 'unicorn'." in found.notes
    assert found.settings["restrict"] == ["cat", "unicorn", "wolf"]


@pytest.mark.parametrize(
    ("listed", "error", "match"),
    [
        (["unicorn"], ClassMismatchError, "none of which is in the tree: 'unicorn'"),
        ([], OptionError, "restrict= names nothing"),
        ([""], OptionError, "restrict= names nothing"),
        ([3], OptionError, "restrict must be a list of text .* got"),
        (3, OptionError, "restrict must be a list of text .*; got 3"),
        ("nowhere.txt", OptionError, r"restrict='nowhere.txt': there is no such file"),
        ([("cat", "lynx")], ClassMismatchError, "none of which is in the tree: 'cat/lynx'"),
    ],
)
def test_lists_that_can_not_be_used(listed, error, match):
    with pytest.raises(error, match=match):
        ht.evaluate(made(0), TREE, restrict=listed)


def test_a_label_of_several_nodes_needs_its_path():
    tree = ht.ClassTree.from_lineages({"a": "x/same/a", "b": "y/same/b", "c": "y/c"})
    with pytest.raises(TreeError, match="2 nodes have the label 'same'"):
        Checklist.of(tree, ["same"])
    assert Checklist.of(tree, listed_taxa([("y", "same")])).classes == {"b"}


def test_ten_thousand_names_are_looked_up_at_once():
    tree = ht.ClassTree.from_lineages({f"s{i}": f"g{i // 5}/s{i}" for i in range(10_000)})
    found = Checklist.of(tree, [f"g{i}" for i in range(1_000)] + [f"none{i}" for i in range(9_000)])
    assert len(found.classes) == 5_000
    assert len(found.unknown) == 9_000
