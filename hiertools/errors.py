"""Every error hiertools raises on purpose.

All of them are `HiertoolsError`, which is a `ValueError`: one ``except`` catches the lot, and code
written against plain ``ValueError`` keeps working. A message says what, where, what was seen and
what to do, in one sentence or two.
"""

import unicodedata

_BREAKING = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's control characters, halves of pairs (from names of folders) and line separators."""

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of direction: they make what follows them read otherwise than it is written."""


def visible(text: str) -> str:
    r"""Return a text that keeps to one line: what would break it is written as Python writes it.

    Names may hold anything. A line break in one would tear a table or a plot, an escape character
    would be obeyed by a terminal, half a surrogate pair can't be written to a file, and a mark of
    direction can turn a name around, or the numbers behind it.

    Examples
    --------
    >>> visible("price $5"), visible("two\nlines"), visible("\x1b[31mred")
    ('price $5', 'two\\nlines', '\\x1b[31mred')
    >>> visible("gpj.\u202eexe")
    'gpj.\\u202eexe'
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode()
        if char in _TURNING or unicodedata.category(char) in _BREAKING
        else char
        for char in text
    )


LONGEST = 2000
"""Characters of a message; what a file calls by a longer name is told by its ends."""


def _shortened(text: str) -> str:
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"


class HiertoolsError(ValueError):
    """Base of every error that hiertools raises about its input.

    Whatever names a message tells, it is one line that can be printed, and no page.
    """

    tree_file: str | None = None
    """The file of a tree that was being read, for advice on its options."""

    def __init__(self, *told: object) -> None:
        super().__init__(*(_shortened(visible(t)) if isinstance(t, str) else t for t in told))


class TreeError(HiertoolsError):
    """A class tree that breaks an invariant: a cycle, two roots, a class on two nodes, ..."""


class RepresentativesError(HiertoolsError):
    """Class representatives or distances that can't be used: NaN, wrong shape, zero vectors, ..."""


class PredictionsError(HiertoolsError):
    """Predictions that can't be scored: labels out of range, NaN scores, an empty test set, ..."""


class ClassMismatchError(HiertoolsError):
    """Two inputs that ought to name the same classes do not."""


class OptionError(HiertoolsError):
    """An option that is unknown, out of range, or contradicts another one."""


class FileFormatError(HiertoolsError):
    """A file that is missing, empty, truncated, or not of the format it was taken for."""


class MissingDependencyError(HiertoolsError, ImportError):
    """An optional library is needed for what was asked, and is not installed."""


class TooLargeError(HiertoolsError, MemoryError):
    """What was asked for can't fit in the memory that is free; nothing has been computed."""


class UnwritableError(HiertoolsError, OSError):
    """A file that can't be written: the disk is full, ...; what was there before still is."""


class HiertoolsWarning(UserWarning):
    """Something the user should know, although a right result could be given."""
