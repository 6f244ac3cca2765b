"""Trees from folders of folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, Self

from hiertools._core.doors import door
from hiertools.trees.formats.folders import read_folder
from hiertools.trees.reading.building import Building


class FolderReaders(Building):
    """The reader of folders."""

    @classmethod
    @door
    def from_folder(
        cls,
        folder: str | os.PathLike[str],
        /,
        *,
        names: Literal["name", "path"] = "name",
        extensions: Sequence[str] | None = None,
    ) -> Self:
        """Build a tree from nested folders.

        The folder itself is the unnamed root. Folders without subfolders are classes, and so are
        those that hold files directly beside subfolders (classes at inner nodes). Names that start
        with a dot are skipped, and what systems leave in folders (``__MACOSX``, ``@eaDir``,
        ``Thumbs.db``, ``desktop.ini``, ...); links to folders are followed.

        Parameters
        ----------
        folder
            The folder. Files directly in it do not matter.
        names
            Class names: the folder's own ``"name"``, or its ``"path"`` below the root with ``/``.
        extensions
            Count only files that end so (``(".png", ".jpg")``, case ignored) as a class's files.
            Stray text files beside subfolders then make no class.

        Returns
        -------
        ClassTree
            Folders in alphabetical order; classes depth first.

        Raises
        ------
        FileFormatError
            No such folder, no folders in it, a link that leads back up.
        TreeError
            Two classes of the same name.

        Examples
        --------
        >>> from hiertools import ClassTree
        >>> import tempfile, pathlib
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat/lynx", "cat/puma", "dog"):
        ...     (root / name).mkdir(parents=True)
        >>> ClassTree.from_folder(root).classes
        ('lynx', 'puma', 'dog')
        """
        return cls._built(read_folder(folder, names=names, extensions=extensions))
