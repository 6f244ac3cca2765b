"""Prototypes against their definition; batches and workers give the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import (
    HiertoolsWarning,
    OptionError,
    PredictionsError,
    PrototypeAccumulator,
    RepresentativesError,
    prototypes,
)

NAMES = ("a", "b", "c")


def by_definition(embeddings, labels):
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    means = [unit[labels == c].mean(axis=0) for c in range(3)]
    return np.array([mean / np.linalg.norm(mean) for mean in means])


@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
@settings(deadline=None, max_examples=30)
def test_prototypes_are_normalised_means_of_normalised_embeddings(seed, n):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([[0, 1, 2], rng.integers(0, 3, n - 3)])
    embeddings = rng.standard_normal((n, 5)) * rng.uniform(0.1, 10, (n, 1))
    found = prototypes(embeddings, labels, NAMES)
    np.testing.assert_allclose(found.vectors, by_definition(embeddings, labels), atol=1e-12)
    assert found.kind == "prototype"
    assert found.provenance["samples"] == {
        name: int((labels == i).sum()) for i, name in enumerate(NAMES)
    }
    first, second = PrototypeAccumulator(NAMES), PrototypeAccumulator(NAMES)
    first.update(embeddings[: n // 2 + 1], labels[: n // 2 + 1])
    second.update(embeddings[n // 2 + 1 :], labels[n // 2 + 1 :]) if n // 2 + 1 < n else None
    second.merge(first)
    np.testing.assert_allclose(second.result().vectors, found.vectors, atol=1e-12)


def test_medoid_is_the_sample_nearest_to_all_of_its_class():
    rng = np.random.default_rng(0)
    embeddings, labels = rng.standard_normal((30, 4)), np.repeat([0, 1, 2], 10)
    found = prototypes(embeddings, labels, NAMES, method="medoid")
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    for c in range(3):
        members = unit[labels == c]
        best = members[(members @ members.T).sum(axis=1).argmax()]
        np.testing.assert_allclose(found.vectors[c], best)
    assert found.kind == "medoid"


def test_a_class_without_samples_is_reported_and_not_invented():
    with pytest.warns(HiertoolsWarning, match="1 of 3 classes have no samples and so no prototype"):
        found = prototypes(np.eye(2), ["a", "c"], NAMES)
    assert found.classes == ("a", "c")
    assert found.provenance["classes_without_samples"] == ["b"]


def test_classes_default_to_those_of_the_labels():
    assert prototypes(np.eye(2), ["newt", "lynx"]).classes == ("lynx", "newt")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: prototypes(np.eye(2), [0, 1]), PredictionsError, "pass classes="),
        (lambda: prototypes(np.eye(2), [0, 3], NAMES), PredictionsError, "first 3 at row 1"),
        (lambda: prototypes(np.eye(3), [0, 1], NAMES), PredictionsError, "3 embeddings and 2"),
        (lambda: prototypes([[0.0, 0]], [0], NAMES), PredictionsError, "length zero"),
        (lambda: prototypes(np.eye(2), [0, 1], NAMES, method="median"), OptionError, "medoid"),
        (
            lambda: prototypes([[1.0, 0], [-2, 0]], ["a", "a"]),
            RepresentativesError,
            "cancel out, so their mean has no direction: 'a'",
        ),
        (lambda: PrototypeAccumulator(NAMES).result(), PredictionsError, "at least one sample"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_batches_must_agree():
    accumulator = PrototypeAccumulator(NAMES)
    accumulator.update(np.eye(2), [0, 1])
    with pytest.raises(PredictionsError, match="3 dimensions, the ones before 2"):
        accumulator.update(np.eye(3), [0, 1, 2])
    with pytest.raises(PredictionsError, match="same classes in the same order"):
        accumulator.merge(PrototypeAccumulator(["a"]))
