"""What commands print and write, and what they show while they work."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.reporting.parts import Part, Text

PATIENCE = 2.0
"""Seconds that a command may take before it shows how far it is."""


class Result(Protocol):
    """What every result can do."""

    def __rich__(self) -> Text:
        """Return the parts of its text."""

    def to_json(self, path: str | None = None) -> str:
        """Return JSON; write it where a path is given."""

    def to_html(self, path: str) -> None:
        """Write a report."""


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show how far work is and how long it will take, on a terminal only, if it takes a while."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from hiertools._core.progress import listening

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
               TimeRemainingColumn())  # fmt: skip
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    task = shown.add_task(what, total=None)

    def tell(share: float) -> None:
        shown.update(task, total=1.0, completed=share)

    timer = threading.Timer(PATIENCE, shown.start)
    timer.daemon = True
    timer.start()
    try:
        with listening(tell):
            yield
    finally:
        timer.cancel()
        timer.join()
        shown.stop()


def deliver(
    result: Result, *, json: bool = False, html: Path | None = None, save: Path | None = None,
    around: tuple[Part, Part] = ("", ""),
) -> None:  # fmt: skip
    """Write the files asked for, then print the result, between two parts of a text.

    In this order, so that whoever reads only some of the text (``| head``) loses no file.
    """
    if save is not None:
        result.to_json(str(save))
    if html is not None:
        with busy("drawing the report"):
            result.to_html(str(html))
    if json:
        say(result.to_json())
    else:
        show(around[0], *result.__rich__().parts, around[1])
    if save is not None:
        told(f"Saved {save}.")
    if html is not None:
        told(f"Wrote {html}.")


def around(result: Any) -> tuple[Part, Part]:
    """Return what goes before and after the scores: of one model its verdict, and its classes.

    After those of several models, how good they could get, where they have several runs.
    """
    if hasattr(result, "noise_ceilings"):
        from hiertools.reporting.how_good import how_good_table

        return "", how_good_table(result)
    if hasattr(result, "models") or hasattr(result, "trees"):
        return "", ""
    from hiertools.reporting.classes import classes_table
    from hiertools.reporting.parts import Paragraph
    from hiertools.reporting.verdict import verdict
    from hiertools.results.columns import table_in

    told = verdict(table_in(result, "scores"), n_classes=result.n_classes, notes=result.notes)
    return Paragraph(told), classes_table(table_in(result, "per_class"))


ESCAPED = "hiertools-escaped"
"""How output treats letters that its encoding lacks: as JSON and Python write them."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Write what an encoding lacks as ``\uXXXX``, two of them beyond the first plane."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4)), error.end


codecs.register_error(ESCAPED, _escaped)


@contextmanager
def escaping() -> Iterator[None]:
    """Escape on standard output what its encoding lacks: old consoles, ``LANG=C``, pipes there.

    JSON says the same then. Another treatment that was asked for stays
    (``PYTHONIOENCODING=ascii:replace``).
    """
    stream: Any = sys.stdout
    before = getattr(stream, "errors", None)
    if before not in ("strict", "surrogateescape") or not hasattr(stream, "reconfigure"):
        yield
        return
    stream.reconfigure(errors=ESCAPED)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):  # it may take nothing more
            stream.reconfigure(errors=before)


def say(text: str, instead: str = "") -> None:
    """Print, on a terminal nothing that it would obey.

    At once, so that a reader who has left is noticed here and not at the very end.

    Parameters
    ----------
    text : str
        For people, or JSON; for other programs with `instead`.
    instead : str
        What to do where the output's encoding lacks a letter, which programs would read altered.

    Raises
    ------
    OptionError
        It lacks one, and there is an `instead`.
    """
    stream = sys.stdout
    if stream.isatty():
        from hiertools.errors import visible

        text = "\n".join(visible(line) for line in text.split("\n"))
    elif instead:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError as cause:
            raise OptionError(
                f"the output's encoding, {encoding}, has no {text[cause.start]!a}, which is "
                f"in a name; set PYTHONUTF8 to 1, or {instead}."
            ) from None
    print(text, flush=True)


def show(*parts: Part) -> None:
    """Print parts of a text: drawn on a terminal, aligned by blanks elsewhere."""
    from hiertools.reporting.parts import Text

    text = Text(*parts)
    if not sys.stdout.isatty():
        say(str(text))
        return
    from rich.console import Console

    Console(markup=False, emoji=False, highlight=False).print(text)
    sys.stdout.flush()


def told(sentence: str) -> None:
    """Tell on standard error, where it disturbs no pipe; it matters little if nobody listens."""
    try:
        print(sentence, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        muted(sys.stderr)


def muted(stream: Any = None) -> None:
    """Say no more on a stream that takes no more, or what is left would be tried again.

    Parameters
    ----------
    stream : text stream, optional
        Default: standard output.
    """
    stream = sys.stdout if stream is None else stream
    try:
        stream.flush()
        return
    except (OSError, ValueError, AttributeError):
        pass
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)


def refuse_empty(tokens: Sequence[str]) -> None:
    """Refuse an empty argument: a path of no letters would be the current folder.

    Examples
    --------
    >>> refuse_empty(["show", ""])
    Traceback (most recent call last):
        ...
    hiertools.errors.OptionError: the argument after 'show' is empty: is a shell variable unset?
    """
    for place, token in enumerate(tokens):
        if not token.strip():
            after = f" after {tokens[place - 1]!r}" if place else ""
            raise OptionError(f"the argument{after} is empty: is a shell variable unset?")
        _, equals, value = token.partition("=")
        if equals and not value.strip() and not os.path.exists(token):
            raise OptionError(
                f"{token.strip()!r} has nothing behind its equals sign: is a shell variable unset?"
            )
