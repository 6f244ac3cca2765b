"""The kept inputs: a text file a target, a line an input, so that a diff shows what was added.

An input made by hand has a name; one that was found by the engine because it reaches code that the
others don't is called by its digest. Text is kept as JSON, bytes in base85 behind ``'``, and what
is long and says little in base85 of zlib behind ``%``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")
WORK = Path(__file__).parents[3] / ".fuzz"
"""Where the engine keeps all that it found, on this machine only."""

MOST = 6_000
"""Bytes of found inputs that are kept of a target; those made by hand are kept besides."""


def digest(data: bytes) -> str:
    """Return what a found input is called."""
    return hashlib.sha256(data).hexdigest()[:10]


def is_found(name: str) -> bool:
    """Whether an input was found by the engine, and has no name of its own."""
    return len(name) == 10 and set(name) <= set("0123456789abcdef")


def read(target: str, folder: Path = FOLDER) -> dict[str, bytes]:
    """Return the kept inputs of a target by their names."""
    path = folder / f"{target}.txt"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").split("\n")
    pairs = (line.split("\t", 1) for line in lines if line)
    return {name: _decoded(text) for name, text in pairs}


def keep(target: str, inputs: Mapping[str, bytes], folder: Path = FOLDER) -> None:
    """Write the kept inputs of a target, those with names first, whole or not at all."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{target}.txt"
    new = path.with_suffix(f".{os.getpid()}.part")
    order = sorted(inputs, key=lambda name: (is_found(name), name))
    text = "".join(f"{name}\t{_encoded(inputs[name])}\n" for name in order)
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _encoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    binary = sum(not c.isprintable() and c not in "\n\t\r" for c in text) > len(text) // 20
    plain = "'" + base64.b85encode(data).decode() if binary else json.dumps(text)
    packed = "%" + base64.b85encode(zlib.compress(data, 9)).decode()
    return packed if len(plain) > 600 and len(packed) < len(plain) / 2 else plain


def _decoded(text: str) -> bytes:
    kind, rest = text[:1], text[1:]
    if kind == '"':
        return bytes(json.loads(text).encode())
    return base64.b85decode(rest) if kind == "'" else zlib.decompress(base64.b85decode(rest))
