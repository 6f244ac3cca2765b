"""Names for the 1000 outputs of ImageNet-1k classifiers, which all keep one order."""

from __future__ import annotations

from hiertools._core import checks
from hiertools._core.shipped import read_rows

NAMES = ("words", "synsets", "imagenet")
"""What ``names=`` may be; "imagenet" says which names they are, and means the words."""


def imagenet_names(names: str = "words") -> list[str]:
    """Return the class names of `hiertools.load_imagenet_tree`, in the order of classifiers.

    Examples
    --------
    >>> imagenet_names()[:2], imagenet_names("synsets")[:2]
    (['tench', 'goldfish'], ['n01440764', 'n01443537'])
    """
    column = "synset" if checks.option(names, NAMES, "names") == "synsets" else "class"
    return [row[column] for row in read_rows("imagenet_wordnet.csv")]
