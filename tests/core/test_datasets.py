"""The shipped ImageNet head and tree, and that every shipped file is what is documented."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

import hiertools as ht
from hiertools._core.shipped import DATA, shipped
from hiertools.datasets import imagenet_synsets

LICENSES = DATA.parent / "licenses"
MAKE = Path(__file__).parents[2] / "hiertools" / "datasets" / "make"
CHECKSUMS = json.loads((DATA / "checksums.json").read_text())


def content_hash(path: Path) -> str:
    """SHA-256 of a text's bytes; of an archive, of each array's name, type, shape and bytes."""
    if path.suffix != ".npz":
        return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    digest = hashlib.sha256()
    with np.load(path, allow_pickle=False) as file:
        for name in sorted(file.files):
            array = file[name]
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
def test_shipped_content_is_what_the_scripts_made(name):
    assert content_hash(DATA / name) == CHECKSUMS[name]


def test_each_shipped_file_is_small_and_its_licence_told():
    notice = (LICENSES / "NOTICE.txt").read_text(encoding="utf-8")
    for path in DATA.iterdir():
        assert path.stat().st_size < 6e6
        assert f"data/{path.name}" in notice
    for other in re.findall(r"\(([\w.-]+\.txt)\)", notice):
        assert (LICENSES / other).is_file()


def test_the_scripts_hash_content_as_this_test_does(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(MAKE))
    import _common

    arrays = {"b": np.arange(6).reshape(2, 3), "a": np.array(["x", "yz"])}
    (tmp_path / "a.npz").write_bytes(_common.npz_bytes(arrays))
    assert _common.npz_bytes(arrays) == _common.npz_bytes(arrays)
    assert content_hash(tmp_path / "a.npz") == _common.content_hash(arrays)
    (tmp_path / "a.csv").write_bytes(b"class,lineage\n")
    assert content_hash(tmp_path / "a.csv") == _common.content_hash(b"class,lineage\n")


def test_first_hypernyms_are_followed(monkeypatch):
    monkeypatch.syspath_prepend(str(MAKE))
    from wordnet_tree import read_nouns

    text = (
        "  1 This software and database is being provided to you\n"
        "00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | all there is\n"
        "00000002 03 n 02 living_thing 0 animate_thing 0 001 @ 00000001 n 0000 | a being\n"
        "00000003 05 n 0a tabby 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 003 #m 00000009 n 0000 "
        "@ 00000002 n 0000 @ 00000001 n 0000 | a cat; has | bars\n"
        "00000004 15 n 01 Felix 0 001 @i 00000003 n 0000 | one cat\n"
    )
    words, hypernym = read_nouns(text)
    assert words["n00000002"] == "living thing"
    assert hypernym == {
        "n00000002": "n00000001",
        "n00000003": "n00000002",
        "n00000004": "n00000003",
    }


def test_a_missing_file_is_named():
    with pytest.raises(ht.FileFormatError, match=r"nothing\.npz is missing .* install hiertools"):
        shipped("nothing.npz")


def test_head():
    head = ht.load_imagenet_head()
    assert head.vectors.shape == (1000, 1280)
    assert head.kind == "weights"
    assert (head.vectors == head.vectors.astype(np.float16)).all()
    assert {"model", "layer", "source", "source_sha256", "licence"} <= set(head.provenance)
    assert head.classes[:2] == ("tench", "goldfish")
    assert head.classes[-1] == "toilet tissue"
    # The file is an ordinary file of representatives.
    assert ht.read_representatives(DATA / "imagenet_head.npz") == head


def test_tree():
    tree = ht.load_imagenet_tree()
    depth = tree.depth[tree.class_node]
    assert (tree.n_nodes, depth.min(), depth.max()) == (1808, 4, 18)
    assert (tree.subtree_size[tree.class_node] == 1).all()
    assert ht.node_path(tree, tree.class_node[1])[-3:] == (
        "cypriniform fish",
        "cyprinid",
        "goldfish",
    )
    # The file is an ordinary table of lineages.
    assert ht.read_tree(DATA / "imagenet_wordnet.csv") == tree


def test_head_and_tree_have_the_same_classes():
    words, synsets = ht.load_imagenet_tree().classes, ht.load_imagenet_tree("synsets").classes
    assert words == ht.load_imagenet_head().classes
    assert synsets == ht.load_imagenet_head("synsets").classes
    assert dict(zip(words, synsets, strict=True)) == imagenet_synsets()


def test_names_are_readable_and_distinct():
    synset = imagenet_synsets()
    assert len({name.casefold() for name in synset}) == len(set(synset.values())) == 1000
    assert all(re.fullmatch(r"n\d{8}", one) for one in synset.values())
    assert all(re.fullmatch(r"[A-Za-z' ()-]+", name) for name in synset)
    assert synset["crane (bird)"] == "n02012849"
    assert synset["crane (machine)"] == "n03126707"
    assert synset["maillot (tights)"] == "n03710637"
    assert synset["maillot (swimsuit)"] == "n03710721"
    assert synset["Cardigan Welsh corgi"] == "n02113186"


def test_no_two_children_of_a_node_share_a_name():
    tree = ht.load_imagenet_tree()
    pairs = set(zip(tree.parent.tolist(), (name.casefold() for name in tree.labels), strict=True))
    assert len(pairs) == tree.n_nodes
    assert all(tree.labels[1:])


def test_the_head_knows_something_of_the_tree():
    """Measured when the file was made: 0.2177; relabelled, no more than a few thousandths."""
    head, tree = ht.load_imagenet_head(), ht.load_imagenet_tree()
    unit = head.vectors / np.linalg.norm(head.vectors, axis=1, keepdims=True)
    distance = 1 - unit @ unit.T
    path = ht.path_distances(tree)
    pairs = np.tril_indices(1000, -1)
    assert spearmanr(distance[pairs], path[pairs]).statistic == pytest.approx(0.2177, abs=2e-4)
    shuffled = np.random.default_rng(0).permutation(1000)
    chance = spearmanr(distance[np.ix_(shuffled, shuffled)][pairs], path[pairs]).statistic
    assert abs(chance) < 0.005


@pytest.mark.parametrize("load", [ht.load_imagenet_head, ht.load_imagenet_tree])
def test_unknown_names(load):
    with pytest.raises(ht.OptionError, match=r"names has no option 'synset'.* mean 'synsets'"):
        load("synset")


@pytest.mark.parametrize(
    ("name", "n_classes", "depths"),
    [
        ("cifar100", 100, (4, 4)),
        ("nabirds", 555, (4, 5)),
        ("micros", 109, (3, 6)),
        ("microl", 102, (2, 8)),
        ("mesoz", 52, (3, 6)),
    ],
)
def test_trees_of_the_paper(name, n_classes, depths):
    tree = ht.load_paper_tree(name)
    depth = tree.depth[tree.class_node]
    assert (tree.n_classes, (depth.min(), depth.max())) == (n_classes, depths)
    assert ht.read_tree(DATA / f"paper_{name}.csv", missing=[]) == tree


def test_what_is_odd_about_trees_of_the_paper():
    cifar = ht.load_paper_tree("cifar100")
    assert [len(set(ht.level_groups(cifar, level))) for level in range(4)] == [3, 7, 20, 100]
    birds = ht.load_paper_tree("nabirds")
    leaves = {birds.labels[node] for node in birds.class_node if birds.n_children[node] == 0}
    inner = {birds.labels[node] for node in range(birds.n_nodes) if birds.n_children[node]}
    assert birds.classes[0] == "0295"
    assert len(leaves & inner) == 267
    plankton = ht.load_paper_tree("microl")
    inside = [
        name
        for name, node in zip(plankton.classes, plankton.class_node)
        if plankton.n_children[node]
    ]
    assert inside == ["Tripos furca"]


def test_an_unknown_tree_of_the_paper_is_refused():
    with pytest.raises(ht.OptionError, match=r"name has no option 'cifar'; .* 'cifar100'"):
        ht.load_paper_tree("cifar")
