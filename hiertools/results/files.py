"""Results as JSON files: what they are and which version wrote them stands first in each."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hiertools._core.files import named_path, read_bytes, write_text
from hiertools._core.plain_json import read_json
from hiertools._core.text_files import why_unreadable
from hiertools.errors import FileFormatError, HiertoolsError, OptionError

FORMAT = 1


def write_result(kind: str, held: Mapping[str, Any], path: str | os.PathLike[str] | None) -> str:
    """Return a result as JSON text, and write it where a path is given."""
    whole = {"hiertools": kind, "format": FORMAT, **held}
    try:
        text = json.dumps(whole, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as cause:
        raise OptionError(
            f"the {kind} holds what no JSON file can: {cause}; its settings must be texts, finite "
            "numbers, and lists of them."
        ) from None
    if path is not None:
        write_text(path, text)
    return text


def read_result(kind: str, source: str | os.PathLike[str]) -> tuple[dict[str, Any], str]:
    """Read a result of one kind as `read_any` does; refuse anything else."""
    held, where = read_any(source)
    if held["hiertools"] != kind:
        raise FileFormatError(
            f"{where}: is not a saved {kind} but a saved {held['hiertools']}; read it with "
            "hiertools.read_result()."
        )
    return held, where


def read_any(source: str | os.PathLike[str]) -> tuple[dict[str, Any], str]:
    """Read a result of any kind from JSON text or a file; return it and where it came from.

    Nothing but JSON is read, and nothing in it is run.
    """
    where, held = _read_json(source)
    kind = held.get("hiertools") if isinstance(held, dict) else None
    if not isinstance(kind, str):
        raise FileFormatError(
            f"{where}: is not a saved result but some other JSON; save one with "
            "result.to_json(path), or --save on the command line."
        )
    if held.get("format") != FORMAT:
        raise FileFormatError(
            f"{where}: was written in format {held.get('format')!r}, this version reads {FORMAT}."
        )
    return held, where


def says_it_is_a_result(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is JSON that names itself a result, be it whole or not."""
    try:
        _, held = _read_json(path)
    except HiertoolsError:
        return False
    return isinstance(held, dict) and "hiertools" in held


def _read_json(source: str | os.PathLike[str]) -> tuple[str, Any]:
    if not isinstance(source, str | os.PathLike):
        raise OptionError(
            f"a result is read from a path or from JSON text; got {type(source).__name__}."
        )
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        where, text = "the text", source.lstrip("\ufeff")
    else:
        path = named_path(source, "the path of the result")
        where = str(path)
        try:
            text = read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise FileFormatError(f"{where}: is not a JSON file.") from None
    try:
        return where, read_json(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as cause:
        raise FileFormatError(f"{where}: is not JSON: {why_unreadable(cause)}.") from None


def _finite(text: str) -> float:
    """Return a number as Python reads it; JSON has neither NaN nor infinities."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Say in one sentence what is wrong with a saved thing, whatever goes wrong inside."""
    try:
        yield
    except KeyError as cause:
        raise FileFormatError(f"{what} lacks {cause}; it was cut or changed; {_ADVICE}.") from None
    except HiertoolsError as cause:
        text = str(cause).rstrip(".")
        raise FileFormatError(f"{what} is damaged: {text}; {_ADVICE}.") from None
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as cause:
        first = next(iter(str(cause).splitlines()), type(cause).__name__).rstrip(".")
        raise FileFormatError(f"{what} is damaged: {first}; {_ADVICE}.") from None
    except RecursionError:
        raise FileFormatError(f"{what} is damaged: it is nested too deep; {_ADVICE}.") from None


_ADVICE = "save the result anew with to_json()"


def held_as(held: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    """Return one entry of a saved result, refusing another type than it is saved as."""
    if not isinstance(held, Mapping):
        raise FileFormatError(f"it must be an object, not {type(held).__name__}")
    value = held[name]
    # To Python, True is a whole number; to JSON it is none.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise FileFormatError(f"{name!r} must be {_NAMES[kind]}, not {_NAMES.get(type(value))}")
    return value


_NAMES: dict[type[Any], str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    bool: "true or false",
    type(None): "null",
}


def texts(held: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts of a saved result."""
    listed = held_as(held, name, list)
    if not all(isinstance(text, str) for text in listed):
        raise FileFormatError(f"{name!r} must hold nothing but text")
    return tuple(listed)


def facts(held: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return a saved mapping from text to text."""
    found: dict[str, str] = held_as(held, name, dict)
    if not all(isinstance(text, str) for text in found.values()):
        raise FileFormatError(f"{name!r} must hold nothing but text")
    return found


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
