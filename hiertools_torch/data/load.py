"""`load_data`: the data set that a config names, ready for the training loop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hiertools._core.checks import missing_classes, name_list
from hiertools._core.doors import door
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch.data.base import ImageData, RawData
from hiertools_torch.data.images import InMemory, in_memory
from hiertools_torch.data.own import OwnData, read_own
from hiertools_torch.data.splits import complete_parts, limit_per_class, random_parts

if TYPE_CHECKING:
    from hiertools import ClassTree
    from hiertools_torch.config import Config

__all__ = ["divided", "load_data", "read_data"]


@door
def load_data(config: Config, /, data: OwnData | None = None) -> ImageData:
    """Load the data set that a config names.

    Classes are sorted by name, those of own data in the order of their labels. A class of the data
    that the tree lacks is an error; tree classes that the data lack are left out with a note.

    Parameters
    ----------
    config : Config
        ``data``, ``root``, ``tree``, ``subset``, ``image_size``, ``channels``, ``validation``,
        ``test``, ``split``, ``split_seed`` (or ``seed``), ``train_per_class``, ``on_bad_image`` and
        ``cache`` matter.
    data : OwnData, optional
        What ``data="own"`` stands for.

    Returns
    -------
    ImageData
        Images, labels, tree and splits.

    Raises
    ------
    FileFormatError
        Files are missing, truncated or not of the format.
    ClassMismatchError
        The tree lacks a class of the data.

    Examples
    --------
    >>> from hiertools_torch import Config
    >>> data = load_data(Config(subset="cat,dog,car"))
    >>> data.classes, data.counts("train").tolist(), data.counts("test").tolist()
    (('car', 'cat', 'dog'), [70, 70, 70], [20, 20, 20])
    """
    return divided(config, read_data(config, data))


def read_data(config: Config, data: OwnData | None = None) -> RawData:
    """Read the data set that a config names, classes in the order of their labels.

    Raises
    ------
    FileFormatError
        Files are missing, truncated or not of the format; there are no images, or of one class.
    OptionError
        Own data have but one class, or are at odds with the config.
    """
    raw = _read(config, data)
    if not len(raw.labels):
        raise FileFormatError(f"{config.data}: there are no images in {config.root}.")
    if data is None:
        labels, classes = _sorted_classes(raw.labels, raw.classes)
        raw = replace(raw, labels=labels, classes=classes)
    if len(raw.classes) < 2:
        kind = FileFormatError if data is None else OptionError
        raise kind(
            f"{config.data}: all images are of one class, {raw.classes[0]!r}, and a classifier "
            "tells at least two apart."
        )
    return raw


def divided(config: Config, raw: RawData) -> ImageData:
    """Return data with their tree, and in the parts that a config asks for.

    Raises
    ------
    ClassMismatchError
        The tree lacks a class of the data.
    FileFormatError
        A class has no training image.
    OptionError
        There are no validation images, and the config needs some.
    """
    labels, classes = raw.labels, raw.classes
    tree, tree_notes = _tree_of(config, raw, classes)
    given = raw.parts
    if config.split == "paper":
        kept = {"test": given["test"]} if config.data == "cifar100" else {}
        given = kept | random_parts(
            len(labels), kept.get("test"), config.validation, config.test, config.seed
        )
    parts, split_notes = complete_parts(
        given, labels, classes,
        validation=config.validation, test=config.test, seed=config.split_seed,
    )  # fmt: skip
    if config.train_per_class is not None:
        parts["train"] = limit_per_class(
            parts["train"], labels, config.train_per_class, config.split_seed
        )
    watched = config.patience is not None and "validation" in config.monitor
    if watched and not len(parts["validation"]):
        raise OptionError(
            f"patience={config.patience} needs validation images, but {config.data} has none left; "
            "raise validation=, or leave patience out."
        )
    sizes = None
    if config.size_informed and raw.sizes is not None:
        sizes = np.log(raw.sizes).astype(np.float32)
    source = raw.source
    if config.cache and not isinstance(source, InMemory):
        source = in_memory(source, config.workers)
    return ImageData(
        name=config.data,
        source=source,
        labels=labels,
        classes=classes,
        tree=tree,
        parts=parts,
        log_sizes=sizes,
        notes=(*raw.notes, *tree_notes, *split_notes),
        digest=raw.digest,
    )


def _read(config: Config, data: OwnData | None) -> RawData:
    """Call the reader of the data set; each lives in its own module."""
    if (data is None) == (config.data == "own"):
        raise OptionError(
            "data='own' stands for an object that is given beside it, OwnData(...)."
            if data is None
            else f"own data were given, but the config says data={config.data!r}; it must be 'own'."
        )
    if data is not None:
        return read_own(data, side=config.pixels, planes=config.planes)
    if config.data == "quickdraw":
        from hiertools_torch.data.quickdraw import read_quickdraw

        return read_quickdraw(config.subset)
    if config.data == "emoji":
        from hiertools_torch.data.emoji import read_emoji

        return read_emoji(planes=config.planes)
    assert config.root is not None
    if config.data == "cifar100":
        from hiertools_torch.data.cifar import read_cifar100

        return read_cifar100(config.root, planes=config.planes)
    if config.data == "nabirds":
        from hiertools_torch.data.nabirds import read_nabirds

        return read_nabirds(
            config.root, side=config.pixels, planes=config.planes, on_bad=config.on_bad_image
        )
    from hiertools_torch.data.folders import read_folders

    return read_folders(
        config.root,
        side=config.pixels,
        planes=config.planes,
        on_bad=config.on_bad_image,
        nested=config.data != "folder",
    )


def _sorted_classes(
    labels: NDArray[np.int64], classes: tuple[str, ...]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    order = sorted(range(len(classes)), key=classes.__getitem__)
    rank = np.empty(len(classes), dtype=np.int64)
    rank[order] = np.arange(len(classes))
    return rank[labels], tuple(classes[i] for i in order)


def _tree_of(
    config: Config, raw: RawData, classes: tuple[str, ...]
) -> tuple[ClassTree, tuple[str, ...]]:
    """Return the tree of exactly these classes, in their order, and notes on what was cut."""
    import hiertools as ht
    from hiertools.trees.operations import in_order
    from hiertools.trees.sources import as_tree

    tree = raw.tree if config.tree is None else as_tree(config.tree)
    assert tree is not None
    place = config.tree or f"the tree of {config.data}"
    missing = [name for name in classes if name not in tree.class_index]
    if missing:
        raise missing_classes(
            missing, len(classes), place, tree.classes,
            "Add them to the tree, or rename the classes of one side.",
        )  # fmt: skip
    unused = sorted(set(tree.classes) - set(classes))
    notes: tuple[str, ...] = ()
    if unused:
        notes = (f"{len(unused)} tree classes have no images, left out: {name_list(unused)}",)
        tree = ht.restrict(tree, classes)
    return in_order(tree, classes), notes
