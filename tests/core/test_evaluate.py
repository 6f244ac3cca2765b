"""evaluate(): every number against its definition, and against scikit-learn where they overlap."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassTree, Evaluation, Predictions, evaluate
from hiertools.decisions import BackOff
from hiertools.evaluation.scores import EVALUATION_SCORES, OPEN_WORLD, SETS, scores_with

NAMES = tuple("abcdefgh")
TREE = ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);")
T = ht.path_distances(TREE, NAMES)


def made(seed, n=60, kind="probability", dimensions=5):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 8, n)
    logits = rng.standard_normal((n, 8)) + 2.0 * np.eye(8)[labels]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    embeddings = rng.standard_normal((n, dimensions)) + rng.standard_normal((8, dimensions))[labels]
    return Predictions(
        labels,
        logits if kind == "logit" else scores,
        NAMES,
        embeddings=embeddings,
        score_kind=kind,
    )


def lca_of(i, j):
    return int(ht.lca_nodes(TREE, NAMES)[i, j])


def definitions(p):
    """Each score as its sentence says, one sample after the other."""
    y, ranked = p.labels, np.argsort(-p.scores, axis=1, kind="stable")
    best = ranked[:, 0]
    height = ht.node_heights(TREE)
    wrong = [(i, j) for i, j in zip(y, best) if i != j]
    found = {
        "accuracy": np.mean(y == best),
        "average_hierarchical_cost": np.mean([T[i, j] for i, j in zip(y, best)]),
        "mistake_severity": np.mean([T[i, j] for i, j in wrong]),
        "mistake_lca_height": np.mean([height[lca_of(i, j)] for i, j in wrong]),
        "mistake_lca_depth": np.mean([TREE.depth[lca_of(i, j)] for i, j in wrong]),
    }
    for k in (1, 5):
        found["top_k_accuracy", k] = np.mean([i in row[:k] for i, row in zip(y, ranked)])
        found["average_hierarchical_distance_at_k", k] = np.mean(
            [T[i, row[:k]].mean() for i, row in zip(y, ranked)]
        )
        radius = np.sort(T, axis=1)[:, k - 1]
        found["hierarchical_precision_at_k", k] = np.mean(
            [np.mean(T[i, row[:k]] <= radius[i]) for i, row in zip(y, ranked)]
        )
    return found


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_scores_are_their_definitions(seed):
    p = made(seed)
    result = evaluate(p, TREE, intervals=False, hs_k=(1, 10))
    for key, value in definitions(p).items():
        name, k = key if isinstance(key, tuple) else (key, None)
        assert result.value(name, k=k) == pytest.approx(value, rel=1e-12), key


def test_scores_by_level_agree_with_scikit_learn():
    from sklearn.metrics import precision_recall_fscore_support

    p = made(4)
    result = evaluate(p, TREE, intervals=False)
    best = p.scores.argmax(axis=1)
    for level in (None, 0, 1, 2):
        group = np.arange(8) if level is None else ht.level_groups(TREE, level, NAMES)
        y, predicted = group[p.labels], group[best]
        expected = precision_recall_fscore_support(y, predicted, average="macro", zero_division=0)
        for name, value in zip(("precision_macro", "recall_macro", "f1_macro"), expected):
            assert result.value(name, level) == pytest.approx(value)
        assert result.value("accuracy", level) == pytest.approx(np.mean(y == predicted))


def test_scores_of_ancestors_agree_with_scikit_learn():
    from sklearn.metrics import jaccard_score, precision_recall_fscore_support

    p = made(3)
    result = evaluate(p, TREE, intervals=False)
    above = np.zeros((len(NAMES), TREE.n_nodes), dtype=int)
    for name, row in zip(NAMES, above):
        node = int(TREE.class_node[TREE.class_index[name]])
        row[[node, *ht.ancestors(TREE, node).tolist()]] = 1
    true, said = above[p.labels][:, 1:], above[p.scores.argmax(axis=1)][:, 1:]
    for average, suffix in (("micro", ""), ("samples", "_macro")):
        found = precision_recall_fscore_support(true, said, average=average)
        for what, value in zip(("precision", "recall", "f1"), found):
            assert result.value(f"hierarchical_{what}{suffix}") == pytest.approx(value)
    jaccard = jaccard_score(true, said, average="samples")
    assert result.value("hierarchical_jaccard") == pytest.approx(jaccard)


def test_mistakes_lose_the_information_that_the_published_code_says():
    # github.com/ElvishElvis/LCA-on-the-line on these five classes: -log2 of the share of leaves
    # below a node, of the label less of the common ancestor.
    tree = ht.ClassTree.from_newick("((lynx,wolf,bear),(newt,toad));")
    said = [[0.1, 0.8, 0.0, 0.1, 0.0], [0.0, 0.0, 0.0, 0.1, 0.9], [0.2, 0.0, 0.0, 0.0, 0.8]]
    made_here = Predictions(["lynx", "newt", "bear"], said, tree.classes)
    result = evaluate(made_here, tree, intervals=False)
    expected = (1.584962500721156 + 1.0 + 2.321928094887362) / 3
    assert result.value("mistake_lca_information") == pytest.approx(expected, rel=1e-15)


def test_tables_agree_with_scikit_learn():
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    p = made(5)
    result = evaluate(p, TREE, intervals=False)
    best = p.scores.argmax(axis=1)
    order = [NAMES[i] for i in TREE.class_order]
    theirs = confusion_matrix(np.array(NAMES)[p.labels], np.array(NAMES)[best], labels=order)
    ours = result.confusion_matrix()
    assert list(ours.index) == list(ours.columns) == order
    np.testing.assert_array_equal(ours.to_numpy(), theirs)
    precision, recall, f1, n = precision_recall_fscore_support(
        p.labels, best, labels=range(8), zero_division=np.nan
    )
    table = result.per_class
    np.testing.assert_array_equal(table["n"], n)
    np.testing.assert_allclose(table["precision"], precision)
    np.testing.assert_allclose(table["recall"], recall)
    np.testing.assert_allclose(table["f1"], f1)
    for row in result.per_node.to_dict("records"):
        node = ht.find_node(TREE, tuple(row["node"].split("/")))
        inside = [
            node <= int(TREE.class_node[TREE.class_index[name]]) < node + TREE.subtree_size[node]
            for name in NAMES
        ]
        y, predicted = np.array(inside)[p.labels], np.array(inside)[best]
        expected = precision_recall_fscore_support(
            y, predicted, labels=[True], zero_division=np.nan
        )
        np.testing.assert_allclose([row["precision"]], expected[0])
        np.testing.assert_allclose([row["recall"]], expected[1])
        assert (row["n"], row["n_predicted"]) == (y.sum(), predicted.sum())
        ways_out = [
            (T[i, j] * count, NAMES[i], NAMES[j])
            for i, j in itertools.product(range(8), repeat=2)
            if inside[i] and not inside[j] and (count := np.sum((p.labels == i) & (best == j)))
        ]
        if ways_out:
            cost = row["confused_count"] * row["confused_distance"]
            assert cost == max(ways_out)[0]
            assert (cost, row["confused_label"], row["confused_with"]) in ways_out
        else:
            assert row["confused_count"] == 0


def test_confusions_name_the_costliest_first():
    labels = ["a"] * 4 + ["b", "h"]
    ranked = ["b", "b", "h", "a", "b", "a"]
    result = evaluate(Predictions(labels, classes=NAMES, ranked=ranked), TREE, intervals=False)
    assert result.costliest() == [
        "a -> b: 2 times, distance 2",
        "h -> a: 1 time, distance 4",
        "a -> h: 1 time, distance 4",
    ]
    row = result.per_class.set_index("class").loc["a"]
    assert (row["confused_with"], row["confused_count"]) in [("b", 2), ("h", 1)]
    assert result.confusion_matrix(level=0).to_numpy().tolist() == [[4, 0, 1], [0, 0, 0], [1, 0, 0]]


def test_class_order_and_sample_order_do_not_matter():
    p = made(6)
    rng = np.random.default_rng(0)
    columns, rows = rng.permutation(8), rng.permutation(60)
    place = np.argsort(columns)
    moved = Predictions(
        place[p.labels[rows]],
        p.scores[rows][:, columns],
        [NAMES[i] for i in columns],
        embeddings=p.embeddings[rows],
        score_kind="probability",
    )
    options = {"n_bootstrap": 50, "hs_k": (1, 20)}
    first, second = evaluate(p, TREE, **options), evaluate(moved, TREE, **options)
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(second.scores[column], first.scores[column], rtol=1e-9)
    assert first.confusions.equals(second.confusions)


def test_tied_scores_are_shared_and_go_to_the_first_class_by_name_in_the_papers_settings():
    p = Predictions(["b"], [[1.0, 1.0, 0.0]], ["c", "b", "a"])
    found = evaluate(p, TREE, intervals=False, k=1)
    assert found.value("accuracy") == 0.5
    assert found.notes[-1] == (
        "samples with equal scores among, or next to, their best 1: 1 of 1; what is tied counts by "
        "its mean over all orders."
    )
    assert found.costliest() == ["b -> c: 0.50 times, distance 4"]
    published = evaluate(p, TREE, intervals=False, k=1, settings="paper")
    assert published.value("accuracy") == 1.0
    assert published.settings["ties"] == "position"
    assert published.notes[-1] == (
        "samples with equal scores among, or next to, their best 1: 1 of 1; ties='position' ranks "
        "these by class name, which may follow the tree."
    )


def test_paper_settings_use_the_published_definitions():
    p = made(7)
    result = evaluate(p, TREE, settings="paper", intervals=False, hs_k=(1, 10))
    ranked = np.argsort(-p.scores, axis=1, kind="stable")
    # As published: radius at index k + 1 of the sorted distances, the class itself included.
    radius = np.sort(T[p.labels], axis=1)[:, 6]
    hits = [np.sum(T[y, row[:5]] <= r) for y, row, r in zip(p.labels, ranked, radius)]
    assert result.value("hierarchical_precision_at_k", k=5) == pytest.approx(np.sum(hits) / 60 / 5)
    # As published: the first of the sorted neighbours is dropped, whatever it is.
    unit = p.embeddings / np.linalg.norm(p.embeddings, axis=1, keepdims=True)
    near = np.argsort(-(unit @ unit.T), axis=1)[:, 1:11]
    s = 1 - (np.sqrt(2) * T / (1 + T)) ** 2 / 2
    got = np.cumsum(s[p.labels[:, None], p.labels[near]], axis=1)
    pairs = s[p.labels][:, p.labels]
    best = np.cumsum(-np.sort(-pairs, axis=1)[:, 1:11], axis=1)
    curve = (got / best).mean(axis=0)
    np.testing.assert_allclose(result.similarity_curve["value"], curve, rtol=1e-6)
    area = np.sum((curve[1:] + curve[:-1]) / 2) / 9
    assert result.value("average_hierarchical_similarity_at_k", k=10) == pytest.approx(area)
    assert result.settings["exclude_self"] == "position"
    explicit = evaluate(p, TREE, settings="paper", hp_variant="devise", intervals=False)
    assert explicit.settings["hp_variant"] == "devise"


def test_representatives_give_another_reading():
    p = made(8)
    reps = ht.prototypes(p.embeddings, p.labels, NAMES)
    result = evaluate(p, TREE, representatives=reps, intervals=False)
    unit = p.embeddings / np.linalg.norm(p.embeddings, axis=1, keepdims=True)
    nearest = (unit @ reps.vectors.T).argmax(axis=1)
    assert result.value("accuracy") == np.mean(nearest == p.labels)
    assert result.settings["representatives"] == "prototype"
    raw = ht.ClassRepresentatives(reps.vectors * np.arange(1, 9)[:, None], NAMES)
    far = evaluate(p, TREE, representatives=raw, metric="raw_euclidean", intervals=False)
    distance = np.linalg.norm(p.embeddings[:, None] - raw.vectors[None], axis=2)
    assert far.value("accuracy") == np.mean(distance.argmin(axis=1) == p.labels)
    both = evaluate(p, TREE, representatives={"as is": reps, "longer": raw}, n_bootstrap=20)
    assert both.models == ("as is", "longer")  # the same directions: the same predictions
    assert both["longer"].value("accuracy") == both["as is"].value("accuracy")


def test_a_class_without_representative_is_told_and_never_predicted():
    p = made(9)
    reps = ht.prototypes(p.embeddings, p.labels, NAMES).take(NAMES[:7])
    result = evaluate(p, TREE, representatives=reps, intervals=False)
    assert result.notes == (
        "1 of 8 classes have no representative, so they are never predicted: 'h'.",
    )
    assert result.per_class.set_index("class").loc["h", "n_predicted"] == 0


def test_classes_that_the_tree_lacks():
    p = Predictions([0, 1, 2], np.eye(3), ["a", "b", "stone"])
    with pytest.raises(ht.ClassMismatchError, match="1 of 3 classes have no place in the tree"):
        evaluate(p, TREE)
    result = evaluate(p, TREE, on_missing="drop", intervals=False)
    assert result.n_samples == 2
    assert any("1 of 3 samples were dropped" in note or "1 of 3" in note for note in result.notes)
    renamed = evaluate(p, TREE, rename={"h": "stone"}, intervals=False)
    assert renamed.classes == ("a", "b", "stone")
    assert "left out" in renamed.notes[0]
    only = Predictions([2], np.eye(3)[2:], ["a", "b", "stone"])
    with pytest.raises(ht.PredictionsError, match="no sample is left"):
        evaluate(only, TREE, on_missing="drop")


def test_undefined_scores_are_nan_with_a_note():
    p = Predictions(["a", "b"], classes=["a", "b", "c"], ranked=["a", "b"])
    result = evaluate(p, TREE, n_bootstrap=10)
    undefined = result.scores[result.scores["value"].isna()].astype({"k": "float64"})
    keys = zip(undefined["score"], undefined["k"])
    told = {
        (name, None if np.isnan(k) else k): note for (name, k), note in zip(keys, undefined["note"])
    }
    expected = {
        ("top_k_accuracy", 5): "k=5, but there are only 3 classes",
        ("average_hierarchical_distance_at_k", 5): "k=5, but there are only 3 classes",
        ("hierarchical_precision_at_k", 5): "k=5, but there are only 3 classes",
        ("mistake_severity", None): "no prediction is wrong",
        ("mistake_lca_height", None): "no prediction is wrong",
        ("mistake_lca_depth", None): "no prediction is wrong",
    }
    for key, note in expected.items():
        assert told[key] == note
    assert "needs embeddings" in told["hierarchical_similarity_at_k", 250]
    assert "needs probabilities or logits" in told["expected_calibration_error", None]
    assert all(note for note in told.values())
    assert "NaN" not in str(result)


def test_fewer_predictions_than_k():
    p = Predictions(["a"], classes=NAMES, ranked=["a"])
    result = evaluate(p, TREE, k=2, intervals=False)
    note = result.scores.query("score == 'top_k_accuracy'")["note"].iloc[0]
    assert note == "k=2, but only 1 predictions a sample were given"


def test_k_beyond_the_other_samples():
    p = made(3, n=20)
    result = evaluate(p, TREE, hs_k=(1, 19, 20), intervals=False)
    assert not np.isnan(result.value("hierarchical_similarity_at_k", k=19))
    assert np.isnan(result.value("hierarchical_similarity_at_k", k=20))
    row = result.scores.query("score == 'average_hierarchical_similarity_at_k'").iloc[0]
    assert row["note"] == "of 20 samples each has only 19 others"


def test_one_sample_and_one_class():
    p = Predictions([0], [[1.0]], ["a"], embeddings=[[1.0, 2.0]], score_kind="probability")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluate(p, TREE, n_bootstrap=5)
    assert result.value("accuracy") == 1.0
    assert result.confusions.empty
    assert result.costliest() == []
    assert "no mistakes" in str(result)


def test_logits_and_probabilities_give_the_same_calibration():
    names = ("expected_calibration_error", "maximum_calibration_error")
    first = evaluate(made(2, kind="logit"), TREE, intervals=False)
    second = evaluate(made(2), TREE, intervals=False)
    for name in names:
        assert first.value(name) == pytest.approx(second.value(name))
    assert first.reliability["n"].sum() == 60


def test_results_come_back_from_json(tmp_path):
    result = evaluate(made(1), TREE, n_bootstrap=20, hs_k=(1, 5))
    result.to_json(tmp_path / "e.json")
    again = Evaluation.from_json(tmp_path / "e.json")
    for name in ("scores", "per_class", "per_node", "confusions", "reliability"):
        left, right = getattr(again, name), getattr(result, name)
        assert (
            left.astype(object)
            .where(left.notna(), None)
            .equals(right.astype(object).where(right.notna(), None))
        )
    assert str(again) == str(result)
    assert again.predefined == result.predefined
    assert again.settings == result.settings
    assert again.confusion_matrix(1).equals(result.confusion_matrix(1))
    with pytest.raises(ht.FileFormatError, match="is not a saved evaluation"):
        Evaluation.from_json('{"hiertools": "comparison", "format": 1}')


def test_every_score_is_registered_and_unique():
    result = evaluate(made(0), TREE, intervals=False)
    # c is unknown to the model, and b lies above a
    inner = ht.Predictions(["a", "c"], classes=["a", "b"], ranked=["b", "b"], unknown="ancestor")
    tree = ht.ClassTree.from_lineages({"a": "b/a", "b": "b", "c": "b/c"})
    nested = evaluate(inner, tree, unknown="ancestor", intervals=False)
    summed = evaluate(made(0), TREE, summed=True, intervals=False)
    rule = BackOff(TREE).fit(made(0), made(0).label_names)
    ruled = evaluate(made(0), TREE, rule=rule, intervals=False)
    own = set(result.scores["score"])
    answered = ht.Predictions(["a"], classes=["a", "b"], ranked=["b"], sets=[["a"]])
    held = set(evaluate(answered, tree, intervals=False).scores["score"])
    backing = evaluate(made(0), TREE, selective="climbing", intervals=False)
    each = [set(found.scores["score"]) for found in (nested, summed, ruled, backing)]
    each.append(held)
    usual = own | held | each[0] - set(OPEN_WORLD)
    assert set.union(*each) == set(EVALUATION_SCORES) > own
    assert set(scores_with()) == usual
    assert set(scores_with(rule=True)) == each[2] | set(SETS)
    assert set(scores_with(selective="climbing")) == usual | each[3]
    assert not summed.scores.duplicated(["score", "level", "k"]).any()
    assert not result.scores.duplicated(["score", "level", "k"]).any()
    assert list(result.scores["better"]) == [
        EVALUATION_SCORES[name].better for name in result.scores["score"]
    ]


def test_ranks_name_levels():
    import pandas as pd

    table = pd.DataFrame(
        {"family": ["x", "x", "y"], "genus": ["p", "q", "r"], "species": ["a", "b", "c"]}
    )
    tree = ClassTree.from_ranks(table)
    p = Predictions(["a", "b"], classes=["a", "b", "c"], ranked=["b", "c"])
    result = evaluate(p, tree, levels=["family"], intervals=False)
    place = tree.rank_order.index("family")
    assert result.value("accuracy", level=place) == 0.5
    assert result.settings["levels"] == ["family"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1"),
        ({"similarity": "barts"}, "Did you mean 'barz'"),
        ({"hp_variant": "deviser"}, "Did you mean 'devise'"),
        ({"settings": "papers"}, "Did you mean 'paper'"),
        ({"beta": -1.0}, "beta must be a positive number"),
        ({"levels": "family"}, "names a rank, but the tree has no ranks"),
        ({"levels": [7]}, "levels 0 to 2; got level 7"),
        ({"levels": ["family"]}, "names a rank, but the tree has no ranks"),
        ({"confidence_level": 1.0}, "confidence_level must be a number between 0 and 1"),
        ({"n_bootstrap": 0}, "n_bootstrap must be a whole number of at least 1"),
        ({"exclude_self": "index"}, "valid ones: 'identity', 'position'"),
        ({"similarity_form": "cosine"}, "valid ones: 'euclidean', 'angular'"),
        ({"on_missing": "ignore"}, "valid ones: 'error', 'drop'"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ht.OptionError, match=message):
        evaluate(made(0), TREE, **options)


def test_bad_predictions_are_named():
    p = made(0)
    no_embeddings = Predictions(p.labels, p.scores, NAMES)
    no_scores = Predictions(p.labels, classes=NAMES, embeddings=p.embeddings)
    reps = ht.ClassRepresentatives(np.eye(8), NAMES)
    with pytest.raises(ht.PredictionsError, match="needs embeddings"):
        evaluate(no_embeddings, TREE, representatives=reps)
    with pytest.raises(ht.PredictionsError, match="hold embeddings only"):
        evaluate(no_scores, TREE)
    with pytest.raises(ht.PredictionsError, match="embeddings have 5 dimensions, but the repr"):
        evaluate(p, TREE, representatives=reps)
    ranked = Predictions(["a"], classes=["a", "b", "stone"], ranked=[["a", "stone"]])
    with pytest.raises(ht.ClassMismatchError, match="leave gaps in the ranking"):
        evaluate(ranked, TREE, on_missing="drop")


def test_what_never_varies_has_an_interval_but_no_test():
    labels = [c for c in TREE.classes for _ in range(3)]
    right = ht.Predictions(labels, classes=TREE.classes, ranked=labels)
    found = ht.evaluate({"a": right, "b": right}, TREE, k=1, n_bootstrap=49)
    accuracy = found["a"].scores.set_index("score").loc["accuracy"].iloc[0]
    assert accuracy["value"] == 1
    # As many right of as many: 2.5 % of test sets were like that at the lower end.
    assert accuracy["ci_low"] ** len(labels) == pytest.approx(0.025)
    assert accuracy["ci_high"] == 1
    assert accuracy["note"] == ""
    rows = found.differences
    assert rows[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(rows["note"]) == {"no test: both models say the same of every sample"}
    assert "could be tested (both models say the same of every sample)" in str(found)
