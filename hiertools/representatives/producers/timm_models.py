"""timm: - the head of a timm model."""

from __future__ import annotations

from typing import Any

from hiertools._core import checks
from hiertools._core.broken import first_line
from hiertools._core.doors import door
from hiertools._core.fetching import fetching
from hiertools.errors import FileFormatError, OptionError, RepresentativesError
from hiertools.representatives.producers._imagenet import NAMES, imagenet_names
from hiertools.representatives.producers._names import Names, class_list, wants_indices
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.torch_models import from_module
from hiertools.representatives.producers.weight_files import load_weights
from hiertools.representatives.representatives import ClassRepresentatives


@door
def from_timm(
    name: str,
    /,
    *,
    classes: Names = None,
    pretrained: bool | str = True,
    checkpoint: str | None = None,
    names: str = "words",
    layer: str | None = None,
    num_classes: int | str | None = None,
) -> ClassRepresentatives:
    """Read the head of a timm model.

    Parameters
    ----------
    name
        As in ``timm.create_model``: ``"resnet50"``, ``"vit_base_patch16_224.augreg_in21k"``.
    classes
        Class names in the order of outputs. By default ImageNet's; others are refused for weights
        that timm fetches, whose names are known.
    pretrained
        Fetch trained weights. False: random ones, a control.
    checkpoint
        A file with trained weights (``.safetensors``, ``.pt``, ``.pth``), instead of fetching
        them. Nothing in it is run.
    names
        ImageNet classes by readable ``"words"``, the same as in `hiertools.load_imagenet_tree`, or
        by WordNet ``"synsets"``. Classes beyond ImageNet-1k have synsets only.
    layer
        The head, where a model has several ("head", "head_dist").
    num_classes
        Number of outputs, where it is not the model's own.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    OptionError
        A name that timm does not know.
    FileFormatError
        Weights that can't be fetched or read.
    RepresentativesError
        A model without a head, with several, or whose classes have no names.
    """
    timm = require("timm", "timm")
    checks.option(names, NAMES, "names")
    trained = _boolean(pretrained, "pretrained") and checkpoint is None
    if not name.startswith(("hf-hub:", "hf_hub:", "local-dir:")) and not timm.is_model(name):
        near = checks.closest(name.partition(".")[0], timm.list_models())
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(f"timm {timm.__version__} has no model {name!r}.{hint}")
    options: dict[str, Any] = {}
    if num_classes is not None:
        options["num_classes"] = int(num_classes)
    arrays = checkpoint is not None and checkpoint.lower().endswith(".npz")  # no code in there
    if arrays:
        options["checkpoint_path"] = checkpoint
    try:
        with fetching(hub=trained):
            model = timm.create_model(name, pretrained=trained, **options)
    except Exception as cause:  # network, hub and shape errors of several libraries
        raise FileFormatError(
            f"the weights of the timm model {name!r} can't be loaded ({type(cause).__name__}: "
            f"{first_line(cause)}); give a file with checkpoint=, or pretrained=False for an "
            "untrained model."
        ) from cause
    if checkpoint is not None and not arrays:
        load_weights(model, checkpoint, f"timm:{name}")
    if layer is None:
        layer = _head_name(model, name)
    if not wants_indices(classes):
        own = _label_names(model, names)
        if own is None and classes is None:
            raise RepresentativesError(
                f"timm knows no class names for the {model.num_classes} outputs of {name!r}; pass "
                "classes=[...] (or a file with one name a line), or classes='indices'."
            )
        # Of other weights only the number of outputs is known.
        classes = class_list(classes, f"the timm model {name!r}", own, assumed=not trained)
    about = {"model": f"timm {name}", "pretrained": trained or checkpoint is not None}
    return from_module(model, classes, layer=layer, provenance={**about, "timm": timm.__version__})


def _head_name(model: Any, name: str) -> str | None:
    """Name of the module that timm calls the classifier."""
    head = model.get_classifier()
    heads = head if isinstance(head, tuple | list) else (head,)
    parts = {id(part): key for key, part in model.named_modules()}
    found = [
        parts[id(part)] for part in heads if id(part) in parts and type(part).__name__ != "Identity"
    ]
    if not found:
        raise RepresentativesError(f"the timm model {name!r} has no head (num_classes=0).")
    if len(found) > 1:
        raise RepresentativesError(
            f"the timm model {name!r} has {len(found)} heads: {checks.name_list(found)}; "
            "say which with layer=."
        )
    # A head may be more than a linear layer; what lies inside is searched.
    return found[0] if getattr(heads[0], "weight", None) is not None else None


def _label_names(model: Any, names: str) -> list[str] | None:
    own = (getattr(model, "pretrained_cfg", None) or {}).get("label_names")
    if own and len(own) == model.num_classes:
        return list(own)
    if model.num_classes == 1000:
        return imagenet_names(names)
    from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset

    subset = infer_imagenet_subset(model)
    return None if subset is None else list(ImageNetInfo(subset).label_names())


def _boolean(value: bool | str, what: str) -> bool:
    if isinstance(value, bool):
        return value
    return checks.option(str(value).lower(), ("true", "false"), what) == "true"
