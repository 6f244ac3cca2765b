"""`OwnData`: map-style datasets of a user's own, as the training loop takes images."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import ConcatDataset, Dataset, Subset

from hiertools._core.doors import behind_doors
from hiertools._core.own_names import names_in_order
from hiertools._core.pictures import RangelessError, planes_of
from hiertools.errors import ClassMismatchError, HiertoolsError, OptionError
from hiertools.trees.sources import as_tree
from hiertools_torch._core.randomness import keyed_randomness
from hiertools_torch.data.base import RawData
from hiertools_torch.data.loading import fetched

__all__ = ["OwnData", "OwnImages", "class_path", "read_own"]

LOOKED_AT = 16
"""So many images, evenly spread, decide the digest of own data."""


@behind_doors
class OwnData:
    """Datasets of your own, for `hiertools_torch.train`.

    Each is a map-style dataset of PyTorch: it has a length, and ``dataset[i]`` gives an image and a
    label. An image is one of PIL, or a tensor (planes, height, width) of uint8, or of floats that
    are taken as they are; a label is a number (label i is ``classes[i]``) or a name. What a dataset
    draws at random (of torch, numpy or Python) is decided by the run's seed, the epoch and the
    position, in whichever process it happens.

    Parameters
    ----------
    train : dataset
        Images to train with.
    validation, test : dataset, optional
        The other parts; what is missing is drawn from `train` class by class, as
        ``validation=0.1, test=0.2, split_seed=0`` of `hiertools_torch.Config` say.
    classes : sequence of str, optional
        Names of the classes in the order of their labels; by default ``train.classes``, which
        datasets of torchvision have.
    tree
        Their class tree, or whatever else `hiertools.as_tree` takes.

    Examples
    --------
    >>> class Squares(torch.utils.data.Dataset):
    ...     classes = ("white", "grey", "black")
    ...     def __len__(self): return 60
    ...     def __getitem__(self, i): return torch.full((1, 28, 28), 1 - i % 3 / 2), i % 3
    >>> data = OwnData(Squares(), tree="((white,grey),black);")
    >>> import hiertools_torch, tempfile
    >>> run = hiertools_torch.train(data=data, epochs=1, width=2, out=tempfile.mkdtemp())
    >>> run.config.data, run.config.image_size, run.predictions().classes
    ('own', 28, ('white', 'grey', 'black'))
    """

    def __init__(
        self,
        train: Any,
        validation: Any = None,
        test: Any = None,
        *,
        classes: Sequence[str] | None = None,
        tree: Any,
    ) -> None:
        given = {"train": train, "validation": validation, "test": test}
        self.parts = {name: part for name, part in given.items() if part is not None}
        for name, part in self.parts.items():
            if not (hasattr(part, "__len__") and hasattr(part, "__getitem__")):
                raise OptionError(
                    f"OwnData(): {name} must be a map-style dataset, with a length and items by "
                    f"number; got {type(part).__name__}."
                )
            if not len(part) and name == "train":
                raise OptionError("OwnData(): train is empty; there must be images to train with.")
        if classes is None:
            classes = getattr(train, "classes", None)
            if classes is None:
                raise OptionError(
                    f"OwnData(): {type(train).__name__} has no attribute classes; name the "
                    "classes in the order of their labels, classes=[...]."
                )
        self.classes = names_in_order(classes, "classes", ClassMismatchError)
        self.tree = as_tree(tree)

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(part)} for {name}" for name, part in self.parts.items())
        return f"OwnData({len(self.classes)} classes, images: {parts})"

    def shape(self) -> tuple[int, int, int]:
        """Return planes, height and width of the first image."""
        name = next(name for name, part in self.parts.items() if len(part))
        planes, height, width = pixels_of(_item(self.parts[name], 0, name)[0], name, 0, None).shape
        return planes, height, width


class OwnImages(Dataset[Tensor]):
    """The images of all parts one after the other, scaled to a square when they are asked for."""

    def __init__(
        self, parts: Mapping[str, Any], labels: NDArray[np.int64], classes: tuple[str, ...],
        side: int, planes: int,
    ) -> None:  # fmt: skip
        self.parts = dict(parts)
        self.starts = np.cumsum([0, *(len(part) for part in parts.values())]).tolist()
        self.labels, self.classes = labels, classes
        self.numbers = {name: number for number, name in enumerate(classes)}
        self.side, self.planes = side, planes

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, key: tuple[int, ...]) -> Tensor:
        """Return the image of a position, which is the last number of the key."""
        position = key[-1]
        which = bisect_right(self.starts, position) - 1
        name, place = list(self.parts)[which], position - self.starts[which]
        with keyed_randomness(*key):
            image, label = _item(self.parts[name], place, name)
            pixels = pixels_of(image, name, place, self.planes)
        number = number_of(label, self.numbers, name, place)
        if number != self.labels[position]:
            raise OptionError(
                f"{_place(name, place)} has the label {self.classes[number]!r}, and had "
                f"{self.classes[self.labels[position]]!r} before (its dataset's `targets`, where "
                "it has some); a label must not change."
            )
        if pixels.shape[1:] != (self.side, self.side):
            pixels = _scaled(pixels, self.side)
        return pixels

    def batches(
        self, positions: Sequence[NDArray[np.int64]], workers: int, key: tuple[int, ...] = ()
    ) -> Iterator[Tensor]:
        """Yield the images of each array of positions."""
        yield from fetched(self, [[(*key, int(i)) for i in where] for where in positions], workers)

    def identity(self) -> Iterator[bytes]:
        """Yield the length of each part, and some images."""
        yield repr([(name, len(part)) for name, part in self.parts.items()]).encode()
        n = len(self)
        for position in sorted({i * (n - 1) // (LOOKED_AT - 1) for i in range(LOOKED_AT)}):
            yield np.ascontiguousarray(self[(position,)].numpy()).tobytes()


def read_own(data: OwnData, *, side: int, planes: int) -> RawData:
    """Read the labels of own data, and find its images when they are asked for."""
    labels = [_labels(part, data.classes, name) for name, part in data.parts.items()]
    together = np.concatenate(labels)
    starts = np.cumsum([0, *map(len, labels)])
    return RawData(
        source=OwnImages(data.parts, together, data.classes, side, planes),
        labels=together,
        classes=data.classes,
        tree=data.tree,
        parts={
            name: np.arange(starts[i], starts[i + 1], dtype=np.int64)
            for i, name in enumerate(data.parts)
        },
    )


def class_path(thing: object) -> str:
    """Return where the class of an object (or a function) is found, for a run to write it down."""
    kind = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def _labels(part: Any, classes: tuple[str, ...], name: str) -> NDArray[np.int64]:
    """Return the class numbers of a dataset: its ``targets``, or else those of all its items."""
    told = _targets(part)
    if told is None or len(told) != len(part):
        told = []
        for place in range(len(part)):
            with keyed_randomness(place):
                told.append(_item(part, place, name)[1])
    numbers = {name: number for number, name in enumerate(classes)}
    found = [number_of(label, numbers, name, place) for place, label in enumerate(told)]
    return np.array(found, dtype=np.int64)


def _targets(part: Any) -> Sequence[Any] | None:
    """Return the labels that a dataset of torchvision, or of such, keeps."""
    if isinstance(part, Subset):
        whole = _targets(part.dataset)
        return None if whole is None else [whole[i] for i in part.indices]
    if isinstance(part, ConcatDataset):
        found = [_targets(each) for each in part.datasets]
        if any(each is None for each in found):
            return None
        return [label for each in found if each is not None for label in each]
    if getattr(part, "target_transform", None) is not None:
        return None
    told = getattr(part, "targets", None)
    return told.tolist() if isinstance(told, Tensor | np.ndarray) else told


def _place(name: str, place: int) -> str:
    return f"item {place} of the own {name} data"


def _item(part: Any, place: int, name: str) -> tuple[Any, Any]:
    try:
        item = part[place]
    except HiertoolsError:
        raise
    except Exception as cause:
        raise OptionError(
            f"{_place(name, place)} can't be had: {type(cause).__name__}: {cause}."
        ) from cause
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise OptionError(
            f"{_place(name, place)} must be an image and a label; got {type(item).__name__}."
        )
    return item[0], item[1]


def number_of(label: Any, numbers: Mapping[str, int], name: str, place: int) -> int:
    """Return the class number of a label, which is a number or a name."""
    if isinstance(label, str) and label in numbers:
        return numbers[label]
    if not isinstance(label, str | bool | float):
        try:
            number = int(label)
        except (TypeError, ValueError, RuntimeError):
            number = -1
        if 0 <= number < len(numbers):
            return number
    raise OptionError(
        f"{_place(name, place)} has the label {label!r}; it must be the name of a class, or a "
        f"number from 0 to {len(numbers) - 1}."
    )


def pixels_of(image: Any, name: str, place: int, planes: int | None) -> Tensor:
    """Return an image as a tensor (planes, height, width) of uint8 or floats."""
    from PIL import Image

    if isinstance(image, Image.Image):
        grey = image.mode in ("1", "L", "I", "F") or image.mode.startswith("I;")
        wanted = planes or (1 if grey else 3)
        try:
            eight = planes_of(image, "L" if wanted == 1 else "RGB")
        except RangelessError as cause:
            raise OptionError(
                f"{_place(name, place)} can't be used: {cause}; scale it to 8 or 16 bits."
            ) from None
        array = np.asarray(eight, dtype=np.uint8)
        return torch.from_numpy(array.reshape(*array.shape[:2], wanted).transpose(2, 0, 1).copy())
    if not isinstance(image, Tensor) or image.ndim != 3:
        seen = f"a tensor of shape {tuple(image.shape)}" if isinstance(image, Tensor) else None
        raise OptionError(
            f"{_place(name, place)} has {seen or type(image).__name__} for an image; it must be "
            "one of PIL, or a tensor (planes, height, width)."
        )
    if len(image) not in ((1, 3) if planes is None else (planes,)):
        wanted_planes = "1 or 3" if planes is None else f"{planes}, as channels= or the first image"
        raise OptionError(
            f"{_place(name, place)} has {len(image)} colour planes; it must have {wanted_planes}."
        )
    if image.dtype != torch.uint8 and not image.is_floating_point():
        raise OptionError(
            f"{_place(name, place)} is of {image.dtype}; it must be of uint8, or of floats."
        )
    return image if image.dtype == torch.uint8 else image.float()


def _scaled(pixels: Tensor, side: int) -> Tensor:
    scaled = F.interpolate(pixels[None].float(), (side, side), mode="bilinear", antialias=True)[0]
    if pixels.dtype != torch.uint8:
        return scaled
    return scaled.round().clamp(0, 255).to(torch.uint8)
