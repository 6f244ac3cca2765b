"""What a reader may do: return, or raise a `HiertoolsError` of one sentence, soon."""

from __future__ import annotations

import functools
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, ParamSpec

from hiertools._core.memory import GIVE_LESS
from hiertools.errors import HiertoolsError, HiertoolsWarning, TooLargeError

P = ParamSpec("P")

SECONDS = 5.0
"""Processor time that no input of a few kilobytes needs, however slow the machine."""

LONGEST = 1000
"""Characters of a sentence, beside those of the names in it, which the input gives."""

_OF_OTHERS = ("Traceback", 'File "', "site-packages", "weights_only=False", "sys.set_int")


class Finding(NamedTuple):
    """Something that a reader must not do."""

    kind: str
    place: str
    told: str

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"{self.kind}-{self.place}" if self.place else self.kind


class Broken(AssertionError):
    """What was returned isn't what it should be."""


def expect(holds: object, what: str) -> None:
    """Say what doesn't hold, if it doesn't; with -O too."""
    if not holds:
        raise Broken(what)


def after_reading(check: Callable[P, None]) -> Callable[P, None]:
    """Let a check of what was returned refuse nothing: the reader took it."""

    @functools.wraps(check)
    def checked(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            check(*arguments, **options)
        except HiertoolsError as error:
            raise Broken(f"refused later: {error}") from error

    return checked


def judged(run: Callable[[bytes, Path], None], data: bytes, folder: Path) -> Finding | None:
    """Give an input to a target, and return what is wrong with what it does."""
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", HiertoolsWarning)
            run(data, folder)
    except HiertoolsError as error:
        wrong = wrong_with(str(error), len(data))
        if isinstance(error, TooLargeError) and str(error).endswith(GIVE_LESS):
            wrong = "lack of memory"  # its sizes should have been looked at before
        if wrong:
            return Finding(wrong, _place(error), repr(str(error))[:300])
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        kind = type(error).__name__
        if isinstance(error, Broken):
            kind, _, _ = str(error).partition(":")
        return Finding(kind, _place(error.__cause__ or error), repr(str(error))[:300])
    seconds = time.process_time() - start
    if seconds > SECONDS:
        return Finding("slow", "", f"{seconds:.1f} s")
    return None


def wrong_with(message: str, names: int = 0) -> str:
    r"""Say why a message is no sentence; "" if it is one.

    Examples
    --------
    >>> wrong_with("a.csv: the table is empty."), wrong_with("a\nb")
    ('', 'several lines')
    """
    if not message.strip():
        return "no message"
    if len(message.splitlines()) > 1:
        return "several lines"
    if len(message) > LONGEST + 10 * names:  # a character may be told by an escape
        return "long message"
    if any(text in message for text in _OF_OTHERS):
        return "words of others"
    try:
        message.encode()
    except UnicodeEncodeError:
        return "half characters"
    return ""


def _place(error: BaseException) -> str:
    """Return the innermost function of ours, which tells findings apart."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _OURS.search(frame.filename)] or frames
    return f"{Path(ours[-1].filename).stem}-{ours[-1].name}" if ours else ""


_OURS = re.compile(r"[/\\]hiertools(_torch)?[/\\](?!.*verification)")


def told(finding: Finding, target: str) -> str:
    """Return what the screen shows of a finding."""
    return f"{target}: {finding.name}: {finding.told}"


def show(text: str) -> None:
    """Write a line to the screen, whatever the target did to the streams."""
    print(text, file=sys.__stderr__, flush=True)
