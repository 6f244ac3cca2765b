"""Words that depend on numbers change exactly at the bounds that are told."""

import math

import pandas as pd
import pytest

from hiertools.reporting.sets import difference_sentences
from hiertools.reporting.text import level_texts, permutations_text
from hiertools.reporting.verdict import set_verdict, verdict
from hiertools.results.columns import records

NAN = math.nan


def row(**changes):
    held = {
        "score": "classwise_correlation",
        "level": None,
        "value": 0.5,
        "chance": 0.0,
        "p_value": 0.001,
        "n_permutations": 999,
        "ceiling": NAN,
        "n_classes": 12,
    }
    return pd.DataFrame([held | changes])


@pytest.mark.parametrize(
    ("value", "chance", "ceiling", "word"),
    [
        (0.0999, 0.0, 1.0, "slightly"),
        (0.1, 0.0, 1.0, "moderately"),
        (0.2999, 0.0, 1.0, "moderately"),
        (0.3, 0.0, 1.0, "clearly"),
        (0.5999, 0.0, 1.0, "clearly"),
        (0.6, 0.0, 1.0, "closely"),
        (1.0, 0.0, 1.0, "closely"),
        # What counts is the way from chance to the best attainable value.
        (0.75, 0.5, 1.0, "clearly"),
        (0.75, 0.5, NAN, "clearly"),
        (0.6, 0.0, NAN, "closely"),
        (0.55, 0.5, 0.75, "moderately"),
        (0.25, 0.0, 0.5, "clearly"),
        (0.45, 0.25, 0.5, "closely"),
        (0.25, -0.5, 1.0, "clearly"),
        (0.5, 0.5, 0.5, "slightly"),
        (0.7, 0.6, 0.5, "slightly"),
    ],
)
def test_the_word_is_that_of_the_share_of_what_is_attainable(value, chance, ceiling, word):
    told = verdict(row(value=value, chance=chance, ceiling=ceiling), "Mine")
    assert told.startswith(f"Mine's arrangement of 12 classes {word} follows the tree: ")
    assert f" {value:.3f}, where shuffled names give {chance:.3f} (p = 0.001)" in told
    limit = f" and no arrangement could exceed {ceiling:.3f}."
    assert told.endswith(limit if ceiling < 1 else "(p = 0.001).")


@pytest.mark.parametrize(
    ("p_value", "shuffles", "part"),
    [
        (0.05, 19, "clearly follows the tree"),
        (0.0501, 999, "follows the tree no more than chance would"),
        (0.0501, None, "follows the tree no more than chance would"),
        # Nineteen shuffles are the fewest whose p can be 0.05.
        (0.1, 19, "follows the tree no more than chance would"),
        (0.1, 18, "; 18 shuffles are too few to tell."),
        (NAN, 0, "0.500 (chance not computed)."),
    ],
)
def test_what_p_says(p_value, shuffles, part):
    assert part in verdict(row(p_value=p_value, n_permutations=shuffles))


def test_which_row_leads():
    both = pd.concat([row(score="elementwise_correlation", value=0.2), row(value=0.5)])
    assert "class by class, rank correlation of model and tree distances 0.500" in verdict(both)
    assert ": rank correlation of model and tree distances 0.200" in verdict(both.iloc[:1])
    undefined = pd.concat([both.iloc[:1], row(value=NAN)])
    assert ": rank correlation of model and tree distances 0.200" in verdict(undefined)
    assert verdict(row(level=0)) == ""
    assert "arrangement classes" in verdict(row(n_classes=NAN))
    assert verdict(row(score="accuracy")) == ""


CORRELATION = "class by class, rank correlation of model and tree distances"


def near(values, chances, p_values, score="precision_at_1", **changes):
    held = zip(values, chances, p_values)
    rows = [
        row(score=score, level=level, value=v, chance=c, p_value=p, **changes)
        for level, (v, c, p) in enumerate(held)
    ]
    return pd.concat(rows, ignore_index=True)


def test_near_and_far_structure_are_told_apart():
    far = row(value=-0.017, chance=0.001, p_value=0.76)
    close = near((0.68, 0.72, 0.62), (0.37, 0.11, 0.08), (0.5, 0.001, 0.004), n_classes=80)
    assert verdict(pd.concat([far, close]), n_classes=101) == (
        "The model's arrangement of 101 classes as a whole follows the tree no more than chance "
        f"would: {CORRELATION} -0.017, where shuffled names give 0.001 (p = 0.76). Nearest classes "
        "are relatives more often than by chance: P@1 0.620 at level 2, where shuffled names give "
        "0.080 (p = 0.004)."
    )
    both = verdict(pd.concat([row(), close]))
    assert "classes clearly follows the tree: " in both
    assert "(p = 0.001). Nearest classes are relatives more often" in both
    one = verdict(pd.concat([row(), near([0.5], [0.4], [0.2])]))
    assert one.endswith(
        " Nearest classes are relatives no more often than by chance: P@1 0.500 at level 0, where "
        "shuffled names give 0.400 (p = 0.20)."
    )
    assert "as a whole" not in verdict(pd.concat([far, near([0.5], [0.4], [0.2])]))
    assert "as a whole" not in verdict(far)
    untold = near([0.5], [0.4], [0.1], n_permutations=18)
    assert "as a whole" not in verdict(pd.concat([far, untold]))
    assert verdict(close) == ""


