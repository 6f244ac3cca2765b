"""Results as JSON files: what they are and which version wrote them stands first in each."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from hiertools._core.files import atomic_write, named_path
from hiertools.errors import FileFormatError

FORMAT = 1


def write_result(what: str, held: Mapping[str, Any], path: str | os.PathLike[str] | None) -> str:
    """Return a result as JSON text, and write it where a path is given."""
    text = json.dumps(
        {"hiertools": what, "format": FORMAT, **held}, allow_nan=False, default=_plain
    )
    if path is not None:
        with atomic_write(path) as file:
            file.write(text)
    return text


def read_result(what: str, source: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a result from JSON text or a file; refuse anything else."""
    if isinstance(source, str) and source.lstrip().startswith("{"):
        where, text = "the text", source
    else:
        where = str(source)
        try:
            text = named_path(source, "the path of the result").read_text(encoding="utf-8")
        except OSError as cause:
            raise FileFormatError(f"{where}: can't be read: {cause.strerror or cause}.") from None
        except UnicodeDecodeError:
            raise FileFormatError(f"{where}: is not a JSON file.") from None
    try:
        held = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as cause:
        raise FileFormatError(f"{where}: is not JSON: {cause}.") from None
    kind = held.get("hiertools") if isinstance(held, dict) else None
    if kind != what:
        raise FileFormatError(
            f"{where}: is not a saved {what} but {kind or 'some other JSON'}; "
            "write one with to_json()."
        )
    if held.get("format") != FORMAT:
        raise FileFormatError(
            f"{where}: was written in format {held.get('format')}, this version reads {FORMAT}."
        )
    return dict(held)


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
