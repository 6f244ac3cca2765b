"""The trees that ship with the package, by name: ``"shipped:imagenet"``.

In Python `hiertools.load_imagenet_tree`, `load_quickdraw_tree`, `load_emoji_tree` and
`load_paper_tree` give the same.
"""

from __future__ import annotations

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.shipped import read_rows, shipped
from hiertools.errors import OptionError
from hiertools.trees.files import read_tree
from hiertools.trees.operations import rename_classes, restrict, sort_classes
from hiertools.trees.tree import ClassTree

__all__ = ["PAPER_TREES", "SHIPPED", "from_shipped", "imagenet_tree", "quickdraw_tree"]

PAPER_TREES = ("cifar100", "nabirds", "micros", "microl", "mesoz")
"""Names of the trees of the paper, as its data sets are called in lower case."""

IMAGENET = "imagenet_wordnet.csv"

SHIPPED = ("imagenet", "quickdraw", "emoji", *PAPER_TREES)

OPTIONS = {
    "imagenet": ("names", ("words", "synsets")),
    "quickdraw": ("subset", ("100", "all")),
}
"""The option of a tree, and its values, the first by default."""


@door
def from_shipped(name: str, /, *, names: str | None = None, subset: str | None = None) -> ClassTree:
    """Return a tree that ships with the package.

    Parameters
    ----------
    name
        "imagenet" (WordNet), "quickdraw", "emoji", or one of the paper: "cifar100", "nabirds",
        "micros", "microl", "mesoz".
    names
        Of ImageNet, classes by readable "words" or by "synsets".
    subset
        Of Quick, Draw!, "100" classes or "all".

    Returns
    -------
    ClassTree

    Raises
    ------
    OptionError
        A name that is not known, or an option that the tree does not have.

    Examples
    --------
    >>> from_shipped("cifar100")
    ClassTree(100 classes, 131 nodes, 4 levels)
    """
    checks.option(name, SHIPPED, "the name of a shipped tree")
    own, values = OPTIONS.get(name, ("", ()))
    for option, given in (("names", names), ("subset", subset)):
        if given is None:
            continue
        if option != own:
            other = f"it has {own!r}" if own else "it has none"
            raise OptionError(f"shipped:{name} has no option {option!r}; {other}.")
        checks.option(given, values, option)
    if name == "imagenet":
        return imagenet_tree(names or "words")
    if name == "quickdraw":
        tree = quickdraw_tree()
        if subset != "all":
            chosen = shipped("quickdraw_100.txt").read_text(encoding="utf-8").splitlines()
            tree = restrict(tree, sorted(chosen))
        return sort_classes(tree)
    if name == "emoji":
        return read_tree(shipped("emoji_tree.csv"))
    # The paper's trees have groups such as "Incertae sedis", and its numbers are made with them.
    return read_tree(shipped(f"paper_{name}.csv"), missing=[])


def imagenet_tree(names: str) -> ClassTree:
    """Return WordNet's tree of ImageNet-1k, its classes by "words" or by "synsets"."""
    tree = read_tree(shipped(IMAGENET))
    if names == "words":
        return tree
    return rename_classes(tree, {row["class"]: row["synset"] for row in read_rows(IMAGENET)})


def quickdraw_tree() -> ClassTree:
    """Return the tree of all classes of Quick, Draw!."""
    return read_tree(shipped("quickdraw_tree.csv"))
