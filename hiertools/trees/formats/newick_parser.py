"""The parser of Newick text: one loop over tokens, no recursion."""

from __future__ import annotations

import re
from urllib.parse import unquote

from hiertools.errors import FileFormatError

_TOKEN = re.compile(
    r"""\s*(?:
      ([(),:;])                              # 1 structure
    | '((?:[^']|'')*)'                       # 2 quoted label
    | "((?:[^"]|"")*)"                       # 3 the same in double quotes, as ete3 writes
    | \[([^\[\]]*)\]                         # 4 comment without another one inside
    | ([^()\[\],:;'"\s](?:[^()\[\],:;'"\r\n]|(?<=\w)')*)  # 5 bare label or number, blanks inside
                                           # allowed, and apostrophes behind a letter
    )""",
    re.VERBOSE,
)
_PLAIN = re.compile(
    r"""([^()\[\],:;'"\s]*)                                # 1 bare label without blanks, or none
    (?::([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))?   # 2 length
    ([,)])                                             # 3 what ends both""",
    re.VERBOSE,
)
"""What most nodes are, in one piece."""

_SPACE = re.compile(r"\s*")
_BRACKET = re.compile(r"[\[\]]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
OURS = "&hiertools:"

# What may come next: a subtree, the label of a closed group, what follows a label, a length,
# what follows a length.
_SUBTREE, _LABEL, _LABELLED, _LENGTH, _MEASURED = range(5)


class Nodes:
    """Columns of the tree while it is read."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.label: list[str] = []
        self.length: list[float | None] = []
        self.start: list[int] = []  # where in the text, for messages
        self.heights: list[float | None] = []
        self.rank: list[str] = []
        self.rank_order: list[str] = []
        self.classes: dict[int, str] = {}  # nodes that our own comments mark as classes
        self.unmarked: set[int] = set()  # leaves that they mark as no class
        self.end = 0  # where in the text the tree ends, behind its ';'

    def add(self, parent: int, start: int, label: str = "") -> int:
        """Add a node that begins at this place in the text; return its number."""
        self.parent.append(parent)
        self.label.append(label)
        self.length.append(None)
        self.start.append(start)
        self.heights.append(None)
        self.rank.append("")
        return len(self.parent) - 1

    def annotate(self, node: int, comment: str) -> None:
        """Take over what a comment of `to_newick` says about a node."""
        for item in comment[len(OURS) :].split(":"):
            key, _, value = item.partition("=")
            value = unquote(value)
            if key == "class":
                if value:
                    self.classes[node] = value
                else:
                    self.unmarked.add(node)
            elif key == "label":
                self.classes.setdefault(node, self.label[node])
                self.label[node] = value
            elif key == "height":
                if not _NUMBER.fullmatch(value):
                    raise FileFormatError(
                        f"Newick text: the comment {comment[:40]!r} is damaged: height={value!r}."
                    )
                self.heights[node] = float(value)
            elif key == "rank":
                self.rank[node] = value
            elif key == "rank_order":
                self.rank_order = [unquote(rank) for rank in value.split("|")]


def parse(text: str, start: int = 0) -> Nodes:
    """Read the tree that begins at a place, token by token and without recursion.

    What is no Newick text is refused; what follows the tree is not looked at.
    """
    nodes = Nodes()
    match = _TOKEN.match
    position, current, node, state = start, -1, -1, _SUBTREE
    opened: list[int] = []  # where each open parenthesis stands
    while True:
        if state == _SUBTREE:
            while text[position : position + 1] == "(":
                current = nodes.add(current, position)
                opened.append(position)
                position += 1
        if state <= _LABEL and opened:
            # Nearly all of most texts, several tokens at a time; the rest goes token by token.
            plain = _PLAIN.match(text, position)
            if plain is not None and (state == _LABEL or plain.group(1)):
                label, number, sign = plain.groups()
                if state == _SUBTREE:
                    node = nodes.add(current, position, label)
                else:
                    nodes.label[node] = label
                if number is not None:
                    nodes.length[node] = float(number)
                position, state = plain.end(), _SUBTREE
                if sign == ")":
                    opened.pop()
                    node, current, state = current, nodes.parent[current], _LABEL
                continue
        found = match(text, position)
        if found is None:
            position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
            if text[position : position + 1] != "[":
                raise _error(text, position, opened)
            position = _nested_comment(text, position)
            continue
        kind, at, position = found.lastindex, found.start(found.lastindex or 0), found.end()
        if kind == 1:
            sign = text[at]
            if state == _SUBTREE and sign != "(":
                node = nodes.add(current, at)  # a leaf without a name
            elif state == _LENGTH:
                raise _unexpected(text, at, "a length was expected after ':'")
            if sign == "(":
                if state != _SUBTREE:
                    raise _unexpected(text, at, "',' or ')' was expected before it")
                current = nodes.add(current, at)
                opened.append(at)
            elif sign == ",":
                if not opened:
                    raise _unexpected(text, at, "it stands outside of all parentheses")
                state = _SUBTREE
            elif sign == ")":
                if not opened:
                    raise _unexpected(text, at, "it closes a parenthesis that was never opened")
                opened.pop()
                node, current = current, nodes.parent[current]
                state = _LABEL
            elif sign == ":":
                if state == _MEASURED:
                    raise _unexpected(text, at, "the node has a length already")
                state = _LENGTH
            else:
                if opened:
                    raise FileFormatError(
                        f"Newick text: {len(opened)} of the parentheses are not closed, the last "
                        f"of them opened at {place(text, opened[-1])}."
                    )
                if len(nodes.parent) == 1 and not (nodes.label[0] or nodes.classes):
                    raise FileFormatError("Newick text: there is no tree before the ';'.")
                break
        elif kind == 4:
            comment = found.group(4)
            if comment.startswith(OURS):
                if state == _SUBTREE:  # what it speaks of is a leaf without a name
                    node, state = nodes.add(current, at), _LABELLED
                nodes.annotate(node, comment)
        elif state == _SUBTREE:
            node = nodes.add(current, at, _label(found, kind))
            state = _LABELLED
        elif state == _LABEL:
            nodes.label[node] = _label(found, kind)
            state = _LABELLED
        elif state == _LENGTH:
            nodes.length[node] = _length(text, at, _label(found, kind))
            state = _MEASURED
        else:
            raise _unexpected(text, at, "',', ')' or ';' was expected before it")
    nodes.end = position
    return nodes


def _label(found: re.Match[str], kind: int | None) -> str:
    if kind == 5:
        return found.group(5).rstrip()
    if kind == 2:
        return found.group(2).replace("''", "'")
    return found.group(3).replace('""', '"')


def _length(text: str, at: int, number: str) -> float:
    if not _NUMBER.fullmatch(number):
        raise FileFormatError(
            f"Newick text: the length {number[:40]!r} at {place(text, at)} is not a finite number."
        )
    return float(number)


def _nested_comment(text: str, start: int) -> int:
    """Return where a comment that holds others ends."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start):
        depth += 1 if bracket.group() == "[" else -1
        if depth == 0:
            return bracket.end()
    raise FileFormatError(
        f"Newick text: the comment opened by '[' at {place(text, start)} is never closed."
    )


def starts_of_trees(text: str, end: int) -> list[int]:
    """Return where further trees begin behind the one that ends here; refuse any other text."""
    starts: list[int] = []
    while True:
        position = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        while text[position : position + 1] == "[":
            position = _SPACE.match(text, _nested_comment(text, position)).end()  # type: ignore[union-attr]
        if position == len(text):
            return starts
        last = _end_of_tree(text, position)
        if last is None:
            raise FileFormatError(
                f"Newick text: more text follows the ';', at {place(text, position)}; "
                "remove it, or quote the label that holds a ';'."
            )
        starts.append(position)
        end = last


def _end_of_tree(text: str, start: int) -> int | None:
    """Return where a tree that begins here with a parenthesis ends; None where there is none."""
    if text[start] != "(":
        return None
    position = start
    while True:
        found = _TOKEN.match(text, position)
        if found is None:
            position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
            if text[position : position + 1] != "[":
                return None
            position = _nested_comment(text, position)
            continue
        position = found.end()
        if found.group(1) == ";":
            return position


def _error(text: str, position: int, opened: list[int]) -> FileFormatError:
    """Explain why no token starts here: the text ends, or a quote or bracket has no partner."""
    if position == len(text):
        if not text.strip():
            return FileFormatError("Newick text: it is empty.")
        state = (
            f"inside {len(opened)} open parentheses, the last of them opened at "
            f"{place(text, opened[-1])}: it seems truncated"
            if opened
            else "without the final ';'"
        )
        return FileFormatError(f"Newick text: it ends {state}.")
    sign = text[position]
    if sign in "'\"":
        return FileFormatError(
            f"Newick text: the quote {sign} at {place(text, position)} has no partner; put the "
            f"whole label in quotes and write a quote inside it twice."
        )
    return _unexpected(text, position, "it closes a comment that was never opened")


def _unexpected(text: str, at: int, reason: str) -> FileFormatError:
    return FileFormatError(
        f"Newick text: unexpected {text[at : at + 12]!r} at {place(text, at)}: {reason}."
    )


def place(text: str, position: int) -> str:
    """Say where in a text a position lies."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"
