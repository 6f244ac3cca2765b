"""transformers: - the head of a classifier of images, text or sound."""

from __future__ import annotations

import os
from typing import Any

from hiertools._core.broken import first_line
from hiertools._core.doors import door
from hiertools._core.fetching import fetching
from hiertools.errors import FileFormatError, RepresentativesError
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.torch_models import from_module
from hiertools.representatives.representatives import ClassRepresentatives


@door
def from_transformers(
    path: str, /, *, classes: Names = None, layer: str | None = None
) -> ClassRepresentatives:
    """Read the head of a transformers classifier.

    Parameters
    ----------
    path
        A folder that ``save_pretrained`` wrote, or a name on the hub. Code that comes with a model
        is never run.
    classes
        Class names in the order of outputs, for a model whose own (``id2label``) are mere numbers
        ("LABEL_0"); others are refused where it has some.
    layer
        The head, where a model has several ("classifier", "distillation_classifier").

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    FileFormatError
        A model that can't be loaded.
    RepresentativesError
        A model that is no classifier, names that are mere numbers ("LABEL_0"), several heads.
    """
    transformers = require("transformers", "transformers")
    try:
        with fetching(hub=not os.path.exists(path)):
            config = transformers.AutoConfig.from_pretrained(path, trust_remote_code=False)
            kind = _architecture(transformers, config, path)
            model = kind.from_pretrained(path, config=config)
    except RepresentativesError:
        raise
    except Exception as cause:  # hub, network and format errors of several libraries
        raise FileFormatError(
            f"the transformers model {path!r} can't be loaded ({type(cause).__name__}: "
            f"{first_line(cause)}); give the folder of a saved model."
        ) from cause
    return from_module(
        model,
        classes,
        layer=layer,
        provenance={
            "model": f"transformers {path}",
            "architecture": type(model).__name__,
            "transformers": transformers.__version__,
        },
    )


def _architecture(transformers: Any, config: Any, path: str) -> Any:
    names = list(getattr(config, "architectures", None) or [])
    for name in names:
        if "Classification" in name and hasattr(transformers, name):
            return getattr(transformers, name)
    raise RepresentativesError(
        f"the transformers model {path!r} is no classifier (architectures: {names}); for text "
        "encoders use sentence-transformers:, for image encoders prototypes of its embeddings."
    )
