"""random-cnn: - prototypes from an untrained network, the control that training has to beat."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.folders import listed_below
from hiertools._core.labels import label_array
from hiertools._core.memory import refuse_lack
from hiertools._core.pictures import planes_of
from hiertools.errors import FileFormatError, OptionError, PredictionsError
from hiertools.representatives.producers._names import Names, class_list
from hiertools.representatives.producers.registry import require
from hiertools.representatives.prototypes import PrototypeAccumulator
from hiertools.representatives.representatives import ClassRepresentatives

if TYPE_CHECKING:
    import torch

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
BATCH = 64


@door
def random_prototypes(
    images: NDArray[Any],
    labels: Sequence[str] | NDArray[Any],
    /,
    classes: Names = None,
    *,
    architecture: str = "small",
    seed: int = 0,
) -> ClassRepresentatives:
    """Compute the prototypes of an untrained network: what its architecture alone knows.

    Parameters
    ----------
    images : ndarray, shape (N, H, W) or (N, H, W, channels)
        Whole numbers 0 to 255, or real numbers.
    labels : array_like, shape (N,)
        Class names, or positions in `classes`.
    classes
        Class names, needed where labels are numbers.
    architecture
        ``"small"``, four convolutions of our own; or the name of a timm model.
    seed
        Of the random weights.

    Returns
    -------
    ClassRepresentatives
        Kind "random-cnn".

    Raises
    ------
    PredictionsError
        Images of a shape that is none.
    OptionError
        An architecture that is unknown.
    """
    names = None if classes is None else class_list(classes, "images")
    array = np.ascontiguousarray(checks.real_array(images, "images", PredictionsError))
    given = label_array(labels, "labels")
    if array.ndim not in (3, 4) or array.dtype.kind not in "uif" or array.size == 0:
        raise PredictionsError(
            "images must be numbers of shape (N, H, W) or (N, H, W, channels); got shape "
            f"{array.shape} of {array.dtype}."
        )
    if len(given) != len(array):
        raise PredictionsError(f"{len(array)} images but {len(given)} labels; give each image one.")
    if names is None:
        if given.dtype.kind != "U":
            raise PredictionsError("labels are numbers, so pass their names: classes=[...].")
        names = sorted(set(given.tolist()))
    batches = (
        (array[start : start + BATCH], given[start : start + BATCH])
        for start in range(0, len(array), BATCH)
    )
    return _run(batches, names, architecture, seed)


def from_random_cnn(
    architecture: str,
    *,
    images: str | None = None,
    size: int | str = 64,
    seed: int | str = 0,
    limit: int | str | None = None,
) -> ClassRepresentatives:
    """Compute the prototypes of an untrained network on a folder of images, one folder a class.

    Parameters
    ----------
    architecture
        ``"small"``, four convolutions of our own; or the name of a timm model.
    images
        The folder. Classes are its subfolders at any depth that hold images, by their names.
    size
        Images are scaled to this many pixels a side.
    seed
        Of the random weights.
    limit
        Use at most this many images a class, the first by name.

    Returns
    -------
    ClassRepresentatives
        Kind "random-cnn".
    """
    if images is None:
        raise OptionError(
            "random-cnn: needs images to make prototypes of; write "
            f"'random-cnn:{architecture}?images=path/to/folder'."
        )
    most = None if limit is None else checks.whole_number(int(limit), "limit", least=1)
    files = _image_files(named_path(images, "the path of the images"), most)
    side = checks.whole_number(int(size), "size", least=8)
    return _run(_read_batches(files, side), list(files), architecture, int(seed))


def _image_files(folder: Path, most: int | None) -> dict[str, list[Path]]:
    if not folder.is_dir():
        raise FileFormatError(f"there is no folder {str(folder)!r}.")
    found: dict[str, list[Path]] = {}
    homes: dict[str, Path] = {}
    below = [Path(held.path) / name for held in listed_below(folder) for name in held.files]
    for path in sorted(below):
        if path.suffix.lower() not in ENDINGS or path.parent == folder:
            continue
        name = path.parent.name
        if homes.setdefault(name, path.parent) != path.parent:
            raise FileFormatError(
                f"{str(folder)!r} has two folders of images called {name!r}; rename one of them."
            )
        found.setdefault(name, []).append(path)
    if not found:
        raise FileFormatError(f"{str(folder)!r} has no folders of images ({', '.join(ENDINGS)}).")
    return {name: paths[:most] for name, paths in found.items()}


def _read_batches(
    files: dict[str, list[Path]], size: int
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    pil = require("PIL.Image", "random-cnn")
    listed = [(path, name) for name, paths in files.items() for path in paths]
    for start in range(0, len(listed), BATCH):
        part = listed[start : start + BATCH]
        pixels = []
        for path, _ in part:
            try:
                with pil.open(path) as image:
                    pixels.append(np.asarray(planes_of(image, "RGB").resize((size, size))))
            except Exception as cause:  # noqa: BLE001  (a damaged image can raise nearly anything)
                refuse_lack(cause, f"{path}: reading it")
                raise FileFormatError(f"{path}: is no readable image: {cause}.") from None
        yield np.stack(pixels), np.array([name for _, name in part])


def _run(
    batches: Iterator[tuple[NDArray[Any], NDArray[Any]]],
    names: Sequence[str],
    architecture: str,
    seed: int,
) -> ClassRepresentatives:
    torch = require("torch", "random-cnn")
    network = None
    accumulator = PrototypeAccumulator(names)
    for pixels, labels in batches:
        values = torch.as_tensor(pixels[..., None] if pixels.ndim == 3 else pixels)
        values = values.permute(0, 3, 1, 2).float()
        if pixels.dtype == np.uint8:
            values = values / 255
        if network is None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                network = _network(architecture, values.shape[1]).eval()
        with torch.inference_mode():
            accumulator.update(network(values).double().numpy(), labels)
    found = accumulator.result()
    return ClassRepresentatives(
        found.as_given,
        found.classes,
        "random-cnn",
        {**found.provenance, "architecture": architecture, "seed": seed},
    )


def _network(architecture: str, channels: int) -> torch.nn.Module:
    from torch import nn

    if architecture == "small":
        layers: list[nn.Module] = []
        widths = (channels, 32, 64, 128, 128)
        for before, after in itertools.pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.GroupNorm(8, after), nn.ReLU()]
            layers.append(nn.AvgPool2d(2, ceil_mode=True))
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    timm: Any = require("timm", "timm")
    if not timm.is_model(architecture):
        near = checks.closest(architecture, ["small", *timm.list_models()])
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"random-cnn knows 'small' and timm's models, not {architecture!r}.{hint}"
        )
    model: nn.Module = timm.create_model(
        architecture, pretrained=False, num_classes=0, in_chans=channels
    )
    return model
