"""Small worlds to train in, and operators that some builds of torchvision lack."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from hiertools._core.shipped import shipped
from hiertools.datasets.quickdraw import DRAWINGS_FILE

FEW = "cat,dog,car,bus,apple,banana"
"""Classes of drawings for quick trainings."""

TINY = {"subset": FEW, "width": 2, "dim": 8, "batch_size": 60, "train_per_class": 30}
"""Options of a training of a fraction of a second."""


def _define_missing_operators() -> torch.library.Library | None:
    """Let torchvision import beside a torch that its compiled part was not built for.

    Its Python part registers shapes for two operators that the compiled part defines. Nothing here
    calls them; they only have to exist.
    """
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return None
    for compiled in Path(spec.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(compiled))
        except OSError:
            continue
        return None
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


_OPERATORS = _define_missing_operators()


@pytest.fixture(autouse=True)
def _one_thread():
    """Train in one thread, so that workers of the test run don't compete."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def drawings(tmp_path_factory) -> Path:
    """Write the drawings that ship without compression: to unpack them takes half a training."""
    path = tmp_path_factory.mktemp("unpacked") / DRAWINGS_FILE
    with np.load(shipped(DRAWINGS_FILE)) as packed:
        np.savez(path, **packed)
    return path


@pytest.fixture(autouse=True)
def _drawings_unpacked_once(drawings):
    """Read drawings from there; processes that tests start read what ships."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "hiertools.datasets.quickdraw.shipped",
            lambda name: drawings if name == DRAWINGS_FILE else shipped(name),
        )
        yield


@pytest.fixture
def tiny() -> dict:
    """Options of a training that takes a fraction of a second."""
    return dict(TINY)


@pytest.fixture
def picture():
    """Write an image file of random pixels; return its path."""
    from PIL import Image

    def write(path: Path, size: tuple[int, int] = (9, 7), seed: int = 0) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write
