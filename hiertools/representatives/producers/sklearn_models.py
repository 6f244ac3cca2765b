"""scikit-learn classifiers: coefficients of linear ones, class means of others."""

from __future__ import annotations

from collections.abc import Sequence
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
        a multi-layer perceptron (its last layer), naive Bayes (the weights of its scores, which are
        linear), or one with class means: LinearDiscriminantAnalysis,
        QuadraticDiscriminantAnalysis, NearestCentroid, GaussianNB. A pipeline's last step counts,
        and its vectors lie in the space that the steps before make. A search, a calibration of one
        model, a feature selection or a threshold is its model.
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
        which belong to pairs; several models in one (VotingClassifier, StackingClassifier,
        CalibratedClassifierCV of several folds) or several outputs (MultiOutputClassifier).

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
    _refuse_several(final, name)
    labels = getattr(final, "classes_", None)
    if labels is None:
        refit = getattr(final, "refit", True) is False
        raise RepresentativesError(
            f"the {name} keeps no model, since refit=False; fit it with refit=True."
            if refit
            else f"the {name} is not fitted, or is no classifier: it has no classes_."
        )
    if _has_several_outputs(final):
        raise RepresentativesError(
            f"the {name} has {len(labels)} output{'s' * (len(labels) != 1)}, each with classes of "
            "its own; fit a model for each."
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
    """Return what predicts at the end of searches, pipelines and what stands around one model."""
    while True:
        calibrated: Sequence[Any] = getattr(model, "calibrated_classifiers_", ())
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps"):
            model = model.steps[-1][1]
        elif len(calibrated) == 1:
            model = calibrated[0].estimator
        elif type(model).__name__ == "FrozenEstimator":
            model = model.estimator
        # Of ensembles, estimator_ is what their models are made like.
        elif hasattr(model, "estimator_") and not hasattr(model, "estimators_"):
            model = model.estimator_
        elif type(model).__name__ == "SelfTrainingClassifier" and hasattr(model, "base_estimator_"):
            model = model.base_estimator_  # its name before scikit-learn 1.6
        else:
            return model


def _refuse_several(model: Any, name: str) -> None:
    """Refuse several models, or several outputs, in one; each has vectors of its own."""
    calibrated = [each.estimator for each in getattr(model, "calibrated_classifiers_", ())]
    if len(calibrated) > 1:
        one = _one_of(calibrated, "model.calibrated_classifiers_[{}].estimator")
        raise RepresentativesError(
            f"the {name} averages {len(calibrated)} models, one a fold, so no class has one "
            f"vector; {one}, or fit it with ensemble=False."
        )
    held = getattr(model, "estimators_", None)
    if held is None:
        return
    if hasattr(model, "named_estimators_"):  # of votes and stacks, which count labels anew
        one = _one_of(held, "model.estimators_[{}], [str(c) for c in model.classes_]")
        raise RepresentativesError(
            f"the {name} joins {len(held)} models, so no class has one vector; {one}."
        )
    if _has_several_outputs(model):
        raise RepresentativesError(
            f"the {name} has {len(held)} output{'s' * (len(held) != 1)}, each with classes of its "
            f"own; {_one_of(held, 'model.estimators_[{}]')}."
        )


def _one_of(models: Sequence[Any], call: str) -> str:
    """Say how to read one of several models, the first that keeps vectors."""
    for place, each in enumerate(models):
        final = _final(each)
        own = any(hasattr(final, key) for key in (*MEANS, "feature_log_prob_"))
        linear = any(hasattr(final, key) for key in ("coef_", "coefs_"))
        many = np.size(getattr(final, "classes_", ())) > 2
        if own or (linear and many and not hasattr(final, "dual_coef_")):
            return f"give one of them: from_sklearn_model({call.format(place)})"
    return "none of them keeps a vector for each class: use prototypes(inputs, labels)"


def _has_several_outputs(model: Any) -> bool:
    labels = getattr(model, "classes_", None)
    return isinstance(labels, list) and len(labels) > 0 and np.ndim(labels[0]) == 1


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
    if coefficients is None and hasattr(model, "feature_log_prob_"):
        coefficients = _of_naive_bayes(model)
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


def _of_naive_bayes(model: Any) -> NDArray[Any]:
    """Return the weights of the scores of naive Bayes over counts, which are linear in its input.

    Over categories, an input counts as one number for each category of each feature: 0 or 1.
    """
    held = model.feature_log_prob_
    if isinstance(held, list):
        return np.concatenate([np.asarray(each) for each in held], axis=1)
    log_probability = np.asarray(held)
    if type(model).__name__ != "BernoulliNB":
        return log_probability
    # A feature that is absent counts too: x log p + (1 - x) log(1 - p).
    return np.asarray(log_probability - np.log1p(-np.exp(log_probability)))
