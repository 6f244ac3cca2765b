"""Text in Unicode NFC: the same name typed in two ways is one name."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["nfc", "nfc_of_all"]


def nfc(text: str) -> str:
    """Return a text in its one form."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def nfc_of_all(texts: Iterable[str]) -> tuple[str, ...]:
    r"""Return many texts in their one form; most are ASCII, which is seen at once.

    Examples
    --------
    >>> nfc_of_all(["lynx", "a\u0308"]) == ("lynx", "\xe4")
    True
    """
    listed = tuple(texts)
    return listed if "".join(listed).isascii() else tuple(map(nfc, listed))
