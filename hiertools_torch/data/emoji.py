"""The emoji that ship with hiertools, as training data."""

from __future__ import annotations

import numpy as np
import torch

from hiertools_torch.data.base import RawData
from hiertools_torch.data.images import InMemory, grey


def read_emoji(*, planes: int = 3) -> RawData:
    """Return drawings of emoji, Unicode's tree, and the fixed split by emoji."""
    from hiertools.datasets import load_emoji, load_emoji_tree

    data = load_emoji()
    images = np.moveaxis(data.images, 3, 1).copy()
    return RawData(
        source=InMemory(torch.from_numpy(grey(images) if planes == 1 else images)),
        labels=data.labels,
        classes=data.classes,
        tree=load_emoji_tree(),
        parts={"train": data.train, "validation": data.validation, "test": data.test},
    )
