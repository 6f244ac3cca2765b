"""Models themselves, given where their class vectors are wanted: produced, or refused by name.

Known by what they offer, so that no library is loaded for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hiertools._core.own_names import ClassNames
from hiertools.errors import RepresentativesError
from hiertools.representatives.representatives import ClassRepresentatives


def is_model(source: object) -> bool:
    """Tell the object of a model from an array, a table or a path.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> is_model(LogisticRegression()), is_model([[0.0, 1.0]])
    (True, False)
    """
    if isinstance(source, type):
        return True  # and refused as such
    return any(test(source) for test in (_is_module, _is_estimator, _is_keras, _holds_module))


def produced_from_object(source: Any, classes: ClassNames | None) -> ClassRepresentatives | None:
    """Return the class vectors of a model; None for what is none."""
    name = type(source).__name__
    if isinstance(source, type):
        raise RepresentativesError(
            f"{source.__name__} is a class, not a fitted or loaded model; give an object of it."
        )
    if isinstance(source, list | tuple) and source and is_model(source[0]):
        raise RepresentativesError(
            f"a list of {len(source)} models has no names; give models by name, as in "
            "{'a': model, 'b': other}, or runs of one model as {'a': [first, second]}."
        )
    if _is_module(source):
        _refuse_text_encoder(source, name)
        return _of_module(source, classes)
    if _is_estimator(source):
        if _is_module(getattr(source, "module_", None)):  # skorch
            return _of_module(source.module_, classes)
        from hiertools.representatives.producers.sklearn_models import from_sklearn_model

        return from_sklearn_model(source, classes)
    if _is_keras(source):
        raise RepresentativesError(
            f"a {name} is a model whose last layer is not read by itself; give its weights, "
            f"outputs by rows: ClassRepresentatives(model.layers[{_last_dense(source)}]."
            "get_weights()[0].T, classes=[...]), or save it as ONNX for from_onnx."
        )
    if _is_pipeline(source):
        return _of_module(source.model, classes)
    if _holds_module(source):
        raise RepresentativesError(
            f"a {name} holds a model; give that: hiertools.producers.from_module(x.model, "
            "classes=[...])."
        )
    return None


def refuse_state_dict(mapping: Mapping[Any, Any]) -> None:
    """Say how the weights of a model are read, where they were given by their names."""
    names = [name for name in mapping if isinstance(name, str)]
    weights = [n for n in names if n.endswith((".weight", ".bias", ".kernel"))]
    if weights and all(hasattr(mapping[n], "shape") for n in weights):
        raise RepresentativesError(
            f"the mapping holds the weights of a model ({weights[0]!r}, ...), not vectors by "
            "class; give the vectors of its classes: hiertools.producers.from_state_dict(state, "
            "classes=[...])."
        )


def _of_module(module: Any, classes: ClassNames | None) -> ClassRepresentatives:
    from hiertools.representatives.producers.torch_models import from_module

    return from_module(module, classes)


def _is_module(source: object) -> bool:
    """Tell a module of PyTorch."""
    return hasattr(source, "named_parameters") and hasattr(source, "named_modules")


def _is_estimator(source: object) -> bool:
    """Tell an estimator of scikit-learn, or one that follows it."""
    return hasattr(source, "get_params") and hasattr(source, "fit")


def _is_keras(source: object) -> bool:
    return hasattr(source, "get_weights") and hasattr(source, "layers")


def _last_dense(model: Any) -> int:
    """Return the place of the last layer of Keras that has a matrix, counted from the end."""
    for place, layer in enumerate(reversed(list(model.layers)), start=1):
        held = layer.get_weights() if hasattr(layer, "get_weights") else []
        if held and len(held[0].shape) == 2:
            return -place
    return -1


def _is_pipeline(source: object) -> bool:
    """Tell a pipeline of transformers."""
    return _holds_module(source) and hasattr(source, "task") and callable(source)


def _holds_module(source: object) -> bool:
    """Tell what has a PyTorch model inside: pipelines, learners, trainers."""
    return not isinstance(source, Mapping) and _is_module(getattr(source, "model", None))


def _refuse_text_encoder(module: Any, name: str) -> None:
    if hasattr(module, "encode") and hasattr(module, "tokenize"):
        raise RepresentativesError(
            f"a {name} embeds texts and has no classes; embed their names: "
            "hiertools.producers.from_texts(model.encode, names)."
        )
