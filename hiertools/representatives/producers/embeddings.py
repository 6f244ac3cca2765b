"""prototypes: - one vector a class from the embeddings of its samples."""

from __future__ import annotations

import os

from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools._core.labels import labels_under
from hiertools._core.memory import require
from hiertools._core.npz import names_in, open_npz
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.producers._names import Names, class_list
from hiertools.representatives.prototypes import prototypes
from hiertools.representatives.representatives import ClassRepresentatives

TOO_MANY = "give labels from 0 to the number of classes, or their names."


@door
def from_embeddings(
    path: str | os.PathLike[str], /, *, classes: Names = None, method: str = "mean"
) -> ClassRepresentatives:
    """Compute prototypes from a ``.npz`` with ``embeddings`` (N, D) and ``labels`` (N,).

    Parameters
    ----------
    path
        The file; predictions saved with embeddings are one.
    classes
        Class names, for labels that are numbers. By default the file's ``classes``; others are
        refused where it has some.
    method
        ``"mean"`` or ``"medoid"``; see `hiertools.prototypes`.

    Returns
    -------
    ClassRepresentatives
        Kind "prototype" or "medoid", with the number of samples of each class in its provenance.

    Examples
    --------
    >>> import numpy as np
    >>> np.savez("train.npz", embeddings=np.eye(3), labels=["lynx", "lynx", "newt"])
    >>> from_embeddings("train.npz").provenance["samples"]
    {'lynx': 2, 'newt': 1}
    """
    require_file(path)
    with open_npz(path) as held:
        missing = [name for name in ("embeddings", "labels") if name not in held]
        if missing:
            raise FileFormatError(
                f"{path}: prototypes need the arrays 'embeddings' and 'labels'; it has "
                f"{', '.join(map(repr, held)) or 'none'}."
            )
        labels = held["labels"]
        found = names_in(held, path) if "classes" in held else None
        names: list[str] | None = None
        if classes is not None or found is not None or labels.dtype.kind not in "UO":
            names = class_list(classes, str(path), found)
            if names is None:
                if labels.dtype.kind not in "iu":
                    raise OptionError(
                        f"{path}: classes='indices' is for labels that are whole numbers, but "
                        f"these are an array of {labels.dtype}; leave classes= out."
                    )
                count = int(labels.max()) + 1 if labels.size else 0
                require(64.0 * count, f"{path}: the names of {count:,} classes", TOO_MANY)
                names = [str(i) for i in range(count)]
            elif found is not None:
                labels = labels_under(names, found, held, str(path)).get("labels", labels)
        return prototypes(held["embeddings"], labels, names, method=method)