def test_without_p_values_nearest_classes_are_not_told_of():
    held = pd.concat([near([0.5], [0.4], [0.2]), row(), near([0.5], [0.4], [0.2])])
    told = verdict(held.drop(columns="p_value"))
    assert (
        told == f"The model's arrangement of 12 classes: {CORRELATION} 0.500 (chance not computed)."
    )


@pytest.mark.parametrize(
    ("p_values", "shuffles", "part"),
    [
        # At several levels, one small p is what chance gives: the finest counts.
        ((0.03, 0.001, 0.5), 999, "no more often than by chance"),
        ((0.5, 0.9, 0.03), 999, "relatives more often than by chance"),
        ((0.05,), 999, "relatives more often than by chance"),
        ((0.0501,), 999, "no more often than by chance"),
        ((0.1,), 19, "no more often than by chance"),
        ((0.1,), 18, "(p = 0.10); 18 shuffles are too few to tell."),
        ((0.1,), None, "no more often than by chance"),
    ],
)
def test_what_p_says_of_nearest_classes(p_values, shuffles, part):
    n = len(p_values)
    held = near([0.5] * n, [0.25] * n, p_values, n_permutations=shuffles)
    assert part in verdict(pd.concat([row(), held]))


@pytest.mark.parametrize(
    ("company", "n_classes", "level"),
    [
        ((12, 12, 12), None, 2),
        ((12, 10, 6), None, 2),
        ((12, 10, 5), None, 1),
        ((12, 10, 6), 13, 1),
        ((5, 6, 4), 13, 1),
        ((6, 6, 4), 13, 0),
    ],
)
def test_nearest_classes_are_told_of_at_the_finest_level_that_tells_of_half(
    company, n_classes, level
):
    held = near([0.5] * 3, [0.25] * 3, [0.001] * 3)
    held["n_classes"] = company
    assert f"P@1 0.500 at level {level}, " in verdict(
        pd.concat([row(n_classes=n_classes), held]), n_classes=n_classes
    )
    held["rank"] = ["order", "family", "genus"]
    named = verdict(pd.concat([row(n_classes=n_classes), held]))
    assert f"at level {held['rank'][level]}, " in named


def test_which_score_tells_of_nearest_classes():
    first = near([0.5], [0.25], [0.001])
    second = near([0.4], [0.25], [0.001], "map_at_r")
    third = near([0.3], [0.25], [0.001], "r_precision")
    assert "P@1 0.500" in verdict(pd.concat([row(), third, second, first]))
    assert "MAP@R 0.400" in verdict(pd.concat([row(), third, second]))
    assert "R-precision 0.300" in verdict(pd.concat([row(), third]))
    undefined = near([NAN], [NAN], [NAN])
    assert "MAP@R 0.400" in verdict(pd.concat([row(), undefined, second]))
    assert "Nearest" not in verdict(pd.concat([row(), undefined]))
    bare = pd.concat([row(), first]).drop(columns="n_permutations")
    bare.loc[bare["score"] == "precision_at_1", "p_value"] = 0.5
    assert "no more often" in verdict(bare)


def test_title_and_headline_count_the_same_classes():
    assert "arrangement of 44 classes" in verdict(row(n_classes=42), n_classes=44)
    assert "arrangement of 42 classes" in verdict(row(n_classes=42))


COMMON = "A common mean vector holds 93% of it."


def test_a_common_mean_vector_is_told_of():
    told = verdict(row(), notes=["1 class was left out.", COMMON])
    assert told == f"{verdict(row())} {COMMON}"
    assert set_verdict(row(model="a"), None, ["x: left out", f"a: {COMMON}"]).endswith(
        f"0.000. a: {COMMON}"
    )


def models(*values, score="classwise_correlation", **changes):
    named = zip("abcd", values)
    return pd.concat([row(model=m, value=v, score=score, **changes) for m, v in named])


def between(a, b, p, best, score="classwise_correlation", level=None):
    return {
        "score": score, "level": level, "model_a": a, "model_b": b, "p_holm": p,
        "better_model": best, "test": "paired t over runs",
    }  # fmt: skip


def ranking(scores, *tests):
    found = set_verdict(scores, pd.DataFrame(tests) if tests else None)
    assert found.endswith(", where shuffled names give 0.000.")
    return found.partition(f": {CORRELATION}")[0]


