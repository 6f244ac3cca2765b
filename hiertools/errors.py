"""Every error hiertools raises on purpose.

All of them are `HiertoolsError`, which is a `ValueError`: one ``except`` catches the lot, and code
written against plain ``ValueError`` keeps working. A message says what, where, what was seen and
what to do, in one sentence or two.
"""


class HiertoolsError(ValueError):
    """Base of every error that hiertools raises about its input."""


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


class HiertoolsWarning(UserWarning):
    """Something the user should know, although a right result could be given."""
