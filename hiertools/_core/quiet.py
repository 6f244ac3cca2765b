"""Ignore the warnings of other people's code while it runs, in whatever thread it does.

``warnings.catch_warnings`` puts back the filters that it found; in two threads at once the second
finds those of the first, and puts them back for good. Here one thread waits for the other. (A
warning that a third thread gives meanwhile is ignored, too: filters are the process's.)
"""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator

__all__ = ["no_warnings"]

_LOCK = threading.RLock()

if hasattr(os, "register_at_fork"):  # not on Windows
    # Nobody forks meanwhile: the child would wait for a thread that it does not have.
    os.register_at_fork(
        before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release
    )


@contextlib.contextmanager
def no_warnings(message: str = "") -> Iterator[None]:
    """Ignore the warnings in the block whose text begins like this pattern; by default every one.

    Examples
    --------
    >>> import warnings
    >>> with no_warnings():
    ...     warnings.warn("of a library's own affairs")
    """
    with _LOCK, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=message)
        yield