def test_no_model_is_named_that_no_test_names():
    two = models(0.2, 0.5)
    untold = "Of two models, no test tells which follows the tree most closely"
    assert ranking(two, between("a", "b", 0.051, "b")) == untold
    assert ranking(two, between("b", "a", 0.05, "b")) == (
        "Of two models, b follows the tree most closely (p = 0.050)"
    )
    # A test of another score, at a level, or that another model wins, names none.
    untested = "Of two models, which follows the tree most closely could not be tested"
    for test in (
        between("a", "b", 0.01, "b", score="triplet"),
        between("a", "b", 0.01, "b", level=1),
        between("a", "b", NAN, "b"),
        between("a", "c", 0.01, "c"),
    ):
        assert ranking(two, test) == untested
    assert ranking(two, between("a", "b", 0.01, "a")) == untold
    assert ranking(two) == untested
    three = models(0.2, 0.5, 0.4)
    tests = [between("a", "b", 0.01, "b"), between("b", "c", 0.2, "b")]
    assert ranking(three, *tests) == (
        "Of three models, b follows the tree more closely than a (p = 0.010), but no test tells it "
        "from c"
    )
    tests[1]["p_holm"] = 0.02
    assert ranking(three, *tests) == (
        "Of three models, b follows the tree most closely (p = 0.020)"
    )


def test_models_at_chance_have_no_winner():
    # Two random models, p 0.065 and 0.085: the first was said to follow the tree most closely.
    test = between("a", "b", 1.0, "a")
    none = "Of two models, none follows the tree more than chance would"
    assert ranking(models(0.03, 0.02, p_value=0.065), test) == none
    test["p_holm"] = 0.01
    assert ranking(models(0.03, 0.02, p_value=0.0501), test) == none
    assert ranking(models(0.03, 0.02, p_value=0.05), test).endswith("closely (p = 0.010)")
    one = pd.concat([models(0.03, p_value=0.01), row(model="b", value=0.02, p_value=0.5)])
    assert ranking(one, test).endswith("a follows the tree most closely (p = 0.010)")
    assert ranking(models(0.03, 0.02, p_value=NAN), test).endswith("closely (p = 0.010)")


def test_single_runs_are_no_methods():
    test = between("a", "b", 0.01, "b")
    assert ranking(models(0.2, 0.5, n_runs=1), test) == (
        "Of these two runs, one a model, that of b follows the tree most closely (p = 0.010)"
    )
    tests = [test, between("b", "c", 0.2, "b")]
    assert ranking(models(0.2, 0.5, 0.4, n_runs=1), *tests) == (
        "Of these three runs, one a model, that of b follows the tree more closely than a "
        "(p = 0.010), but no test tells it from c"
    )
    mixed = pd.concat([models(0.2, n_runs=1), row(model="b", n_runs=2)])
    assert ranking(mixed, test).startswith("Of two models, b follows")
    assert ranking(models(0.5, n_runs=3)) == "One model, a"


def test_up_to_nine_models_are_counted_in_words():
    for n, word in ((9, "nine"), (10, "10")):
        many = pd.concat([row(model=f"m{i}", value=i / 20) for i in range(n)])
        assert set_verdict(many).startswith(f"Of {word} models, which follows the tree")


def test_which_models_are_listed():
    scores = pd.concat(
        [row(model=m, value=v, chance=0.25) for m, v in (("a", 0.1), ("b", 0.7), ("c", NAN))]
        + [row(model="a", score="elementwise_correlation", value=0.9)]
    )
    assert set_verdict(scores).endswith(
        f"{CORRELATION} 0.700 (b), 0.100 (a), where shuffled names give 0.250."
    )
    both = pd.concat([row(model="a", value=0.1, chance=0.2), row(model="b", chance=0.3)])
    assert set_verdict(both).endswith("shuffled names give 0.300.")  # that of the closest
    assert set_verdict(row(model="a", chance=NAN)).endswith("distances 0.500 (a).")
    assert set_verdict(row(model="a", value=NAN)) == ""
    assert set_verdict(row(model="a", score="accuracy")) == ""


def difference(**changes):
    held = {
        "score": "triplet", "level": None, "k": None, "model_a": "a", "model_b": "b",
        "difference": -0.2, "p_holm": 0.01, "test": "jackknife over classes", "better_model": "a",
    }  # fmt: skip
    return pd.DataFrame([held | changes])


def test_a_test_of_single_runs_says_so():
    single = "triplet: of these two runs, a better than b by 0.200, p = 0.010"
    assert difference_sentences(difference()) == [f"{single} (jackknife over classes)."]
    assert difference_sentences(difference(), tests=False) == [f"{single}."]
    runs = difference_sentences(difference(test="paired t over runs"))
    assert runs == ["triplet: a better than b by 0.200, p = 0.010 (paired t over runs)."]


def test_intervals_over_classes_say_what_they_are_about():
    about = "class names shuffled 999 times; 95 % intervals: other classes of the same groups."
    assert about in permutations_text(records(row(ci_low=0.1, ci_high=0.2)))
    assert (
        permutations_text(records(row(ci_low=NAN)))
        == "chance and p: class names shuffled 999 times."
    )


@pytest.mark.parametrize(
    ("p_value", "star"), [(0.049, "*"), (0.05, "*"), (0.0501, " "), (NAN, " ")]
)
def test_a_star_stands_where_p_is_at_most_a_twentieth(p_value, star):
    held = row(score="precision_at_1", level=1, p_value=p_value, p_adjusted=p_value, chance=0.25)
    told = {"level": ["1"], "precision_at_1": [f"0.500{star} (0.250)"]}
    assert level_texts(records(held)) == told
