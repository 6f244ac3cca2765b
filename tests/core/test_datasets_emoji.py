"""The shipped emoji and the tree of their classes."""

from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pytest

import hiertools as ht
from hiertools._core.shipped import DATA

LICENSES = DATA.parent / "licenses"


@pytest.fixture(scope="module")
def emoji():
    return ht.load_emoji()


@pytest.fixture(scope="module")
def tree():
    return ht.load_emoji_tree()


def test_images(emoji):
    assert emoji.images.shape == (7391, 32, 32, 3)
    assert emoji.images.dtype == np.uint8
    assert (emoji.images % 17 == 0).all()  # 16 levels
    assert len(emoji) == len(emoji.labels) == len(emoji.emoji) == len(emoji.sets)
    assert emoji.classes == tuple(sorted(emoji.classes))
    # Drawn on white, and none is blank (a star of one set is in so light a grey as to be nearly).
    assert np.median(emoji.images[:, [0, 0, -1, -1], [0, -1, 0, -1]]) == 255
    assert emoji.images.reshape(len(emoji), -1).min(axis=1).max() < 255
    # Colours differ, so that planes were not mixed up: hearts and fruit are rather red.
    hearts = emoji.images[emoji.labels == emoji.classes.index("heart")].mean(axis=(0, 1, 2))
    assert hearts[0] > hearts[1] + 20
    assert repr(emoji) == "EmojiImages(86 classes, 7,391 drawings of 32 x 32)"


def test_unpacking_by_definition(emoji):
    with np.load(DATA / "emoji.npz") as file:
        packed = file["packed"]
    for n in (0, 3000, 7390):
        for row in range(32):
            for column in range(32):
                for colour in range(3):
                    byte = int(packed[n, colour, row, column // 2])
                    level = byte % 16 if column % 2 else byte // 16
                    assert emoji.images[n, row, column, colour] == level * 17


def test_split_is_by_emoji(emoji):
    parts = emoji.train, emoji.validation, emoji.test
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(emoji)))
    seen = [{emoji.emoji[i] for i in part} for part in parts]
    assert sum(map(len, seen)) == len(set.union(*seen))
    for part in parts:
        assert (np.diff(part) > 0).all()
        # Every class is in every part.
        assert np.bincount(emoji.labels[part], minlength=86).min() > 0
    shares = np.array([len(part) for part in parts]) / len(emoji)
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.02)
    counts = np.bincount(emoji.labels[emoji.train])
    assert counts.min() >= 15


def test_no_picture_is_there_twice(emoji):
    assert len({image.tobytes() for image in emoji.images}) == len(emoji)


def test_each_set_draws_an_emoji_once(emoji):
    pairs = list(zip(emoji.emoji, emoji.sets, strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(emoji.sets) == {
        "noto", "noto-v1", "twemoji", "fluent", "emojione", "fxemoji", "streamline",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sign", "name"),
    [("🐞", "animal-bug"), ("🍓", "food-fruit"), ("🔨", "tool"), ("😀", "face-smiling"),
     ("🚲", "transport-ground"), ("💚", "heart"), ("🎸", "musical-instrument")],
)  # fmt: skip
def test_meaning(emoji, sign, name):
    at = [i for i, one in enumerate(emoji.emoji) if one == sign]
    assert len(at) >= 5
    assert {emoji.classes[emoji.labels[i]] for i in at} == {name}


def test_people_and_clocks_are_one_emoji_each(emoji):
    assert not any("\N{EMOJI MODIFIER FITZPATRICK TYPE-4}" in one for one in emoji.emoji)
    # Of a set that draws a health worker without gender there is no woman or man.
    ending = "\N{ZERO WIDTH JOINER}\N{STAFF OF AESCULAPIUS}"
    both = zip(emoji.emoji, emoji.sets, strict=True)
    workers = [name for one, name in both if one.rstrip("\ufe0f").endswith(ending)]
    assert len(workers) == len(set(workers)) >= 4
    clocks = [chr(code) for code in range(0x1F550, 0x1F568)]
    assert len({one for one in emoji.emoji if one in clocks}) == 1


def test_tree(emoji, tree):
    assert tree.classes == emoji.classes
    assert set(tree.depth[tree.class_node].tolist()) == {2, 3}
    assert (tree.subtree_size[tree.class_node] == 1).all()
    top = [tree.labels[node] for node in np.flatnonzero(tree.depth == 1)]
    assert top == [
        "symbols", "animals-nature", "activities", "people-body", "objects", "smileys-emotion",
        "food-drink", "travel-places",
    ]  # fmt: skip
    # A node between group and class is the word that its classes begin with, and has several.
    for node in np.flatnonzero((tree.depth == 2) & (tree.n_children > 0)):
        below = [tree.labels[child] for child in np.flatnonzero(tree.parent == node)]
        assert len(below) > 1
        assert all(name.split("-")[0] == tree.labels[node] for name in below)
    assert ht.sort_classes(ht.read_tree(DATA / "emoji_tree.csv")) == tree


def test_shipped_files_are_those_that_were_made():
    sums = json.loads((DATA / "checksums.json").read_text())
    content = (DATA / "emoji_tree.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == sums["emoji_tree.csv"]
    digest = hashlib.sha256()
    with np.load(DATA / "emoji.npz", allow_pickle=False) as file:
        for name in sorted(file):
            digest.update(f"{name} {file[name].dtype.str} {file[name].shape}\n".encode())
            digest.update(file[name].tobytes())
    assert digest.hexdigest() == sums["emoji.npz"]
    with (DATA / "emoji_tree.csv").open(encoding="utf-8", newline="") as rows:
        assert next(csv.reader(rows)) == ["class", "lineage"]


def test_every_set_is_named_in_the_notice(emoji):
    notice = (LICENSES / "NOTICE.txt").read_text(encoding="utf-8")
    part = notice[notice.index("data/emoji.npz") : notice.index("data/emoji_tree.csv")]
    for name in set(emoji.sets):
        assert name in part
    for word in notice.split("("):
        file = word.split(")")[0]
        if file.endswith(".txt"):
            assert (LICENSES / file).is_file()
