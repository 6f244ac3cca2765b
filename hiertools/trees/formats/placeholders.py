"""Placeholders: what stands in a lineage where no group is known, and ranks that prefixes tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain

from hiertools._core.alerts import warn
from hiertools.trees.formats.components import Components, Row

__all__ = [
    "NOT_KNOWN",
    "PREFIXES",
    "RANKS",
    "UNKNOWN",
    "Nothing",
    "cut",
    "rank_of",
    "ranks_of_prefixes",
    "says_nothing",
    "tell_placeholders",
    "without_placeholders",
]

NOT_KNOWN = ("NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None")
"""Cells that programs write where there is nothing: R its NA, pandas its NaN, Excel its #N/A."""

PREFIXES = {
    "d": "domain", "sk": "superkingdom", "k": "kingdom", "ks": "subkingdom", "sp": "superphylum",
    "p": "phylum", "ps": "subphylum", "pi": "infraphylum", "sc": "superclass", "c": "class",
    "cs": "subclass", "ci": "infraclass", "so": "superorder", "o": "order", "os": "suborder",
    "sf": "superfamily", "f": "family", "fs": "subfamily", "g": "genus", "s": "species",
    "t": "strain",
    "D_0": "domain", "D_1": "phylum", "D_2": "class", "D_3": "order", "D_4": "family",
    "D_5": "genus", "D_6": "species",
}  # fmt: skip
"""Ranks by their prefixes in Greengenes, GTDB, QIIME and SILVA, each with its letters first."""

RANKS = tuple(dict.fromkeys(PREFIXES.values()))
"""These ranks, coarsest first."""

_PREFIX = r"(?:[a-z]{1,2}|D_\d+)__"
UNKNOWN = (
    "unclassified", "unidentified", "uncultured", "unknown", "unassigned", "undetermined",
)  # fmt: skip
_BARE = {*UNKNOWN, "sp", "ssp", "spp", "sspp", "spec", "sspec", "metagenome"}
"""Placeholders of letters alone."""

_UNKNOWN = f"(?:{'|'.join(UNKNOWN)})"
# The rank alone, as Greengenes and QIIME write it where a sequence has no group of that rank.
RANK_ALONE = re.compile(_PREFIX, re.IGNORECASE)
PLACEHOLDER = re.compile(
    rf"(?:{_PREFIX})?\s*(?:{_UNKNOWN}(?:[ _].*)?|ambiguous[ _]taxa|no[ _]rank"
    r"|environmental[ _]samples?|(?:.*[ _])?metagenome|(?:.*[ _])?s?sp(?:p|ec)?\.?)"
    rf"|.*[ _]{_UNKNOWN}|(?:.*(?:\b|_))?incertae[ _-]sedis\b.*|{_PREFIX}",
    re.IGNORECASE | re.DOTALL,
)
"""What is written where no group is known: ``g__``, "unclassified", "Incertae sedis", "sp."."""


def says_nothing(part: str) -> bool:
    """Tell a component that is blank, or that names a rank and no group of it.

    Examples
    --------
    >>> [says_nothing(part) for part in (" ", "g__", "D_5__", "g__Lynx", "unclassified")]
    [True, True, True, False, False]
    """
    part = part.strip()
    return not part or (part.endswith("__") and RANK_ALONE.fullmatch(part) is not None)


class Nothing:
    """What a reader takes for no group, and how much of it was met.

    Parameters
    ----------
    missing : sequence of str, optional
        The words, beside blanks and ranks alone; by default `NOT_KNOWN` and all that `PLACEHOLDER`
        describes.

    Examples
    --------
    >>> nothing = Nothing(None)
    >>> [nothing(part) for part in ("g__", "g__unclassified", "Felidae incertae sedis", "Lynx sp.")]
    [True, True, True, True]
    >>> [nothing(part) for part in ("g__Lynx", "Wasp", "Lynx sp. 2", "s__UBA12 sp0024")]
    [False, False, False, False]
    >>> Nothing([])("unclassified"), Nothing(["?"])("?")
    (False, True)
    """

    def __init__(self, missing: Sequence[str] | None) -> None:
        self._by_default = missing is None
        given = NOT_KNOWN if missing is None else missing
        self._words = {given} if isinstance(given, str) else set(given)

    def __call__(self, part: str) -> bool:
        """Tell whether a component stands for no group."""
        if part.isascii() and part.isalnum():  # as most are
            return part in self._words or (self._by_default and part.lower() in _BARE)
        bare = part.strip()
        if bare in self._words or says_nothing(bare):
            return True
        return self._by_default and PLACEHOLDER.fullmatch(bare) is not None

    def among(self, parts: Collection[str]) -> bool:
        """Tell whether any of many components, none of them "", stands for no group."""
        joined = "".join(parts)
        if not (joined.isascii() and joined.isalnum()):
            return any(map(self, parts))
        if not self._words.isdisjoint(parts):
            return True
        lines = "\n".join(("", *parts, "")).lower()
        return self._by_default and any(f"\n{word}\n" in lines for word in _BARE)


