"""scikit-learn classifiers: coefficients of linear ones, class means of others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import RepresentativesError
from hiertools.representatives.producers._names import Names, class_list, wants_indices
from hiertools.representatives.representatives import ClassRepresentatives

WHAT = ("weights", "means")
MEANS = ("means_", "centroids_", "theta_")
"""Where discriminant analysis, NearestCentroid and GaussianNB keep the means of classes."""


@door
def from_sklearn_model(
    model: Any, /, classes: Names = None, *, what: str | None = None
) -> ClassRepresentatives:
    """Read class vectors from a fitted scikit-learn classifier, pipeline or search.

    Parameters
    ----------
    model
        A linear model with one row of ``coef_`` a class, a one-vs-rest classifier of linear models,
        a multi-layer perceptron (its last layer), or one with class means:
        LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis, NearestCentroid, GaussianNB. A
        pipeline's last step counts, and its vectors lie in the space that the steps before make.
    classes
        Names in the order of ``classes_``, where that holds numbers: of labels 3, 5 and 9, which
        scikit-learn sorts, the first name is that of 3. (``provenance["labels"]`` keeps them.)
        ``"indices"`` for the numbers as text. By default ``classes_`` itself, if that is text;
        other names are refused then.
    what
        ``"weights"`` or ``"means"``, for models that have both. By default means where there are
        any, else weights.

    Returns
    -------
    ClassRepresentatives
        Kind "weights" or "mean". The intercept is not used.

    Raises
    ------
    RepresentativesError
        A model that is not fitted, has no vector for each class (kernel machines, trees, boosting:
        use prototypes of its inputs), two classes that share one vector, or one-vs-one vectors,
        which belong to pairs.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0, 0], [4, 0], [0, 4]], ["lynx", "wolf", "newt"])
    >>> from_sklearn_model(model)
    ClassRepresentatives(3 classes x 2 dimensions, kind='weights')
    """
    if what is not None:
        checks.option(what, WHAT, "what")
    final = _final(model)
    name = type(final).__name__
    labels = getattr(final, "classes_", None)
    if labels is None:
        raise RepresentativesError(
            f"the {name} is not fitted, or is no classifier: it has no classes_."
        )
    labels = np.asarray(labels)
    means = _means(final)
    if what == "means" and means is None:
        raise RepresentativesError(f"the {name} keeps no class means; use what='weights'.")
    use_means = means is not None and what != "weights"
    vectors = means if use_means and means is not None else _weights(final, name, labels.size)
    about = {"model": name, "pipeline": type(model).__name__ if model is not final else ""}
    if not _is_text(labels):
        about["labels"] = labels.tolist()
    return ClassRepresentatives(
        vectors, _names(labels, classes, name), "mean" if use_means else "weights", about
    )


def _final(model: Any) -> Any:
    """Return what predicts at the end of searches and pipelines."""
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps"):
            model = model.steps[-1][1]
        else:
            return model


def _names(labels: NDArray[Any], classes: Names, name: str) -> list[str]:
    if wants_indices(classes):
        return [str(label) for label in labels.tolist()]
    if classes is None and not _is_text(labels):
        raise RepresentativesError(
            f"the {name} was fitted to labels that are numbers ({labels[0]!r}, ...); pass "
            "classes=[...] in the order of classes_, or classes='indices' to use them as text."
        )
    own = [str(label) for label in labels.tolist()]
    # Of numbers as labels, names are given for the first time.
    found = class_list(classes, f"the {name}", own, assumed=not _is_text(labels))
    assert found is not None
    if len(found) != labels.size:
        raise RepresentativesError(
            f"the {name} was fitted to {labels.size} classes, but {len(found)} names are given."
        )
    return found


def _is_text(labels: NDArray[Any]) -> bool:
    return all(isinstance(label, str) for label in labels.tolist())


def _means(model: Any) -> NDArray[Any] | None:
    for key in MEANS:
        if hasattr(model, key):
            return np.asarray(getattr(model, key))
    return None


def _weights(model: Any, name: str, n_classes: int) -> NDArray[Any]:
    if type(model).__name__ == "OneVsOneClassifier" or hasattr(model, "dual_coef_"):
        raise RepresentativesError(
            f"the vectors of {name} belong to pairs of classes (one-vs-one), not to classes; fit a "
            "one-vs-rest model such as LinearSVC or LogisticRegression, or use prototypes of the "
            "inputs."
        )
    coefficients = getattr(model, "coef_", None)
    if coefficients is None and hasattr(model, "estimators_") and hasattr(model, "multilabel_"):
        rows = [getattr(each, "coef_", None) for each in model.estimators_]  # one-vs-rest
        if all(row is not None for row in rows):
            coefficients = np.concatenate([np.atleast_2d(np.asarray(row)) for row in rows])
    if coefficients is None and hasattr(model, "coefs_"):
        coefficients = np.asarray(model.coefs_[-1]).T  # the last layer of a perceptron
    if coefficients is None:
        raise RepresentativesError(
            f"the {name} keeps no vector for each class; use prototypes(inputs, labels), or the "
            "distances of its confusions (from_confusion)."
        )
    if hasattr(coefficients, "toarray"):
        coefficients = coefficients.toarray()
    array = np.atleast_2d(np.asarray(coefficients))
    if len(array) == 1 and n_classes == 2:
        raise RepresentativesError(
            f"the {name} tells two classes apart by one vector, so they have none of their own."
        )
    if len(array) != n_classes:
        raise RepresentativesError(
            f"the {name} has {len(array)} rows of coefficients for {n_classes} classes; one row a "
            "class is needed: fit a one-vs-rest or multinomial model."
        )
    return array
