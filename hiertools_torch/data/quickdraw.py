"""The drawings that ship with hiertools, as training data."""

from __future__ import annotations

import torch

from hiertools_torch.config.contradictions import listed
from hiertools_torch.config.options import WHOLE_SUBSETS
from hiertools_torch.data.base import RawData
from hiertools_torch.data.images import InMemory


def read_quickdraw(subset: str | None) -> RawData:
    """Return drawings, tree and the fixed split of 70 / 10 / 20 drawings a class."""
    from hiertools.datasets import load_quickdraw, load_quickdraw_tree

    names = subset or "100"
    chosen = names if names in WHOLE_SUBSETS else listed(names)
    data = load_quickdraw(chosen)
    return RawData(
        source=InMemory(torch.tensor(data.images).unsqueeze(1)),
        labels=data.labels,
        classes=data.classes,
        tree=load_quickdraw_tree(chosen),
        parts={"train": data.train, "validation": data.validation, "test": data.test},
    )
