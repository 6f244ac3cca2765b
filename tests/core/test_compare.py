"""compare(): each score's null and jackknife against recomputation, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools import (
    ClassMismatchError,
    ClassTree,
    Comparison,
    ComparisonSet,
    DistanceMatrix,
    OptionError,
    RepresentativesError,
    TreeError,
)
from hiertools._core import few
from hiertools.comparison.problem import Problem
from hiertools.comparison.scores.registry import MEASURES, SCORES
from hiertools.comparison.scoring import score_problem
from hiertools.inference import permutations, random_halves, share_interval
from hiertools.measures.correlation import elementwise_correlation
from hiertools.results.table import Key
from hiertools.settings import SETTINGS

TREE = ClassTree.from_lineages(
    {
        **{f"m{i}": f"animal/mammal/m{i}" for i in range(5)},
        **{f"b{i}": f"animal/bird/b{i}" for i in range(4)},
        **{f"t{i}": f"plant/tree/t{i}" for i in range(3)},
        "moss": "plant/moss",
        "rock": "rock",
    }
)


def model(seed=0, noise=1.0, tree=TREE, dim=6):
    """Representatives whose groups show, more or less."""
    rng = np.random.default_rng(seed)
    centres = {}
    rows = []
    for lineage in tree.to_lineages().values():
        row = noise * rng.normal(size=dim)
        for depth in range(1, len(lineage) + 1):
            centre = centres.setdefault(lineage[:depth], rng.normal(size=dim))
            row = row + centre
        rows.append(row)
    return ht.ClassRepresentatives(rows, tree.classes, "proxy")


def problem(seed=0, settings="default", classes=None):
    tree = ht.sort_classes(ht.restrict(TREE, classes or TREE.classes))
    d = ht.distances(model(seed).take(tree.classes))
    return Problem(
        classes=tree.classes,
        distances=d,
        tree=tree,
        inferred=ht.infer_tree(d, SETTINGS[settings].linkage),
        levels=(0, 1),
        settings=SETTINGS[settings],
        seed=0,
    )


def by_key(measure, numbers):
    """Return rows of numbers by the keys of those observed, which have the same order."""
    return dict(zip([o.key for o in measure.observe()], numbers, strict=True))


@pytest.mark.parametrize("settings", ["default", "paper"])
@pytest.mark.parametrize("kind", MEASURES, ids=lambda kind: kind.scores[0].name)
def test_relabelling_is_the_score_of_the_relabelled_tree(kind, settings):
    given = problem(settings=settings)
    shuffles = permutations(given.n_classes, 6, 1)
    drawn = by_key(kind.on(given), kind.on(given).relabelled(shuffles))
    for place, shuffle in enumerate(shuffles):
        moved = ClassTree(given.tree.parent, given.classes, given.tree.class_node[shuffle])
        for o in kind.on(replace(given, tree=moved)).observe():
            if settings == "paper" and o.key.score.startswith("robinson_foulds"):
                continue  # its reference trees are linkages that break ties in their own order
            assert drawn[o.key][place] == pytest.approx(o.value, nan_ok=True), o.key


@pytest.mark.parametrize("settings", ["default", "paper"])
@pytest.mark.parametrize("whole", [False, True])
def test_relabellings_looked_at_together_are_those_in_loops(settings, whole, monkeypatch):
    rng = np.random.default_rng(3)
    for n in (2, 3, 4, 9, 20):
        vectors = rng.normal(size=(n, 3)) if not whole else rng.integers(1, 4, (n, 2)) * 1.0
        names = [f"c{i}" for i in range(n)]
        lineages = {name: f"{i % 3}/{i % 5}/{name}" for i, name in enumerate(names)}
        tree = ht.sort_classes(ht.ClassTree.from_lineages(lineages))
        d = ht.distances(ht.ClassRepresentatives(vectors, names).take(tree.classes))
        given = Problem(
            tree.classes, d, tree, ht.infer_tree(d, "average"), (0, 1), SETTINGS[settings], 0
        )
        shuffles = permutations(n, 5, 1)
        for kind in MEASURES[:5]:
            ways = []
            for most in (0, n):
                monkeypatch.setattr(few, "CLASSES", most)
                ways.append(kind.on(given).relabelled(shuffles))
            name = kind.scores[0].name
            np.testing.assert_array_equal(*ways, err_msg=f"{name}, {n} classes")


@pytest.mark.parametrize("settings", ["default", "paper"])
@pytest.mark.parametrize(
    "kind",
    [kind for kind in MEASURES if kind.jackknife and not kind.halves],
    ids=lambda kind: kind.scores[0].name,
)
def test_leaving_out_classes_is_the_score_of_the_rest(kind, settings):
    given = problem(settings=settings)
    group_of = np.array([i % 5 for i in range(given.n_classes)])
    replicates = by_key(kind.on(given), kind.on(given).without(group_of, np.arange(5)))
    for group in range(5):
        left = [name for name, g in zip(given.classes, group_of) if g != group]
        smaller = problem(settings=settings, classes=left)
        # The inferred tree is the same one less its classes, not another one inferred anew.
        smaller = replace(smaller, inferred=ht.restrict(given.inferred, left))
        for o in kind.on(smaller).observe():
            assert replicates[o.key][group] == pytest.approx(o.value, nan_ok=True), o.key


def test_halves_are_scored_as_if_there_were_no_others():
    given = problem()
    names = ["triplet", "quartet"]
    scored = score_problem(given, names, permutations=0, intervals=True)
    kept = random_halves(given.n_classes, 60, given.seed)
    for name in names:
        theta = []
        for half in kept:
            classes = [given.classes[i] for i in half]
            distances = given.distances.take(classes)
            theta.append(
                ht.tree_distance(
                    ht.restrict(given.tree, classes), ht.infer_tree(distances, "average"), name
                )
            )
        m = len(classes)
        defined = np.array(theta)[~np.isnan(theta)]
        error = np.sqrt(m / (given.n_classes - m) * defined.var(ddof=1))
        row = next(row for row in scored.rows if row["score"] == name)
        value = row["value"]
        # Of the fourteen classes, "rock" is in no group.
        interval = share_interval(value, scored.replicates[Key(name)], given.n_classes - 1)
        assert interval.standard_error == pytest.approx(error)
        assert (row["ci_low"], row["ci_high"]) == (interval.low, interval.high)
        assert scored.informing[Key(name)] == given.n_classes - 1


def test_scores_frame_is_tidy_and_complete():
    result = ht.compare(model(), TREE, permutations=49)
    frame = result.scores
    assert list(frame.columns) == [
        "score", "level", "rank", "k", "value", "chance", "z", "p_value", "p_adjusted", "p_least",
        "n_permutations",
        "adjusted", "ceiling", "ci_low", "ci_high", "better", "n_classes", "status", "note",
    ]  # fmt: skip
    assert not frame.duplicated(["score", "level", "k"]).any()
    assert isinstance(frame.index, pd.RangeIndex)
    assert str(frame["level"].dtype) == "Int64"
    assert set(frame["score"]) == {name for name, score in SCORES.items() if score.core}
    assert (frame["n_permutations"] == 49).all()
    assert frame["p_value"].between(0.02, 1).all()
    inside = frame.dropna(subset=["ci_low"])
    assert ((inside["ci_low"] <= inside["value"]) & (inside["value"] <= inside["ci_high"])).all()
    assert set(result.per_class["class"]) == set(TREE.classes)


def test_results_do_not_depend_on_class_order_or_threads():
    reps = model()
    tree = TREE
    first = ht.compare(reps, tree, permutations=30, threads=1)
    rng = np.random.default_rng(5)
    shuffled = reps.take(rng.permutation(reps.classes).tolist())
    newick_order = ClassTree.from_lineages(
        {name: "/".join(tree.to_lineages()[name]) for name in sorted(tree.classes, reverse=True)}
    )
    again = ht.compare(shuffled, newick_order, permutations=30, threads=4)
    pd.testing.assert_frame_equal(first.scores, again.scores, check_exact=False, rtol=1e-12)
    pd.testing.assert_frame_equal(first.per_class, again.per_class)
    assert ht.compare(reps, tree, permutations=30, random_state=1).scores["chance"].tolist() != (
        first.scores["chance"].tolist()
    )


def test_rotation_changes_nothing():
    reps = model()
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))
    turned = ht.ClassRepresentatives(reps.vectors @ rotation, reps.classes, "proxy")
    a = ht.compare(reps, TREE, permutations=9)
    b = ht.compare(turned, TREE, permutations=9)
    pd.testing.assert_frame_equal(a.scores, b.scores, check_exact=False)


def test_a_tree_compared_with_itself_is_nearly_perfect():
    # At even depth, for where depths differ another group may be as near as one's own.
    tree = ht.restrict(TREE, [name for name in TREE.classes if name not in ("rock", "moss")])
    d = DistanceMatrix(ht.path_distances(tree), tree.classes)
    result = ht.compare(d, tree, permutations=99)
    frame = result.scores.set_index(["score", "level"])
    assert result.value("elementwise_correlation") == pytest.approx(1.0)
    for level in (0, 1):
        assert result.value("map_at_r", level=level) == pytest.approx(1.0)
    assert frame.loc["robinson_foulds", "value"].iloc[0] == pytest.approx(
        frame.loc["robinson_foulds", "ceiling"].iloc[0]
    )
    assert frame.loc["robinson_foulds", "adjusted"].iloc[0] == pytest.approx(1.0)


def test_random_representatives_are_at_chance():
    rng = np.random.default_rng(0)
    ps = []
    for _ in range(20):
        reps = ht.ClassRepresentatives(rng.normal(size=(TREE.n_classes, 5)), TREE.classes)
        result = ht.compare(reps, TREE, permutations=99, scores="elementwise_correlation",
                            intervals=False)  # fmt: skip
        ps.append(float(result.scores["p_value"].iloc[0]))
    assert 0.2 < np.mean(ps) < 0.8


def test_without_permutations_there_is_no_chance():
    frame = ht.compare(model(), TREE, permutations=0, intervals=False).scores
    assert frame[["chance", "z", "p_value", "adjusted", "ci_low", "ci_high"]].isna().all().all()
    assert (frame["n_permutations"] == 0).all()


def test_missing_classes():
    reps = model()
    part = reps.take([name for name in reps.classes if name != "moss"])
    result = ht.compare(part, TREE, permutations=0)
    assert result.notes[0].startswith("1 of 14 classes of the tree is not in the model")
    extra = ht.ClassRepresentatives(
        np.vstack([reps.vectors, reps.vectors[:1] + 1]), [*reps.classes, "mos"]
    )
    message = "1 of 15 classes have no place in the tree: 'mos'. Closest names there: 'moss'"
    with pytest.raises(ClassMismatchError, match=message):
        ht.compare(extra, TREE)
    dropped = ht.compare(extra, TREE, permutations=0, on_missing="drop")
    assert dropped.n_classes == 14
    assert "'mos'" in dropped.notes[0]
    with pytest.raises(ClassMismatchError, match="share no class"):
        ht.compare(np.eye(3), TREE, classes=["x", "y", "z"], on_missing="drop")


def test_synonyms_rename_the_tree():
    reps = model()
    names = ["Bryophyta" if name == "moss" else name for name in reps.classes]
    renamed = ht.ClassRepresentatives(reps.vectors, names)
    result = ht.compare(renamed, TREE, permutations=0, rename={"moss": "Bryophyta"})
    assert "Bryophyta" in result.classes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"scores": "classwise"}, OptionError, "Did you mean 'classwise_correlation'"),
        ({"scores": []}, OptionError, "scores is empty"),
        ({"scores": ["core", "r_precision"]}, OptionError, "don't mix"),
        ({"metric": "l2"}, OptionError, "metric has no option 'l2'"),
        ({"linkage": "upgma"}, OptionError, "linkage has no option 'upgma'"),
        ({"linkage": "ward", "metric": "cosine"}, OptionError, "Euclidean distances"),
        ({"levels": 7}, OptionError, "levels 0 to 2; got level 7"),
        ({"levels": "family"}, OptionError, "no ranks"),
        ({"permutations": -1}, OptionError, "permutations must be a whole number"),
        ({"permutations": 1.5}, OptionError, "permutations must be a whole number"),
        ({"settings": "papr"}, OptionError, "Did you mean 'paper'"),
        ({"on_missing": "ignore"}, OptionError, "'error', 'drop'"),
        ({"classes": ["a"]}, OptionError, "names of its own"),
    ],
)
def test_bad_options(arguments, error, message):
    with pytest.raises(error, match=message):
        ht.compare(model(), TREE, **arguments)


def test_nothing_to_compare():
    with pytest.raises(RepresentativesError, match="at least 3 classes.*got 2"):
        ht.compare({"m0": [1, 0], "b0": [0, 1]}, TREE)
    with pytest.raises(RepresentativesError, match="at least 3 classes.*got 1"):
        ht.compare({"m0": [1, 0]}, TREE)
    with pytest.raises(RepresentativesError, match="equally far apart in the model"):
        ht.compare(np.eye(TREE.n_classes), TREE, classes=TREE.classes)
    turned, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(TREE.n_classes,) * 2))
    with pytest.raises(RepresentativesError, match="equally far apart in the model"):
        ht.compare(turned, TREE, classes=TREE.classes)
    with pytest.raises(TreeError, match="hang on the root"):
        ht.compare(np.eye(3) + 0.1 * np.arange(3), ClassTree.from_newick("(a,b,c);"),
                   classes=["a", "b", "c"])  # fmt: skip


def test_levels_without_company_are_left_out_with_a_note_or_undefined_when_asked_for():
    result = ht.compare(model(), TREE, permutations=0)
    assert set(result.scores["level"].dropna()) == {0, 1}
    assert "no class has company" in result.notes[-1]
    asked = ht.compare(model(), TREE, permutations=5, levels=[2])
    row = asked.scores[asked.scores["score"] == "precision_at_1"].iloc[0]
    assert np.isnan(row["value"])
    assert "no class has company at level 2" in row["note"]


def test_paper_settings():
    paper = ht.compare(model(), TREE, permutations=0, settings="paper")
    plain = ht.compare(model(), TREE, permutations=0)
    assert paper.settings["linkage"] == "weighted"
    assert paper.settings["self_pair"]
    assert paper.value("classwise_correlation") > plain.value("classwise_correlation")
    note = paper.scores.set_index("score").loc["robinson_foulds_unrooted", "note"]
    assert "mean over 20 class orders" in note
    explicit = ht.compare(model(), TREE, permutations=0, settings="paper", linkage="single")
    assert explicit.settings["linkage"] == "single"


def test_centring_sees_through_a_common_vector():
    reps = model()
    shifted = ht.ClassRepresentatives(reps.vectors + 5.0, reps.classes)
    a = ht.compare(reps, TREE, permutations=0, center=True)
    b = ht.compare(shifted, TREE, permutations=0, center=True)
    assert a.value("elementwise_correlation") == pytest.approx(b.value("elementwise_correlation"))


def test_several_models_and_runs():
    good = [model(seed, noise=0.2) for seed in range(3)]
    bad = [model(seed, noise=4.0) for seed in range(3)]
    result = ht.compare({"good": good, "bad": bad}, TREE, permutations=19)
    assert isinstance(result, ComparisonSet)
    assert repr(result) == "ComparisonSet(14 classes; good x 3 runs, bad x 3 runs)"
    assert list(result.table.columns) == ["score", "level", "rank", "k", "good", "bad"]
    row = result.differences.set_index("score").loc["elementwise_correlation"]
    a = [run.value("elementwise_correlation") for run in result.comparisons["good"]]
    b = [run.value("elementwise_correlation") for run in result.comparisons["bad"]]
    assert row["difference"] == pytest.approx(np.mean(a) - np.mean(b))
    assert row["p_value"] == pytest.approx(stats.ttest_rel(a, b).pvalue)
    assert row["test"] == "paired t over runs"
    assert row["better_model"] == "good"
    assert (result.differences["p_holm"].dropna() >= result.differences["p_value"].dropna()).all()
    assert len(result.runs) == 6 * len(result["good"].scores)
    text = str(result)
    assert "good" in text
    assert "bad" in text


def test_one_run_each_is_tested_by_the_jackknife_over_classes():
    a, b = model(0, 0.1), model(1, 3.0)
    rows = ht.compare({"a": a, "b": b}, TREE, permutations=0).differences.set_index("score")
    row = rows.loc["elementwise_correlation"]

    def difference(names):
        t = ht.path_distances(TREE, names)
        d = [ht.distances(reps.take(names)).square() for reps in (a, b)]
        return elementwise_correlation(d[0], t) - elementwise_correlation(d[1], t)

    names, n = TREE.classes, TREE.n_classes
    without = np.array([difference(names[:i] + names[i + 1 :]) for i in range(n)])
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    assert row["difference"] == pytest.approx(difference(names))
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(difference(names)) / error, n - 1))
    assert row["test"] == "jackknife over classes"
    assert np.isnan(rows.loc["robinson_foulds", "p_value"])
    same = ht.compare({"a": model(0), "b": model(0)}, TREE, permutations=0).differences
    assert (same["difference"] == 0).all()
    assert same["p_value"].isna().all()
    assert (same["note"] != "").all()


def test_different_numbers_of_runs_are_tested_by_welch():
    result = ht.compare(
        {"a": [model(s) for s in range(7)], "b": [model(s + 9) for s in range(6)]},
        TREE,
        permutations=0,
        scores="elementwise_correlation",
    )
    row = result.differences.iloc[0]
    assert row["test"] == "Welch's t over runs"
    runs = result.runs.groupby("model")["value"].apply(list)
    expected = stats.ttest_ind(runs["a"], runs["b"], equal_var=False)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((interval.low, interval.high))


def test_alike_runs_test_nothing():
    # Two seeds that came out alike, or that differ by the same amount, once gave p = 0.0000.
    a, b = model(0), model(3, 2.0)
    for models in (
        {"a": [a, a], "b": [b, b]},
        {"a": [a, a, a], "b": [b, b]},
        {"a": [a, b], "b": [a, b]},
    ):
        result = ht.compare(
            models, TREE, permutations=0, scores=("precision_at_1", "robinson_foulds")
        )
        rows = result.differences
        assert rows[["p_value", "p_holm", "ci_low", "ci_high"]].isna().all(axis=None)
        assert rows["note"].str.contains("as one run is|so its spread is unknown").all()
        assert (rows["test"] == "").all()
        for text in (str(result), result._repr_html_()):
            assert "0.0001" not in text
            assert "0.0000" not in text
            assert "No difference between models could be tested (" in text
    runs = ht.compare({"a": [a, a], "b": [b, b]}, TREE, permutations=0).scores
    assert runs[["ci_low", "ci_high"]].isna().all(axis=None)
    assert runs["note"].str.contains("no interval: all runs give the same value|undefined").all()


def test_a_baseline_is_a_second_model():
    result = ht.compare(model(0, 0.1), TREE, baseline=model(3, 9.0), permutations=0)
    assert result.models == ("model", "baseline")


def test_mappings_of_vectors_matrices_and_models_are_told_apart(tmp_path):
    reps = model()
    as_vectors = dict(zip(reps.classes, reps.vectors))
    assert isinstance(ht.compare(as_vectors, TREE, permutations=0), Comparison)
    as_lists = {name: list(map(float, row)) for name, row in as_vectors.items()}
    assert isinstance(ht.compare(as_lists, TREE, permutations=0), Comparison)
    reps.save(tmp_path / "r.npz")
    for source in (reps, reps.to_frame(), tmp_path / "r.npz", str(tmp_path / "r.npz"), as_vectors):
        found = ht.compare({"x": source}, TREE, permutations=0)
        assert found.models == ("x",)
        assert ht.compare({"x": [source, source]}, TREE, permutations=0).comparisons["x"][1]
    named = ht.compare({"x": reps.vectors}, TREE, classes=reps.classes, permutations=0)
    assert named.models == ("x",)
    with pytest.raises(RepresentativesError, match="empty mapping"):
        ht.compare({}, TREE)
    with pytest.raises(OptionError, match="model 'x' has no runs"):
        ht.compare({"x": []}, TREE)


def test_comparison_saves_loads_and_shows(tmp_path):
    result = ht.compare(model(), TREE, permutations=19)
    result.to_json(tmp_path / "r.json")
    again = Comparison.from_json(tmp_path / "r.json")
    pd.testing.assert_frame_equal(again.scores, result.scores)
    pd.testing.assert_frame_equal(again.per_class, result.per_class)
    assert again.inferred == result.inferred
    assert again.predefined == result.predefined
    assert again.settings == json.loads(json.dumps(dict(result.settings)))
    assert again.versions == result.versions
    assert repr(again) == repr(result)
    assert str(again) == str(result)
    assert "<table" in result._repr_html_()
    assert Comparison.from_json(result.to_json()).notes == result.notes
    with pytest.raises(AttributeError):
        result.name = "x"
    both = ht.compare({"a": model(), "b": model(1)}, TREE, permutations=0)
    both.to_json(tmp_path / "s.json")
    loaded = ComparisonSet.from_json(tmp_path / "s.json")
    pd.testing.assert_frame_equal(loaded.differences, both.differences)
    with pytest.raises(ht.FileFormatError, match="but a saved comparison set; read it with"):
        Comparison.from_json(tmp_path / "s.json")
    (tmp_path / "x.json").write_text("[1")
    with pytest.raises(ht.FileFormatError, match="is not JSON"):
        Comparison.from_json(tmp_path / "x.json")
    with pytest.raises(ht.FileFormatError, match="there is no file"):
        Comparison.from_json(tmp_path / "none.json")


def test_values_are_asked_for_by_name_and_level():
    result = ht.compare(model(), TREE, permutations=0)
    with pytest.raises(OptionError, match="name one .* it has 'map_at_r, level 0'"):
        result.value("map_at_r")
    with pytest.raises(OptionError, match="Did you mean"):
        result.value("map_at_rr")


def test_names_in_the_frame_are_those_of_the_registry():
    for name, score in SCORES.items():
        assert score.name == name
        assert score.better in ("higher", "lower")
        assert score.meaning
        assert score.source


@pytest.mark.parametrize("verb", ["compare", "compare_models"])
def test_what_does_not_fit_is_refused_before_it_starts(monkeypatch, verb):
    from hiertools._core import memory
    from hiertools.hierarchy import distances

    monkeypatch.setattr(memory, "_SMALL", 1000)
    monkeypatch.setattr(memory, "available", lambda: 1500)
    monkeypatch.setattr(distances, "_lengths_of_sums", None)
    told = r"comparing 14 classes would take 0.0 GB of memory, but 0.0 GB are free; compare fewer"
    with pytest.raises(ht.HiertoolsError, match=told):
        getattr(ht, verb)(model(), TREE if verb == "compare" else model(1))


def test_blocks_of_rows_and_threads_change_no_bit(monkeypatch):
    from hiertools.comparison import rows

    whole = ht.compare(model(), TREE, permutations=19, threads=1)
    monkeypatch.setattr(rows, "BLOCK_ELEMENTS", 30)
    for threads in (1, 3):
        found = ht.compare(model(), TREE, permutations=19, threads=threads)
        pd.testing.assert_frame_equal(found.scores, whole.scores, check_exact=True)
        pd.testing.assert_frame_equal(found.per_class, whole.per_class, check_exact=True)
