"""Make ``emoji.npz``: emoji as seven open sets draw them, 32 x 32 pixels in colour.

Each set is an npm package of vector drawings. A drawing is found by the names that Unicode, or a
set that also tells code points, gives an emoji. It is painted on white by resvg at four times the
size, and averaged down. One set gives one drawing of an emoji: without tone of skin; of a person
without gender where the set has one, else of a woman, else of a man.

The parts are made of whole emoji, so that a classifier is tested on emoji that it never saw: of
each class's emoji, shuffled by a fixed seed, a fifth is for testing and a tenth for validation, at
least one each. Emoji that share a picture in some set stay together, and it is there
once.

Colours are rounded to 16 levels a channel, which halves the file and is hard to see at this size.
``packed[n, k]`` holds one colour of drawing ``n``, row by row, two levels to a byte, the first in
the high half; ``label``, ``emoji``, ``set`` and ``part`` say what each drawing shows and is for.

Run: ``python hiertools/datasets/make/emoji.py [--check]`` (needs npm, pip's ``resvg-py==0.5.0`` and
``pillow``, and the network; two minutes).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from _common import fetch_npm, main, member, npz_bytes
from emoji_tree import AS_PICTURE, EMOJIBASE, Emoji, lineages, read_emoji
from PIL import Image

FILE = "emoji.npz"
SETS = {
    "noto": (
        "@iconify-json/noto@1.2.9",
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
    ),
    "twemoji": (
        "@iconify-json/twemoji@1.2.5",
        "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
    ),
    "fluent": (
        "@iconify-json/fluent-emoji-flat@1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
    ),
    "emojione": (
        "@iconify-json/emojione@1.2.3",
        "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
    ),
    "fxemoji": (
        "@iconify-json/fxemoji@1.2.2",
        "f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef",
    ),
    "streamline": (
        "@iconify-json/streamline-emojis@1.2.4",
        "5dac87c876b322500989828c5823143e0100d78881627a2e4081a4b897cbfdbc",
    ),
    "noto-v1": (
        "@iconify-json/noto-v1@1.2.5",
        "2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37",
    ),
}

NUMBERED = "streamline"
"""The set that numbers several drawings of one emoji: hamburger-1, hamburger-2."""

SIDE, OVERSAMPLING, LEVELS = 32, 4, 16
VALIDATION, TEST = 0.1, 0.2
"""Shares of the emoji of a class."""
SEED = 0
PARTS = ("train", "validation", "test")

PROVENANCE = {
    "sources": {name: f"npm {package}" for name, (package, _) in SETS.items()},
    "source_sha256": {name: sha256 for name, (_, sha256) in SETS.items()},
    "classes": f"npm {EMOJIBASE}",
    "licence": {
        "noto": "Apache-2.0, Google",
        "noto-v1": "Apache-2.0, Google",
        "twemoji": "CC BY 4.0, Twitter, Inc and other contributors",
        "fluent": "MIT, Microsoft Corporation",
        "emojione": "CC BY 4.0, EmojiOne and EmojiTwo",
        "fxemoji": "CC BY 4.0, Mozilla Foundation",
        "streamline": "CC BY 4.0, Streamline",
    },
    "changes": f"painted on white, {SIDE} x {SIDE} pixels, colours rounded to {LEVELS} levels",
    "made_by": "hiertools/datasets/make/emoji.py",
}


class Drawings:
    """The drawings of one set, by name."""

    def __init__(self, package: str, sha256: str, folder: Path, *, numbered: bool) -> None:
        with fetch_npm(package, sha256, folder) as archive:
            icons = json.loads(member(archive, "package/icons.json"))
            self.characters = json.loads(member(archive, "package/chars.json"))
        self.size = (icons.get("width", 16), icons.get("height", 16))
        self.icons: dict[str, Any] = icons["icons"]
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for name in self.icons:
            emoji = re.sub("-[1-9]$", "", name) if numbered else name
            self.by_name[plain(emoji)].append(name)
        for name, alias in icons.get("aliases", {}).items():
            if not {"hFlip", "vFlip", "rotate"} & set(alias):
                self.by_name.setdefault(plain(name), [alias["parent"]])

    def svg(self, name: str) -> str:
        """Return a drawing as a document of its own, square."""
        icon = self.icons[name]
        width, height = icon.get("width", self.size[0]), icon.get("height", self.size[1])
        side = max(width, height)
        left = icon.get("left", 0) - (side - width) / 2
        top = icon.get("top", 0) - (side - height) / 2
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {side} {side}" width="{side}" height="{side}">'
            f"{icon['body']}</svg>"
        )

    def named(self, names: set[str]) -> str | None:
        """Return the drawing with one of these names, the first by alphabet."""
        return min((one for name in names for one in self.by_name.get(name, ())), default=None)


def plain(name: str) -> str:
    """Return a name without what sets spell differently."""
    return re.sub("[^a-z0-9]", "", name.lower().replace("ñ", "n").replace("&", "and"))


def synonyms(sets: dict[str, Drawings]) -> dict[str, set[str]]:
    """Names of each emoji, by code points, from the sets that tell code points."""
    names: dict[str, set[str]] = defaultdict(set)
    for drawings in sets.values():
        codes = defaultdict(list)
        for code, name in drawings.characters.items():
            codes[name].append(code.upper())
        for name, icons in drawings.by_name.items():
            for code in codes.get(icons[0], ()):
                names[code].add(name)
    return names


def paint(svg: str) -> np.ndarray:
    """Paint a drawing on white, (32, 32, 3), in levels of 0..15."""
    side = SIDE * OVERSAMPLING
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, background="#fff",
                                      skip_system_fonts=True))  # fmt: skip
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=np.float64)
    fine = pixels.reshape(SIDE, OVERSAMPLING, SIDE, OVERSAMPLING, 3).mean(axis=(1, 3))
    levels: np.ndarray = np.rint(fine * (LEVELS - 1) / 255)
    return levels.astype(np.uint8)


def draw(emoji: list[Emoji], sets: dict[str, Drawings]) -> list[tuple[Emoji, str, str]]:
    """Choose drawings: each concept with the name of a set and of the set's drawing of it."""
    known = synonyms(sets)
    chosen: dict[tuple[str, str], tuple[int, Emoji, str]] = {}
    for one in emoji:
        code = "-".join(part for part in one.code.split("-") if part != AS_PICTURE)
        names = {plain(name) for name in one.names} | known[code]
        for name, drawings in sets.items():
            drawing = drawings.named(names)
            if drawing is None:
                continue
            key, rank = (one.concept, name), rank_of(one.code)
            if key not in chosen or rank < chosen[key][0]:
                chosen[key] = (rank, one, drawing)
    return [(one, name, drawing) for (_, name), (_, one, drawing) in chosen.items()]


