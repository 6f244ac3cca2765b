"""NEXUS files, as BEAST, MrBayes, PAUP* and FigTree write them, to a tree's columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hiertools._core import checks
from hiertools._core.text_files import without_mark
from hiertools.errors import FileFormatError
from hiertools.trees.columns import TreeColumns
from hiertools.trees.formats.build import Classes, leaves
from hiertools.trees.formats.newick import Negative, chosen_tree, columns_of_nodes
from hiertools.trees.formats.newick_parser import parse

__all__ = ["is_nexus", "read_nexus"]

TREE_COMMANDS = ("tree", "utree")

_BEGINS = re.compile(r"\s*#NEXUS\b", re.IGNORECASE)

_WORD = re.compile(
    r"""\s*(?:
      (;)                          # 1 end of a command
    | (,)                          # 2 comma
    | '((?:[^']|'')*)'             # 3 quoted word
    | "((?:[^"]|"")*)"             # 4 the same in double quotes
    | (\[(?:[^\[\]]|\[[^\[\]]*\])*\])  # 5 comment
    | ([^\s;,'"\[\]=]+(?:'[^\s;,'"\[\]=]+)*|=)  # 6 bare word, apostrophes inside; or '='
    )""",
    re.VERBOSE,
)


ENDS, COMMA, COMMENT, BARE = 1, 2, 5, 6
"""Kinds of words, by their groups above."""


@dataclass
class _Trees:
    """What a file says about its trees."""

    starts: list[int] = field(default_factory=list)
    """Where the Newick text of each tree begins."""
    names: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    """Name of each key of the translate command."""
    taxa: list[str] = field(default_factory=list)
    """Names of the taxa block; a number may stand for one."""
    blocks: list[str] = field(default_factory=list)


def is_nexus(text: str) -> bool:
    """Tell NEXUS by its first word."""
    return _BEGINS.match(text) is not None


def read_nexus(
    text: str,
    *,
    classes: Classes | None,
    lengths: bool,
    missing_length: float | None,
    negative: Negative,
    tree: int | None,
) -> TreeColumns:
    """Read one tree of a NEXUS file, as `ClassTree.from_nexus` has it."""
    text = without_mark(text) if isinstance(text, str) else text
    begins = _BEGINS.match(text) if isinstance(text, str) else None
    if begins is None:
        raise FileFormatError("NEXUS: the text does not begin with #NEXUS; is it Newick?")
    found = _look_through(text, begins.end())
    if not found.starts:
        held = checks.name_list(found.blocks) if found.blocks else "none"
        raise FileFormatError(
            f"NEXUS: the file holds no tree (its blocks: {held}); it needs a block 'trees' with a "
            "command such as tree t = (a,b);"
        )
    which = checks.name_list(found.names)
    nodes = parse(text, found.starts[chosen_tree(tree, len(found.starts), which, "NEXUS")])
    known = set(found.taxa)
    ends = leaves(nodes.parent)
    named = [_translated(nodes.label[node], found, known) for node in ends]
    _refuse_left_numbers([nodes.label[node] for node in ends], named, known.union(found.keys))
    for node, name in zip(ends, named):
        nodes.label[node] = name
    return columns_of_nodes(
        nodes,
        text,
        "NEXUS",
        classes=classes,
        lengths=lengths,
        missing_length=missing_length,
        negative=negative,
    )


def _refuse_left_numbers(labels: list[str], named: list[str], known: set[str]) -> None:
    """Refuse leaves that are still numbers where others of the tree stood for names."""
    if labels == named:
        return
    left = [
        label
        for label, name in zip(labels, named)
        if label == name and label not in known and re.fullmatch(r"[0-9]{1,9}", label)
    ]
    if left:
        raise FileFormatError(
            f"NEXUS: {len(left)} of {len(labels)} leaves are numbers that neither the translate "
            f"command nor the taxa block gives a name, as they do for others: "
            f"{checks.name_list(left)}; name them there, or in the tree."
        )


def _translated(label: str, found: _Trees, known: set[str]) -> str:
    if label in found.keys:
        return found.keys[label]
    number = int(label) if re.fullmatch(r"[0-9]{1,9}", label) else 0
    return found.taxa[number - 1] if label not in known and 0 < number <= len(found.taxa) else label


def _look_through(text: str, position: int) -> _Trees:
    """Find trees, names of taxa and the table of keys, one command after the other."""
    found = _Trees()
    block = ""
    while True:
        words, position, start = _command(text, position)
        if not words:
            return found
        first = words[0].lower()
        if first == "begin" and len(words) > 1:
            block = words[1].lower()
            found.blocks.append(block)
            if block == "trees":
                found.keys = {}
        elif first in ("end", "endblock"):
            block = ""
        elif first == "taxlabels" and not found.taxa:
            found.taxa = words[1:]
        elif block == "trees" and first == "translate":
            found.keys = _keys(words[1:])
        elif block == "trees" and first in TREE_COMMANDS and start is not None:
            found.starts.append(start)
            found.names.append(next((w for w in words[1:] if w != "*"), ""))


def _command(text: str, position: int) -> tuple[list[str], int, int | None]:
    """Return the words of the command at a place, where it ends, and what follows its '='."""
    words: list[str] = []
    start = None
    held_at = -1  # where a sign ended that a bare word goes on with: 'a=b' is one name
    for word, kind, end in _words(text, position):
        position = end
        if kind == ENDS:
            if words:
                break
        elif kind == COMMENT or start is not None:
            continue
        elif word == "=" and kind == BARE and words and words[0].lower() in TREE_COMMANDS:
            start = end
        elif kind == BARE and words and (word == "=" or held_at == end - len(word)):
            words[-1] += word
            held_at = end
        else:
            words.append("," if kind == COMMA else word)
    return words, position, start


def _words(text: str, position: int) -> Iterator[tuple[str, int, int]]:
    """Yield words with their kind and where they end, up to the end of the text."""
    while True:
        found = _WORD.match(text, position)
        if found is None:
            rest = re.compile(r"\s*").match(text, position)
            position = rest.end() if rest else position
            if position >= len(text):
                return
            position += 1  # a sign of a kind of block that is not ours
            continue
        kind = found.lastindex or 0
        word = found.group(kind)
        if kind in (3, 4):
            word = word.replace("''", "'") if kind == 3 else word.replace('""', '"')
        position = found.end()
        yield word, kind, position


def _keys(words: list[str]) -> dict[str, str]:
    """Return the table of a translate command: key, name, comma."""
    keys: dict[str, str] = {}
    entry: list[str] = []
    for word in [*words, ","]:
        if word != ",":
            entry.append(word)
            continue
        if len(entry) == 2:
            if entry[0] in keys:
                raise FileFormatError(
                    f"NEXUS: the translate command gives the key {entry[0]!r} twice; keep one."
                )
            keys[entry[0]] = entry[1]
        elif entry:
            raise FileFormatError(
                "NEXUS: the translate command holds pairs of key and name, parted by commas; got "
                f"{' '.join(entry)[:60]!r}; put names with blanks in quotes."
            )
        entry = []
    return keys
