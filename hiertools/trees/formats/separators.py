"""What separates the components of lineages that are given as text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hiertools._core.alerts import warn
from hiertools.errors import FileFormatError

__all__ = ["SEPARATORS", "find_separator"]

SEPARATORS = ("//", "/", "|", ";", "->", "=>", ">", "::", "→", "»", "\\")
"""Separators that are looked for when none is given: signs that names seldom hold."""

POSSIBLE = (".", ",", ":", " - ", "\t", "__")
"""Signs that may separate components, but that names hold as well: never taken unasked."""

# Signs that are part of another one are not meant: '//' is never two of '/'.
_ALONE = {
    "/": re.compile(r"(?<!/)/(?!/)"),
    ">": re.compile(r"(?<![-=])>"),
    "__": re.compile(r"(?<=\w{3})__(?=\w)"),  # "g__" names a rank
}


def _sign(separator: str) -> re.Pattern[str]:
    return _ALONE.get(separator) or re.compile(re.escape(separator))


def find_separator(lineages: Sequence[str]) -> str | None:
    """Return the separator of lineages given as text, None where no lineage holds any.

    It is the only one of `SEPARATORS` that occurs, or else the only one that occurs in every
    lineage. Blanks that always stand beside it belong to it.

    Raises
    ------
    FileFormatError
        Several could be meant, or one of `POSSIBLE` in every lineage.

    Examples
    --------
    >>> find_separator(["cat > lynx", "cat > puma", "dog"]), find_separator(["lynx", "puma"])
    (' > ', None)
    """
    together = "\n".join(lineages)
    signs = [sep for sep in SEPARATORS if sep[0] in together and sep in together]
    present = [sep for sep in signs if _sign(sep).search(together)]
    if not present:
        _look_for_possible(lineages)
        return None
    if len(present) > 1:
        rows = _rows_with(present, lineages)
        present = [sep for sep in present if rows[sep] == len(lineages)]
        if len(present) != 1:
            seen = ", ".join(f"{sep!r} in {n}" for sep, n in rows.items() if n)
            raise FileFormatError(
                f"the separator of the lineages is not clear: of {len(lineages)} lineages there is "
                f"{seen}; say which with separator=."
            )
    return _with_blanks(present[0], lineages)


def _rows_with(signs: Sequence[str], lineages: Sequence[str]) -> dict[str, int]:
    """Return in how many lineages each sign occurs."""
    together = "\n".join(lineages)
    found = dict.fromkeys(signs, 0)
    for sep in signs:
        if sep in _ALONE and sep in together:
            found[sep] = sum(map(bool, map(_ALONE[sep].search, lineages)))
        elif sep in together:
            found[sep] = sum(sep in text for text in lineages)
    return found


def _with_blanks(sep: str, lineages: Sequence[str]) -> str:
    """Return a separator with the blanks that always stand beside it: "a; b" and "a | b"."""
    together = "\n".join(lineages)
    if " " not in together or (f" {sep}" not in together and f"{sep} " not in together):
        return sep
    around = {
        (m.group(1), m.group(2))
        for text in lineages
        for m in re.finditer(rf"( ?){_sign(sep).pattern}( ?)", text)
        if text[m.end() :].strip()  # one at the end separates nothing
    }
    if len(around) == 1:
        before, after = around.pop()
        return f"{before}{sep}{after}"
    return sep


def _look_for_possible(lineages: Sequence[str]) -> None:
    """Don't make a tree of one level silently where each lineage may have several."""
    if len(lineages) < 2:
        return
    rows = _rows_with(POSSIBLE, lineages)
    if not any(rows.values()):
        return
    found = max(POSSIBLE, key=lambda sep: rows[sep])
    count, sign = rows[found], _with_blanks(found, lineages)
    if count == len(lineages):
        raise FileFormatError(
            f"the lineages hold no separator that is known ({', '.join(SEPARATORS)}), but each "
            f"holds {sign!r}: say separator={sign!r} if that is one, or separator='/' if each "
            "lineage is one name."
        )
    if 2 * count > len(lineages):
        warn(
            f"{count} of {len(lineages)} lineages hold {sign!r}, and none a separator that is "
            "known, so each is one name right below the root; if it separates, say "
            f"separator={sign!r}.",
        )
