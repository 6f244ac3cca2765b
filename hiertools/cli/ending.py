"""How a command ends, whatever happens: with a status, and one sentence if it isn't 0.

Nothing heavy is imported here, so that what a command imports happens inside and can be stopped.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import CycloptsError

    from hiertools.errors import HiertoolsError

__all__ = ["INTERRUPTED", "READER_LEFT", "REFUSED", "TERMINATED", "ended", "line", "misread"]

REFUSED = 2
"""Exit status where the input can't be used."""

INTERRUPTED = 130
"""That of a program which Ctrl-C ends."""

READER_LEFT = 141
"""Where nobody read all that was printed: that of a program which SIGPIPE ends."""

TERMINATED = 143
"""That of a program which SIGTERM ends: a batch system, a container, or ``kill``."""


AGAIN = 0.05
"""Seconds until a signal that was lost is sent again."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came. Whatever puts things in order after Ctrl-C does so after this, too."""


def ended(
    program: str,
    command: Callable[[], object],
    *,
    speaks: Callable[[], bool] = lambda: True,
) -> int:
    """Run a command; return its status, and say in one line on standard error what went wrong.

    A command that knows how to go on after Ctrl-C or SIGTERM says so in a note of the exception.

    Parameters
    ----------
    program : str
        Its name, which begins the line.
    command : function
        What it returns is the status if it is a whole number; else that is 0.
    speaks : function
        Whether this process is the one that says it, where several run.

    Examples
    --------
    >>> ended("hiertools", lambda: None)
    0
    """
    from hiertools.cli.surroundings import standing, surroundings

    hook = sys.unraisablehook
    try:
        with standing(), surroundings():
            return _ended(program, command, speaks)
    finally:
        sys.unraisablehook = hook


def _ended(program: str, command: Callable[[], object], speaks: Callable[[], bool]) -> int:
    from hiertools.cli.output import escaping, muted, told
    from hiertools.errors import FileFormatError, HiertoolsError, TreeError

    status, why = REFUSED, ""
    try:
        with _terminable(), escaping(), _warning(program, speaks):
            found = command()
        return found if isinstance(found, int) else 0
    except (FileFormatError, TreeError) as error:
        why = _on_the_command_line(error)
    except HiertoolsError as error:
        why = str(error)
    except BrokenPipeError:
        # The reader of our output has left (`| head`): nothing to tell, and nobody to tell it.
        muted()
        return READER_LEFT
    except MemoryError:
        why = "this needs more memory than is free; give fewer classes, or a larger machine."
    except Exception as error:
        why = _why(error)
        if not why:
            raise  # a fault of ours, which wants all that Python tells
        muted()
    except Terminated as stop:
        status, why = TERMINATED, _stopped("terminated.", stop)
    except KeyboardInterrupt as stop:
        status, why = INTERRUPTED, _stopped("interrupted.", stop)
    if speaks():
        told(line(program, why))
    return status


def _on_the_command_line(error: HiertoolsError) -> str:
    """Return what an error says, and how an option of a tree's file that it advises is written."""
    from hiertools.trees.taxonomies.file_options import how_to_write

    why = str(error)
    written = "" if error.tree_file is None else how_to_write(why, error.tree_file)
    return f"{why} On the command line: {written!r}." if written else why


@contextlib.contextmanager
def _warning(program: str, speaks: Callable[[], bool]) -> Iterator[None]:
    """Tell warnings in a line of the program, without the place in its code that Python shows."""
    import warnings

    from hiertools.cli.output import told

    def tell(message: Warning | str, *_: object) -> None:
        if speaks():
            told(line(program, f"warning: {message}"))

    with warnings.catch_warnings():
        warnings.showwarning = tell  # type: ignore[assignment]
        yield


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Make an exception of SIGTERM, unless somebody else does something about it."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    own = os.getpid()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one does not wait
        if os.getpid() != own:  # forked by what the command runs
            os.kill(os.getpid(), signal.SIGTERM)
            return
        raise Terminated

    tell = sys.unraisablehook
    again: list[threading.Timer] = []

    def not_raised(what: sys.UnraisableHookArgs) -> None:
        """Send a signal again whose exception Python has ignored, as it does while it forks.

        What objects tell that are thrown away meanwhile, such as that their processes have ended
        by the same signal, is part of the end.
        """
        if issubclass(what.exc_type, KeyboardInterrupt):
            if os.getpid() != own:
                return
            terminated = issubclass(what.exc_type, Terminated)
            if terminated:
                signal.signal(signal.SIGTERM, stop)
            if any(timer.is_alive() for timer in again):
                return  # one is enough
            number = signal.SIGTERM if terminated else signal.SIGINT
            again.append(threading.Timer(AGAIN, os.kill, (own, number)))
            again[-1].daemon = True
            again[-1].start()
        elif signal.getsignal(signal.SIGTERM) is stop:
            tell(what)

    sys.unraisablehook = not_raised  # `ended` puts the other one back, when all is thrown away
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stopped(told: str, stop: KeyboardInterrupt) -> str:
    """Add what the outermost who knows says of how to go on."""
    return " ".join([told, *getattr(stop, "__notes__", [])[-1:]])


def _why(error: Exception) -> str:
    """Return what the system refuses, or what else is no fault of ours; "" for those."""
    from hiertools._core.broken import broken_libraries, how_to_mend

    libraries = broken_libraries(error)
    if libraries:
        return f"{libraries[0]}, which is needed, {how_to_mend(error, libraries)}"
    if isinstance(error, Warning):
        return f"{str(error).rstrip('.')}; that is a warning, which PYTHONWARNINGS makes an error."
    if not isinstance(error, OSError):
        return ""
    if isinstance(error, FileNotFoundError) and error.filename is None:
        return "the current folder is there no more; go to one that is."
    named = f": {str(error.filename)!r}" if error.filename is not None else ""
    return f"{error.strerror or error}{named}."


def misread(error: CycloptsError) -> str:
    """Return what is wrong with a command line, and the option that may have been meant.

    Letters alone count there: of ``--lr`` and ``--tree``, cyclopts sees four in common.
    """
    from cyclopts.exceptions import UnknownOptionError, UnusedCliTokensError

    from hiertools._core.checks import closest, name_list

    told = str(error)
    if isinstance(error, UnusedCliTokensError):
        return f"Too many arguments: {name_list(error.unused_tokens or ())}."
    head, guessed, guess = told.partition(" Did you mean ")
    if not isinstance(error, UnknownOptionError) or (guessed and not guess.startswith("-")):
        return told
    options = [name for each in error.argument_collection if each.parse for name in each.names]
    given = (error.token.keyword or error.token.value).partition("=")[0]
    near = closest(given, [name for name in options if name.lstrip("-")[:3] != "no-"])
    return head if near is None else f"{head} Did you mean {near}?"


def line(program: str, sentence: object) -> str:
    r"""Return what a terminal shows: one line, and nothing in it that a terminal would obey.

    Examples
    --------
    >>> line("hiertools", "there is no file '\x1b[31mred'.")
    "hiertools: there is no file '\\x1b[31mred'."
    """
    text = " ".join(str(sentence).split())
    if not text.isprintable():
        from hiertools.errors import visible

        text = visible(text)
    return f"{program}: {text}"
