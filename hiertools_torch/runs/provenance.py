"""``provenance.json``: what an export was made from, and the digests of its files.

It is removed before an export (or more training) changes anything, and written when all is done. So
the files beside it are those of one export; one that is not as it says is damaged, or was replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hiertools._core.files import write_text
from hiertools._core.plain_json import read_json
from hiertools._core.seal import file_digest
from hiertools.errors import FileFormatError

__all__ = [
    "check_exported",
    "forget_export",
    "is_exported",
    "read_provenance",
    "write_json",
    "write_provenance",
]

FILE = "provenance.json"


def write_provenance(values: dict[str, Any], folder: Path, names: Iterable[str]) -> None:
    """Write what the files `names` in `folder` were made from, their digests, and its own."""
    files = {name: file_digest(folder / name) for name in names}
    held = {**values, "files": files}
    write_json({**held, "sha256": _digest(held)}, folder / FILE)


def forget_export(folder: Path) -> None:
    """Say that the files in a folder are no longer those of one export."""
    (folder / FILE).unlink(missing_ok=True)


def is_exported(folder: Path) -> bool:
    """Say whether an export came to its end."""
    return (folder / FILE).is_file()


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return what `write_provenance` wrote.

    Raises
    ------
    FileFormatError
        There is none, so that the export never came to its end; or it is damaged.
    """
    try:
        held = read_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        raise FileFormatError(
            f"{folder} holds no complete export: {FILE}, which is written last, is missing; go on "
            f"with `hiertools_torch train --resume --out {folder}`, or export what there is with "
            f"`hiertools_torch export {folder}`."
        ) from None
    except (OSError, ValueError, RecursionError):
        held = None
    written = held.pop("sha256", None) if isinstance(held, dict) else None
    if written is None or written != _digest(held):
        raise FileFormatError(
            f"{folder / FILE} is damaged, or was written by an earlier version; write it again "
            f"with `hiertools_torch export {folder}`."
        )
    return dict(held)


def check_exported(folder: Path, name: str) -> None:
    """Check that a file is the one that was exported.

    Raises
    ------
    FileFormatError
        It is damaged, or of another export.
    """
    written = read_provenance(folder)["files"].get(name)
    if written != file_digest(folder / name):
        raise FileFormatError(
            f"{folder / name} is not the file that was exported, as its digest in {FILE} tells: it "
            f"is damaged or was replaced; write it again with `hiertools_torch export {folder}`."
        )


def write_json(values: Any, path: Path) -> None:
    """Write JSON, whole or not at all."""
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
