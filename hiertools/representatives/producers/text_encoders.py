"""sentence-transformers: - what a text encoder makes of the class names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.broken import first_line
from hiertools._core.directions import unit_vectors
from hiertools._core.doors import door
from hiertools._core.fetching import fetching
from hiertools._core.files import is_readable
from hiertools._core.own_names import names_in_order
from hiertools._core.text_files import read_text
from hiertools.errors import FileFormatError, OptionError, RepresentativesError
from hiertools.representatives.producers._names import Names, class_list, wants_indices
from hiertools.representatives.producers.registry import require
from hiertools.representatives.representatives import ClassRepresentatives

PHOTO_TEMPLATES = (
    "a photo of a {}.",
    "a blurry photo of a {}.",
    "a close-up photo of a {}.",
    "a photo of one {}.",
    "a photo of many {}.",
    "a drawing of a {}.",
    "itap of a {}.",
)
"""Templates in the manner of CLIP's for ImageNet: ``templates="photo"``."""


@door
def from_texts(
    encode: Callable[[list[str]], Any],
    /,
    classes: Sequence[str],
    *,
    templates: str | Sequence[str] = "{}",
    texts: Mapping[str, str] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> ClassRepresentatives:
    """Embed class names with any text encoder.

    Each class is the normalised mean, over the templates, of its normalised embeddings.

    Parameters
    ----------
    encode
        Takes a list of texts, returns their embeddings, shape (number of texts, D).
    classes
        Class names.
    templates
        Sentences with ``{}`` where the name goes; ``"photo"`` stands for `PHOTO_TEMPLATES`.
    texts
        What to call a class in a sentence, by class name. By default its name, underscores read as
        blanks.

    Returns
    -------
    ClassRepresentatives
        Kind "text embedding".

    Raises
    ------
    OptionError
        A template without ``{}``, texts for classes that aren't there.
    RepresentativesError
        Embeddings of the wrong shape, without direction, or not finite.

    Examples
    --------
    >>> found = from_texts(lambda texts: [[len(text), 1.0] for text in texts], ["ox", "wild_boar"])
    >>> found.vectors.round(2)
    array([[0.89, 0.45],
           [0.99, 0.11]])
    """
    names = names_in_order(classes, "classes", RepresentativesError)
    if not names:
        raise RepresentativesError("there are no classes to encode; give their names.")
    chosen = _templates(templates)
    called = {name: name.replace("_", " ") for name in names}
    unknown = sorted(map(str, set(texts or {}) - set(called)))
    if unknown:
        raise OptionError(f"texts= names classes that aren't there: {checks.name_list(unknown)}.")
    odd = [value for value in (texts or {}).values() if not isinstance(value, str)]
    if odd:
        raise OptionError(f"texts= must give text for a class; got {checks.name_list(odd)}.")
    called.update(texts or {})
    total: NDArray[np.float64] | None = None
    for template in chosen:
        written = [template.replace("{}", called[name]) for name in names]
        vectors = checks.numeric(encode(written), "text embeddings", RepresentativesError)
        if vectors.ndim != 2 or len(vectors) != len(names):
            raise RepresentativesError(
                f"the text encoder must return one vector a text, {len(names)} of them; it "
                f"returned an array of shape {vectors.shape}."
            )
        unit = _unit(vectors, names)
        total = unit if total is None else total + unit
    assert total is not None
    return ClassRepresentatives(
        _unit(total, names),
        names,
        "text embedding",
        {**(provenance or {}), "templates": list(chosen)},
    )


@door
def from_sentence_transformers(
    path: str,
    /,
    *,
    classes: Names = None,
    templates: str | Sequence[str] = "{}",
    texts: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> ClassRepresentatives:
    """Embed class names with a sentence-transformers model.

    Parameters
    ----------
    path
        The folder of a model, or its name on the hub. Code that comes with a model is never run.
    classes
        Class names: a list, or a file with one name a line.
    templates, texts
        As in `from_texts`; a file with one template a line may be given too.
    device
        Where to compute.

    Returns
    -------
    ClassRepresentatives
        Kind "text embedding".

    Raises
    ------
    FileFormatError
        A model that can't be loaded.
    """
    if classes is None or wants_indices(classes):
        raise RepresentativesError(
            "sentence-transformers: embeds class names, so it needs them; pass classes=[...] or a "
            "file with one name a line."
        )
    library = require("sentence_transformers", "sentence-transformers")
    try:
        with fetching(hub=not os.path.exists(path)):
            model = library.SentenceTransformer(path, device=device, trust_remote_code=False)
    except Exception as cause:  # hub, network and format errors of several libraries
        raise FileFormatError(
            f"the sentence-transformers model {path!r} can't be loaded ({type(cause).__name__}: "
            f"{first_line(cause)}); give the folder of a saved model."
        ) from cause
    names = class_list(classes, path)
    assert names is not None
    return from_texts(
        lambda batch: model.encode(batch, show_progress_bar=False, convert_to_numpy=True),
        names,
        templates=templates,
        texts=texts,
        provenance={
            "model": f"sentence-transformers {Path(path).name}",
            "sentence_transformers": library.__version__,
        },
    )


def _templates(templates: str | Sequence[str]) -> tuple[str, ...]:
    if isinstance(templates, str):
        if templates == "photo":
            return PHOTO_TEMPLATES
        if "{}" not in templates and is_readable(templates):
            templates = [line for line in read_text(templates).splitlines() if line]
        else:
            templates = (templates,)
    templates = tuple(templates)
    wrong = [template for template in templates if "{}" not in template]
    if wrong or not templates:
        raise OptionError(
            f"a template needs {{}} where the class name goes; got {checks.name_list(wrong)}."
        )
    return templates


def _unit(vectors: Floats, names: Sequence[str]) -> Floats:
    return unit_vectors(
        vectors,
        refusal=lambda flat: RepresentativesError(
            f"the embeddings of {flat.size} classes have no direction: "
            f"{checks.name_list([names[int(i)] for i in flat])}."
        ),
    )
