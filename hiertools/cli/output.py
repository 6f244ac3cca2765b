"""What commands print and write, and what they show while they work."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from hiertools.errors import FileFormatError, OptionError


class Result(Protocol):
    """What every result can do."""

    def to_json(self, path: str | None = None) -> str:
        """Return JSON; write it where a path is given."""

    def to_html(self, path: str) -> None:
        """Write a report."""


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show that work goes on, on a terminal only; piped output stays clean."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def deliver(
    result: Result, *, json: bool = False, html: Path | None = None, save: Path | None = None,
    around: tuple[str, str] = ("", ""),
) -> None:  # fmt: skip
    """Print a result, between two texts, and write the files asked for."""
    if json:
        print(result.to_json())
    else:
        print("\n\n".join(part for part in (around[0], str(result), around[1]) if part))
    if save is not None:
        result.to_json(str(save))
        told(f"Saved {save}.")
    if html is not None:
        with busy("drawing the report"):
            result.to_html(str(html))
        told(f"Wrote {html}.")


def around(result: Any) -> tuple[str, str]:
    """Return what goes before and after the scores of one model: verdict, and its classes."""
    if not hasattr(result, "per_class"):
        return "", ""
    from hiertools.views.classes import classes_text
    from hiertools.views.verdict import verdict

    sentence = textwrap.fill(verdict(result.scores), 96, break_on_hyphens=False)
    return sentence, classes_text(result.per_class)


def told(sentence: str) -> None:
    """Tell on standard error, where it disturbs no pipe."""
    print(sentence, file=sys.stderr)


def check_targets(*paths: Path | None) -> None:
    """Refuse files that could not be written, before any work is done for them."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise OptionError(f"{str(path)!r} is a folder; name a file to write.")
        above = next(folder for folder in path.absolute().parents if folder.exists())
        if not above.is_dir() or not os.access(above, os.W_OK):
            raise OptionError(f"{str(path)!r} cannot be written: {str(above)!r} takes no files.")


def read_names(path: Path | None) -> list[str] | None:
    """Read class names, one a line, verbatim."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileFormatError(f"{str(path)!r} is no UTF-8 text, one class name a line.") from None
    return text.splitlines()
