"""All readers of trees together."""

from __future__ import annotations

from hiertools.trees.reading.folders import FolderReaders
from hiertools.trees.reading.objects import ObjectReaders
from hiertools.trees.reading.tables import TableReaders
from hiertools.trees.reading.texts import TextReaders


class Readers(TableReaders, TextReaders, ObjectReaders, FolderReaders):
    """The readers that `ClassTree` inherits, one a format.

    A reader of `hiertools.trees.formats` turns text or an object into columns; here they become a
    tree. `hiertools.readers` has the same readers as functions.
    """