def tell_placeholders(
    found: Sequence[str],
    where: str,
    unit: str = "component",
    advice: str = "; if it is a name, pass missing=[]",
) -> None:
    """Warn of components, blank ones among them, that were read as no group."""
    if not found:
        return
    shown = next(filter(str.strip, found), "").strip()
    held = f"{shown!r} or the like" if shown else "nothing"
    warn(
        f"{where}: {len(found)} {unit}(s) hold {held}, which is read as no group: what is below "
        f"hangs from the group above{advice}."
    )


def cut(row: Row) -> Row:
    """Return a row without what is empty behind its last component."""
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


def without_placeholders(
    names: Sequence[str] | None, held: Components, nothing: Nothing
) -> tuple[Components, int]:
    """Return lineages with "" for what names no group, and how many such places there are.

    What a class is called stays as its own node, whatever it says: it is one class, no group.
    """
    parts = set(chain.from_iterable(held.groups))
    if not ("" in parts or "" in held.last or nothing.among(parts) or nothing.among(held.last)):
        return held, 0  # as where nothing is unknown
    places = _Placeholders(nothing)
    groups = [places.above(row) for row in held.groups]
    kept = Components()
    for place, last in enumerate(held.last):
        above, left_out = groups[held.group[place]]
        places.found += left_out
        if names is None or names[place] == last:
            gone = says_nothing(last)
        else:
            gone = places.hold(last)
        if gone:
            places.found.append(last)
        kept.add(cut((*above, "" if gone else last)))
    places.tell(len(held.last))
    return kept, len(places.found)


class _Placeholders:
    """What was read as no group."""

    def __init__(self, nothing: Nothing) -> None:
        self.nothing = nothing
        self.found: list[str] = []
        self._known: dict[str, bool] = {"": True}

    def hold(self, part: str) -> bool:
        """Tell whether a component names no group."""
        known = self._known.get(part)
        if known is None:
            known = self._known[part] = self.nothing(part)
        return known

    def above(self, row: Row) -> tuple[Row, list[str]]:
        """Return what stands above a last component, "" for no group, and what these said."""
        clean = tuple("" if self.hold(part) else part for part in row)
        first = next((place for place, part in enumerate(row) if part), 0)
        return clean, [part for part, left in zip(row[first:], clean[first:]) if not left]

    def tell(self, n_rows: int) -> None:
        tell_placeholders(self.found, f"{n_rows} lineage(s)")


def rank_of(part: str) -> str | None:
    """Return the rank that the prefix of a component tells, None where it has none that is known.

    Examples
    --------
    >>> rank_of("g__Lynx"), rank_of("D_5__Lynx"), rank_of("Lynx"), rank_of("sea__lion")
    ('genus', 'genus', None, None)
    """
    prefix, found, _ = part.strip().partition("__")
    return PREFIXES.get(prefix) if found else None


def ranks_of_prefixes(held: Components, own: Sequence[str]) -> tuple[str, ...] | None:
    """Return the ranks that prefixes tell, coarsest first; None where they don't tell all of them.

    A lineage has each rank once, coarse before fine. Components that are "" have none, nor need the
    last one where it is a class's `own` name.

    Examples
    --------
    >>> rows = [("f__Felidae", "", "s__Lynx lynx"), ("f__Canidae", "dog")]
    >>> ranks_of_prefixes(Components.of(rows), ["a", "dog"])
    ('family', 'species')
    >>> ranks_of_prefixes(Components.of([("f__Felidae", "Lynx", "s__Lynx lynx")]), ["a"])
    """
    place = {rank: i for i, rank in enumerate(RANKS)}
    lowest = []
    occurring = set()
    for above in held.groups:
        before = -1
        for part in filter(None, above):
            rank = rank_of(part)
            if rank is None or place[rank] <= before:
                return None
            before = place[rank]
            occurring.add(rank)
        lowest.append(before)
    for group, last, name in zip(held.group, held.last, own):
        rank = rank_of(last)
        if rank is not None and place[rank] > lowest[group]:
            occurring.add(rank)
        elif rank is not None or last not in ("", name):
            return None
    return tuple(filter(occurring.__contains__, RANKS)) or None
