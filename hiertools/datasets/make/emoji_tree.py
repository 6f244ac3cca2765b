"""Make ``emoji_tree.csv``: Unicode's groups and subgroups of emoji as a class tree.

The classes are Unicode's subgroups ("face-smiling", "animal-bug", "food-fruit"), which lie in its
groups ("smileys-emotion", "animals-nature", "food-drink"). Where several subgroups of a group begin
with the same word, that word is a node between them: "animals-nature/animal/animal-bug". Nothing
else is added. Left out are flags and components, and subgroups with fewer than `LEAST` emoji, of
which too few would be left to train on.

What counts as one emoji: "health worker", "man health worker" and "woman health worker", in all
tones of skin, walking left or right, are the same one; so are the 24 faces of a clock.

Run: ``python hiertools/datasets/make/emoji_tree.py [--check]`` (needs npm and the network).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from _common import fetch_npm, main, member

FILE = "emoji_tree.csv"
EMOJIBASE = "emojibase-data@17.0.0"
EMOJIBASE_SHA256 = "d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a"
LEFT_OUT = ("component", "flags")
LEAST = 6

PERSON, GENDERED = "1F9D1", ("1F468", "1F469")  # a person, a man, a woman
GENDER_SIGNS, FACING = ("2642", "2640"), "27A1"
JOINER, AS_PICTURE = "200D", "FE0F"
CLOCK_FACE = re.compile(r"1F5[56][0-9A-F]")


@dataclass(frozen=True)
class Emoji:
    """One way to write an emoji: what it shows, its class, and the names that fonts know it by."""

    code: str
    concept: str
    group: str
    subgroup: str
    names: tuple[str, ...]


def concept_of(code: str) -> str:
    """Return the code points of an emoji less gender, direction, and the time of a clock."""
    parts = [part for part in code.split("-") if part != AS_PICTURE]
    parts = [PERSON if part in GENDERED else part for part in parts]
    if CLOCK_FACE.fullmatch(parts[0]):
        return "1F550"
    kept = [part for part in parts if part not in (*GENDER_SIGNS, FACING, JOINER)]
    return "-".join(kept)


def read_emoji(folder: Path) -> list[Emoji]:
    """Return all emoji but flags and components, in Unicode's order; none in a tone of skin."""
    with fetch_npm(EMOJIBASE, EMOJIBASE_SHA256, folder) as archive:
        entries = json.loads(member(archive, "package/en/data.json"))
        known = json.loads(member(archive, "package/meta/groups.json"))
        characters = json.loads(member(archive, "package/meta/unicode-names.json"))
    found = []
    for entry in sorted(entries, key=lambda entry: entry.get("order", 0)):
        group = known["groups"].get(str(entry.get("group")))
        if group is None or group in LEFT_OUT:
            continue
        code = entry["hexcode"]
        names = (entry["label"], characters.get(code.removesuffix(f"-{AS_PICTURE}")))
        found.append(
            Emoji(
                code,
                concept_of(code),
                group,
                known["subgroups"][str(entry["subgroup"])],
                tuple(name for name in names if name),
            )
        )
    return found


def lineages(emoji: list[Emoji]) -> dict[str, str]:
    """Return the lineage of each subgroup that has enough emoji, by its name."""
    concepts = defaultdict(set)
    groups = {}
    for one in emoji:
        concepts[one.subgroup].add(one.concept)
        groups[one.subgroup] = one.group
    classes = [name for name in groups if len(concepts[name]) >= LEAST]
    first_words = Counter((groups[name], name.split("-")[0]) for name in classes)
    rows = {}
    for name in classes:
        word = name.split("-")[0]
        between = [word] if first_words[groups[name], word] > 1 else []
        rows[name] = "/".join((groups[name], *between, name))
    return rows


def make(folder: Path) -> tuple[bytes, bytes]:
    """Fetch, build, and return the file (content and bytes are the same for a text)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("class", "lineage"))
    writer.writerows(sorted(lineages(read_emoji(folder)).items()))
    content = text.getvalue().encode()
    return content, content


if __name__ == "__main__":
    main(FILE, make, (__doc__ or "").splitlines()[0])
