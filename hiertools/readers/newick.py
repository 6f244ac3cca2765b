"""Newick text to tree and back."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import numpy as np

from hiertools.errors import FileFormatError
from hiertools.readers._build import Classes, build, leaves, nfc
from hiertools.tree import ClassTree

__all__ = ["from_newick", "to_newick"]

_TOKEN = re.compile(
    r"""\s*(?:
      ([(),:;])                              # 1 structure
    | '((?:[^']|'')*)'                       # 2 quoted label
    | "((?:[^"]|"")*)"                       # 3 the same in double quotes, as ete3 writes
    | \[([^\[\]]*)\]                         # 4 comment without another one inside
    | ([^()\[\],:;'"\s][^()\[\],:;'"\r\n]*)  # 5 bare label or number, blanks inside allowed
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
_BRACKET = re.compile(r"[\[\]]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_OURS = "&hiertools:"
# Underscores are quoted because the Newick standard reads a bare one as a blank.
_PLAIN = re.compile(r"[^\s()\[\]{}:;,'\"_=&]+")

# What may come next: a subtree, the label of a closed group, what follows a label, a length,
# what follows a length.
_SUBTREE, _LABEL, _LABELLED, _LENGTH, _MEASURED = range(5)


def from_newick(
    text: str,
    *,
    classes: Classes | None = None,
    lengths: bool = True,
    missing_length: float | None = None,
) -> ClassTree:
    """Read one tree from Newick text.

    Labels are kept verbatim: a bare underscore stays an underscore. Bare labels may hold blanks;
    quoted ones (``'...'`` or ``"..."``, a doubled quote standing for one) may hold anything.
    Comments in square brackets, nested or not, are skipped. The root's own length has no meaning
    here and is skipped too.

    Parameters
    ----------
    text
        The tree, with its final ``;``.
    classes
        Which nodes are classes. By default every leaf. A list names them by label, inner nodes
        included; a mapping gives the label or the path below the root of each class name. What lies
        above or below none of the classes named is left out.
    lengths
        False: ignore edge lengths, so that every edge counts 1.
    missing_length
        Length of edges that have none where others have one. By default that is an error.

    Returns
    -------
    ClassTree
        Classes in depth-first order (or in the order of `classes`).

    Raises
    ------
    FileFormatError
        What is no Newick tree, with line and column.
    TreeError
        Leaves without a name, names that occur twice, negative lengths.

    See Also
    --------
    to_newick : the reverse.

    References
    ----------
    Felsenstein et al. (1986), https://phylipweb.github.io/phylip/newicktree.html

    Examples
    --------
    >>> tree = from_newick("((lynx:1, wolf:1.5)mammals:2, 'smooth newt':3)[a comment];")
    >>> tree.classes, tree.labels
    (('lynx', 'wolf', 'smooth newt'), ('', 'mammals', 'lynx', 'wolf', 'smooth newt'))
    >>> tree.length.tolist()
    [0.0, 2.0, 1.0, 1.5, 3.0]
    """
    if not isinstance(text, str):
        raise FileFormatError(
            f"from_newick takes text, not {type(text).__name__}; for a file use read_tree(path)."
        )
    nodes = _parse(text)
    length: list[float] | None = None
    given = [value is not None for value in nodes.length[1:]]
    if lengths and any(given):
        if not all(given) and missing_length is None:
            first = given.index(False) + 1
            raise FileFormatError(
                f"Newick text: {len(given) - sum(given)} of {len(given)} edges have no length, the "
                f"first at {_place(text, nodes.start[first])}; give all or none a length, or pass "
                "missing_length= or lengths=False."
            )
        length = [0.0, *(missing_length if v is None else v for v in nodes.length[1:])]  # type: ignore[list-item]
    marked: dict[int, str] | None = None
    if classes is None:
        ends = {n: nodes.label[n] for n in leaves(nodes.parent) if n not in nodes.unmarked}
        unnamed = [n for n, name in ends.items() if not name and n not in nodes.classes]
        if unnamed:
            raise FileFormatError(
                f"Newick text: {len(unnamed)} of {len(ends)} leaves have no name, the first at "
                f"{_place(text, nodes.start[unnamed[0]])}; name every leaf."
            )
        if nodes.classes or nodes.unmarked:
            marked = dict(sorted({**ends, **nodes.classes}.items()))
    heights = nodes.heights if any(h is not None for h in nodes.heights) else None
    ranked = any(nodes.rank)
    return build(
        nodes.parent,
        nodes.label,
        "Newick text",
        classes=classes,
        marked=marked,
        length=length,
        heights=None if heights is None else [0.0 if h is None else h for h in heights],
        ranks=nodes.rank if ranked else None,
        rank_order=nodes.rank_order if ranked else None,
    )


class _Nodes:
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

    def add(self, parent: int, start: int, label: str = "") -> int:
        self.parent.append(parent)
        self.label.append(label)
        self.length.append(None)
        self.start.append(start)
        self.heights.append(None)
        self.rank.append("")
        return len(self.parent) - 1

    def annotate(self, node: int, comment: str) -> None:
        """Take over what a comment of `to_newick` says about a node."""
        for item in comment[len(_OURS) :].split(":"):
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
                self.heights[node] = float(value)
            elif key == "rank":
                self.rank[node] = value
            elif key == "rank_order":
                self.rank_order = [unquote(rank) for rank in value.split("|")]


def _parse(text: str) -> _Nodes:
    nodes = _Nodes()
    match = _TOKEN.match
    position, current, node, state = 0, -1, -1, _SUBTREE
    opened: list[int] = []  # where each open parenthesis stands
    while True:
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
                        f"of them opened at {_place(text, opened[-1])}."
                    )
                if len(nodes.parent) == 1 and not nodes.label[0]:
                    raise FileFormatError("Newick text: there is no tree before the ';'.")
                break
        elif kind == 4:
            comment = found.group(4)
            if comment.startswith(_OURS) and node >= 0:
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
    _nothing_after(text, position)
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
            f"Newick text: the length {number[:40]!r} at {_place(text, at)} is not a finite number."
        )
    value = float(number)
    if value < 0:
        raise FileFormatError(
            f"Newick text: the length {number} at {_place(text, at)} is negative; edge lengths "
            "must be at least 0: correct it or pass lengths=False."
        )
    return value


def _nested_comment(text: str, start: int) -> int:
    """Return where a comment that holds others ends."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start):
        depth += 1 if bracket.group() == "[" else -1
        if depth == 0:
            return bracket.end()
    raise FileFormatError(
        f"Newick text: the comment opened by '[' at {_place(text, start)} is never closed."
    )


def _nothing_after(text: str, position: int) -> None:
    """Allow only blanks and comments behind the tree."""
    while True:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
        if position == len(text):
            return
        if text[position] != "[":
            raise FileFormatError(
                f"Newick text: more text follows the ';', at {_place(text, position)}; "
                "give one tree at a time, or quote the label that holds a ';'."
            )
        position = _nested_comment(text, position)


def _error(text: str, position: int, opened: list[int]) -> FileFormatError:
    """Explain why no token starts here: the text ends, or a quote or bracket has no partner."""
    if position == len(text):
        if not text.strip():
            return FileFormatError("Newick text: it is empty.")
        state = (
            f"inside {len(opened)} open parentheses, the last of them opened at "
            f"{_place(text, opened[-1])}: it seems truncated"
            if opened
            else "without the final ';'"
        )
        return FileFormatError(f"Newick text: it ends {state}.")
    sign = text[position]
    if sign in "'\"":
        return FileFormatError(
            f"Newick text: the quote {sign} at {_place(text, position)} has no partner; put the "
            f"whole label in quotes and write a quote inside it twice."
        )
    return _unexpected(text, position, "it closes a comment that was never opened")


def _unexpected(text: str, at: int, reason: str) -> FileFormatError:
    return FileFormatError(
        f"Newick text: unexpected {text[at : at + 12]!r} at {_place(text, at)}: {reason}."
    )


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"


def to_newick(tree: ClassTree, *, lengths: bool | None = None, annotations: bool = True) -> str:
    """Write a tree as Newick text.

    Nodes that hold a class are written under the class's name, others under their label. What
    plain Newick can't say goes into comments that other programs skip and `from_newick`
    understands: a class at an inner node, a leaf that is no class, a label that differs from the
    class's name, ranks, and merge heights that don't follow from the lengths (those that do are
    left to the lengths). Classes come back in depth-first order.

    Parameters
    ----------
    tree
        The tree.
    lengths
        Write edge lengths. By default where the tree has them.
    annotations
        False: no such comments, whatever is lost.

    Returns
    -------
    str
        One line without a line end.

    Examples
    --------
    >>> to_newick(from_newick("((lynx:1,wolf:1.5)mammals:2,'smooth newt':3);"))
    "((lynx:1,wolf:1.5)mammals:2,'smooth newt':3);"
    >>> to_newick(from_newick("((subspecies)species,other);", classes=["subspecies", "species"]))
    '((subspecies)species[&hiertools:class=species]);'
    """
    with_lengths = tree.has_lengths if lengths is None else lengths
    class_of = dict(zip(tree.class_node.tolist(), tree.classes, strict=True))
    children = tree.n_children.tolist()
    parent = tree.parent.tolist()
    length = tree.length.tolist()
    heights = _heights_to_write(tree)
    ends: list[str] = []
    for node, label in enumerate(tree.labels):
        name = class_of.get(node, label)
        text = name if _PLAIN.fullmatch(name) else _quoted(name)
        if annotations:
            notes = []
            if node in class_of and children[node]:
                notes.append(f"class={_escaped(name)}")
            elif node not in class_of and not children[node]:
                notes.append("class=")
            if name != label:
                notes.append(f"label={_escaped(label)}")
            if heights is not None and children[node]:
                notes.append(f"height={heights[node]!r}")
            if tree.ranks is not None:
                if tree.ranks[node]:
                    notes.append(f"rank={_escaped(tree.ranks[node])}")
                if node == 0:
                    order = "|".join(_escaped(rank) for rank in tree.rank_order or ())
                    notes.append(f"rank_order={_escaped(order)}")
            if notes:
                text += f"[{_OURS}{':'.join(notes)}]"
        if with_lengths and node:
            text += f":{_number(length[node])}"
        ends.append(text)
    pieces: list[str] = []
    open_nodes: list[int] = []
    for node in range(tree.n_nodes):
        while open_nodes and open_nodes[-1] != parent[node]:
            pieces.append(")" + ends[open_nodes.pop()])
        if node and parent[node] != node - 1:
            pieces.append(",")
        if children[node]:
            pieces.append("(")
            open_nodes.append(node)
        else:
            pieces.append(ends[node])
    pieces.extend(")" + ends[node] for node in reversed(open_nodes))
    return "".join(pieces) + ";"


def _heights_to_write(tree: ClassTree) -> list[float] | None:
    """Merge heights, unless they follow from the lengths (merging at h: each leaf h/2 below)."""
    if tree.heights is None:
        return None
    if tree.has_lengths:
        gaps = (tree.heights[tree.parent[1:]] - tree.heights[1:]) / 2
        near = 1e-12 * float(np.abs(tree.heights).max())
        if not tree.heights[tree.n_children == 0].any() and np.allclose(
            gaps, tree.length[1:], rtol=0.0, atol=near
        ):
            return None
    return tree.heights.tolist()


def _quoted(label: str) -> str:
    return "'" + label.replace("'", "''") + "'" if label else ""


def _escaped(text: str) -> str:
    return quote(nfc(text), safe="")


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