def rank_of(code: str) -> int:
    """Return 0 for a person without gender, or none at all, 1 for a woman, and 2 for a man."""
    parts = code.split("-")
    if {"2642", "1F468"} & set(parts):
        return 2
    return int(bool({"2640", "1F469"} & set(parts)))


def together(alike: list[list[str]]) -> dict[str, str]:
    """Join emoji that share a drawing; return the first concept of each one's company."""
    first: dict[str, str] = {}

    def root(concept: str) -> str:
        while first.setdefault(concept, concept) != concept:
            concept = first[concept]
        return concept

    for concepts in alike:
        for concept in concepts:
            first[root(concept)] = root(concepts[0])
    return {concept: root(concept) for concept in first}


def parts_of(companies: list[str], generator: np.random.Generator) -> dict[str, int]:
    """Deal the companies of one class to the parts."""
    order = [companies[i] for i in generator.permutation(len(companies))]
    test = max(1, round(TEST * len(order)))
    validation = max(1, round(VALIDATION * len(order)))
    return {
        name: 2 if i < test else 1 if i < test + validation else 0 for i, name in enumerate(order)
    }


def pack(levels: np.ndarray) -> np.ndarray:
    """Pack levels of 0..15, shape (N, 32, 32, 3), into bytes, shape (N, 3, 32, 16)."""
    planes = np.moveaxis(levels, 3, 1)
    return np.ascontiguousarray((planes[..., 0::2] << 4) | planes[..., 1::2])


def make(folder: Path) -> tuple[dict[str, np.ndarray], bytes]:
    """Fetch the drawings and return the arrays and the bytes of the file."""
    emoji = read_emoji(folder)
    classes = sorted(lineages(emoji))
    emoji = [one for one in emoji if one.subgroup in classes]
    sets = {
        name: Drawings(*source, folder, numbered=name == NUMBERED) for name, source in SETS.items()
    }
    order = {one.concept: i for i, one in reversed(list(enumerate(emoji)))}
    chosen = sorted(
        draw(emoji, sets),
        key=lambda row: (row[0].subgroup, order[row[0].concept], list(SETS).index(row[1])),
    )
    # The very same picture of two emoji is taken for the first of them.
    images: dict[bytes, np.ndarray] = {}
    showing = defaultdict(list)
    once = []
    for one, name, drawing in chosen:
        image = paint(sets[name].svg(drawing))
        showing[image.tobytes()].append(one.concept)
        if image.tobytes() not in images:
            images[image.tobytes()] = image
            once.append((one, name))
    company = together(list(showing.values()))
    part: dict[str, int] = {}
    generator = np.random.default_rng(SEED)
    for subgroup in classes:
        of_class = [company[one.concept] for one, _ in once if one.subgroup == subgroup]
        part |= parts_of([name for name in dict.fromkeys(of_class) if name not in part], generator)
    arrays = {
        "packed": pack(np.stack(list(images.values()))),
        "label": np.array([classes.index(one.subgroup) for one, _ in once], dtype="<i2"),
        "part": np.array([part[company[one.concept]] for one, _ in once], dtype="<i1"),
        "set": np.array([list(SETS).index(name) for _, name in once], dtype="<i1"),
        "emoji": np.array([one.code for one, _ in once], dtype="<U"),
        "classes": np.array(classes, dtype="<U"),
        "sets": np.array(list(SETS), dtype="<U"),
        "parts": np.array(PARTS, dtype="<U"),
        "provenance": np.array(json.dumps(PROVENANCE, sort_keys=True)),
    }
    return arrays, npz_bytes(arrays, zipfile.ZIP_LZMA)


if __name__ == "__main__":
    main(FILE, make, (__doc__ or "").splitlines()[0])
