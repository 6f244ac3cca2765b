"""Lineages, texts with separators or sequences, into their components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hiertools._core import checks
from hiertools._core.one_form import nfc
from hiertools._core.tables import is_missing
from hiertools.errors import FileFormatError, OptionError
from hiertools.trees.formats.components import Components, Row
from hiertools.trees.formats.placeholders import cut, says_nothing
from hiertools.trees.formats.separators import find_separator

__all__ = ["split_lineages"]


def split_lineages(
    names: Sequence[str] | None, given: Sequence[Any], separator: str | None
) -> Components:
    """Return the components of each lineage at their places, "" for blank ones.

    Examples
    --------
    >>> list(split_lineages(None, ["cat; lynx", "cat; puma", "dog"], None).rows())
    [('cat', 'lynx'), ('cat', 'puma'), ('dog',)]
    """
    texts = [lineage for lineage in given if isinstance(lineage, str)]
    if separator == "":
        raise OptionError("separator must not be empty.")
    if texts and separator is None:
        separator = find_separator(texts)
    whole = _whole_names(names, given, separator) if names is not None and separator else {}
    # One that can overlap itself is found elsewhere from the end than from the beginning.
    if separator and separator[0] not in separator[1:]:
        held = _split_at_last(names, given, separator, whole)
    else:
        held = Components.of(
            [_row(names, place, each, separator, whole) for place, each in enumerate(given)]
        )
    # A separator in front of each lineage, as of a path, is no level.
    if texts and all(above and not above[0] for above in held.groups):
        first = min(map(_first, held.groups))
        held = held.with_groups(lambda above: above[first:])
    return held


def _split_at_last(
    names: Sequence[str] | None, given: Sequence[Any], separator: str, whole: Mapping[int, str]
) -> Components:
    """Split each text at its last separator, and what is in front, which many share, once."""
    texts = [lineage if isinstance(lineage, str) else "" for lineage in given]
    above: list[str | Row] = [text.rpartition(separator)[0] for text in texts]
    last = _last_ones([text.rpartition(separator)[2] for text in texts], separator)
    closer = set(whole)
    if "" in above or "" in last:
        closer.update(place for place, both in enumerate(zip(above, last)) if "" in both)
    for place in sorted(closer):
        row = _row(names, place, given[place], separator, whole)
        above[place], last[place] = row[:-1], row[-1]
    number = {each: place for place, each in enumerate(dict.fromkeys(above))}
    named = _Named().__getitem__
    groups = [
        tuple(map(named, each.split(separator))) if isinstance(each, str) else each
        for each in number
    ]
    return Components(groups, list(map(number.__getitem__, above)), last)


def _last_ones(ends: list[str], separator: str) -> list[str]:
    """Return last components as they are kept, "" where the whole lineage is to be looked at."""
    bare = separator.strip() or separator
    if "".join(ends).isascii() and not bare[-1].isalnum():
        # What ends in a letter or digit, as most do, is not blank, nor a rank alone.
        return [end if end[-1:].isalnum() else _last(end, bare) for end in ends]
    return [_last(end, bare) for end in ends]


def _last(end: str, bare: str) -> str:
    vague = end.rstrip().endswith(bare) or says_nothing(end)
    return "" if vague else nfc(end)


class _Named(dict[str, str]):
    """Components as they are kept: one text for all groups that hold it."""

    def __missing__(self, part: str) -> str:
        self[part] = name = part if part.isascii() and part.isalnum() else _named(part)
        return name


def _named(part: str) -> str:
    return nfc(part) if part.strip() else ""


def _row(
    names: Sequence[str] | None,
    place: int,
    lineage: Any,
    separator: str | None,
    whole: Mapping[int, str],
) -> Row:
    """Return the components of one lineage, or say why it has none."""
    if isinstance(lineage, str):
        row = cut(tuple(map(_named, _parts_of(lineage, separator, whole.get(place)))))
        sound = not all(map(says_nothing, row))
        told = f" (separator {separator!r})"
    elif is_missing(lineage) or not checks.is_list(lineage):
        what = _called(names, place)
        if isinstance(lineage, set | frozenset):
            raise FileFormatError(
                f"the lineage of {what}, {lineage!r}, is a set, which has no order; give a list, "
                "the broadest group first."
            )
        raise FileFormatError(f"the lineage of {what} must be text; got {lineage!r}.")
    else:
        row = tuple(nfc(part) if isinstance(part, str) else "" for part in lineage)
        sound = bool(row) and "" not in row
        told = ""
    if not sound:
        raise FileFormatError(
            f"the lineage of {_called(names, place)}, {lineage!r}, has an empty component or "
            f"one that is not text{told}; remove it, or name it."
        )
    return row


def _first(above: Row) -> int:
    """Return the place of the first component that is not empty, be it the last one below."""
    return next((place for place, part in enumerate(above) if part), len(above))


def _called(names: Sequence[str] | None, row: int) -> str:
    return f"row {row}" if names is None else f"class {names[row]!r}"


def _parts_of(lineage: str, separator: str | None, name: str | None) -> list[str]:
    if not separator or name == lineage:
        return [lineage]
    if name is None:
        # "Bacteria; Firmicutes;": what ends a lineage may lack the blank behind it.
        bare, text = separator.strip(), lineage.rstrip()
        if bare and text.endswith(bare):
            lineage = text[: -len(bare)].rstrip(" " if separator.startswith(" ") else "")
        return lineage.split(separator)
    above = lineage[: len(lineage) - len(name) - len(separator)]
    return [*above.split(separator), name]


def _whole_names(names: Sequence[str], given: Sequence[Any], separator: str) -> dict[int, str]:
    """Return, by row, class names that hold the separator and end their lineage as they are.

    Where every name is its whole lineage, the names are paths and say nothing.
    """
    if all(name == lineage for name, lineage in zip(names, given)):
        return {}
    bare = separator.strip() or separator
    return {
        row: name
        for row, name in enumerate(names)
        if isinstance(name, str)
        and bare in name
        and isinstance(lineage := given[row], str)
        and (lineage == name or lineage.endswith(separator + name))
    }
