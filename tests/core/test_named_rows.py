"""Series and DataFrames whose indices name the same samples in another order are not mixed up."""

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
import hiertools.decisions as de
from hiertools import OptionError

TREE = ht.ClassTree.from_newick("((a,b),(c,d));")
NAMES = list("abcd")
ROWS = ["s1", "s2", "s3", "s4"]
SHARES = pd.DataFrame(
    np.random.default_rng(0).dirichlet(np.ones(4), 4), columns=NAMES, index=ROWS
)  # fmt: skip
LABELS = pd.Series(NAMES, index=ROWS)
WEIGHTS = pd.Series([1.0, 2.0, 3.0, 4.0], index=ROWS)
TABLE = SHARES.assign(label=NAMES)

CALLS = {
    "Predictions": lambda labels: ht.Predictions(labels, SHARES, NAMES),
    "of embeddings": lambda labels: ht.Predictions(labels, embeddings=SHARES, classes=NAMES),
    "prototypes": lambda labels: ht.prototypes(SHARES, labels),
    "evaluate": lambda labels: ht.evaluate((labels, SHARES), TREE, classes=NAMES, intervals=False),
    "batches": lambda labels: ht.Evaluator(TREE).update(labels, SHARES, NAMES),
    "fit": lambda labels: de.BackOff(TREE).fit(SHARES, labels),
    "temperature": lambda labels: de.Temperature().fit(SHARES, labels),
    "conformal": lambda labels: de.ConformalNodes(TREE, coverage=0.5).fit(SHARES, labels),
    "calibration": lambda labels: de.calibration_by_level(SHARES, labels, TREE),
    "risk": lambda labels: de.selective_risk({"m": SHARES}, labels, TREE),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_labels_in_another_order_are_refused(call):
    with pytest.raises(OptionError, match=r"name the same rows in another order \(row 0 is 's"):
        call(LABELS.iloc[::-1])
    call(LABELS.iloc[::-1].loc[SHARES.index])  # as the advice says
    call(LABELS.iloc[::-1].to_numpy())


@pytest.mark.parametrize("what", ["weights", "groups"])
def test_what_stands_beside_predictions(what):
    beside = WEIGHTS if what == "weights" else WEIGHTS.astype(str)
    for predictions in (TABLE, {"one": TABLE, "two": TABLE}):
        with pytest.raises(OptionError, match=f"predictions.* and {what} name the same rows"):
            ht.evaluate(predictions, TREE, intervals=False, **{what: beside.iloc[::-1]})
        ht.evaluate(predictions, TREE, intervals=False, **{what: beside})


def test_models_predict_the_same_samples_in_the_same_order():
    other = TABLE.iloc[::-1].assign(label=NAMES)  # the same labels, of other samples
    with pytest.raises(OptionError, match=r"predictions\['one'\] and predictions\['two'\] name"):
        ht.evaluate({"one": TABLE, "two": other}, TREE, intervals=False)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(4),  # counts rows, and says nothing of them
        pd.Index(["t1", "t2", "t3", "t4"]),
        pd.Index(["s2", "s2", "s1", "s1"]),  # which of two is which?
        pd.Index([3, 1, 0, 2]),
        pd.MultiIndex.from_product([["x", "y"], [0, 1]]),
    ],
)
def test_other_names_say_nothing_of_what_belongs_together(index):
    labels = pd.Series(NAMES, index=index)
    assert ht.Predictions(labels, SHARES, NAMES).labels.tolist() == [0, 1, 2, 3]


def test_names_of_classes_are_not_names_of_samples():
    vectors = pd.DataFrame(np.random.default_rng(1).normal(size=(4, 3)), index=NAMES)
    result = ht.compare({"one": vectors, "two": vectors.iloc[::-1]}, TREE, permutations=9)
    one, two = (result[name].scores["value"] for name in ("one", "two"))
    np.testing.assert_allclose(one, two)


def test_rows_of_two_names_are_held_against_each_other():
    index = pd.MultiIndex.from_product([["x", "y"], [0, 1]])
    shares, labels = SHARES.set_axis(index), pd.Series(NAMES, index=index[::-1])
    with pytest.raises(OptionError, match=r"row 0 is \('y', 1\) and \('x', 0\)"):
        ht.Predictions(labels, shares, NAMES)
