"""torchvision: - the head of a torchvision classifier."""

from __future__ import annotations

from typing import Any

from hiertools._core import checks
from hiertools._core.broken import first_line
from hiertools._core.doors import door
from hiertools._core.fetching import fetching
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.producers._imagenet import imagenet_names
from hiertools.representatives.producers._names import Names, class_list, wants_indices
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.timm_models import _boolean
from hiertools.representatives.producers.torch_models import from_module
from hiertools.representatives.representatives import ClassRepresentatives


@door
def from_torchvision(
    name: str,
    /,
    *,
    classes: Names = None,
    pretrained: bool | str = True,
    names: str = "words",
    layer: str | None = None,
) -> ClassRepresentatives:
    """Read the head of a torchvision classifier.

    Parameters
    ----------
    name
        As in ``torchvision.models.get_model``: ``"resnet50"``.
    classes
        Class names in the order of outputs. By default ImageNet's (torchvision's own list has
        "crane" and "maillot" twice each); others are refused for the weights of torchvision.
    pretrained
        Fetch the model's default weights. False: random ones, a control.
    names
        ImageNet classes by readable ``"words"``, the same as in `hiertools.load_imagenet_tree`, or
        by WordNet ``"synsets"``.
    layer
        The head. By default the linear layer with as many outputs as classes.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    OptionError
        A name that torchvision does not know.
    FileFormatError
        Weights that can't be fetched.
    RepresentativesError
        A model without such a head.
    """
    torchvision = require("torchvision", "torchvision")
    models = torchvision.models
    known = models.list_models(module=models)
    if name not in known:
        near = checks.closest(name, known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"torchvision {torchvision.__version__} has no classifier {name!r}.{hint}"
        )
    trained = _boolean(pretrained, "pretrained")
    options: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = True  # or torchvision warns that it takes long
    try:
        with fetching(hub=False):
            model = models.get_model(name, weights="DEFAULT" if trained else None, **options)
    except Exception as cause:  # network errors of several libraries
        raise FileFormatError(
            f"the weights of the torchvision model {name!r} can't be fetched "
            f"({type(cause).__name__}: {first_line(cause)}); load them yourself and use "
            "from_module, or pass pretrained=False for an untrained model."
        ) from cause
    if wants_indices(classes):
        classes = [str(i) for i in range(len(imagenet_names(names)))]  # as many outputs as all have
    else:
        where = f"the torchvision model {name!r}"
        classes = class_list(classes, where, imagenet_names(names), assumed=not trained)
    return from_module(
        model,
        classes,
        layer=layer,
        provenance={
            "model": f"torchvision {name}",
            "pretrained": trained,
            "torchvision": torchvision.__version__,
        },
    )
