"""What a class is called in a picture: its name in the tree, where it has one beside its id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hiertools._core.checks import name_list
from hiertools.errors import OptionError
from hiertools.trees.tree import ClassTree

Labels = Mapping[str, str]
"""Names to show instead of those of classes; classes that it lacks keep their own."""


def class_labels(tree: ClassTree, labels: Labels | None = None) -> list[str]:
    """Return the name to show for each class of a tree.

    Parameters
    ----------
    tree : ClassTree
    labels : mapping of class to str, optional
        By default the label of the class's node. Classes with one label between them ("0295" and
        "0296" are both "Bald Eagle") are told apart by their own names.

    Returns
    -------
    list of str, length C

    Raises
    ------
    OptionError
        `labels` is no mapping, or holds no class of the tree.

    Examples
    --------
    >>> tree = ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> class_labels(tree, {"lynx": "Lynx lynx"})
    ['Lynx lynx', 'wolf', 'newt']
    """
    if labels is not None:
        if not isinstance(labels, Mapping):
            raise OptionError(f"labels must be a mapping of class names; got {labels!r}.")
        if labels and not set(labels) & set(tree.classes):
            raise OptionError(
                f"labels holds no class of the tree, but {name_list(map(str, labels))}; its keys "
                "must be class names."
            )
        return [str(labels.get(name, name)) for name in tree.classes]
    own = [tree.labels[node] or name for node, name in zip(tree.class_node, tree.classes)]
    count = Counter(own)
    return [
        label if label == name or count[label] == 1 else f"{label} ({name})"
        for label, name in zip(own, tree.classes, strict=True)
    ]
