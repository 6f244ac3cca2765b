"""Saved results of every kind."""

from __future__ import annotations

from pathlib import Path

import hiertools as ht
from fuzz.oracle import after_reading, expect
from fuzz.target import Target
from hiertools.results.base import Result
from hiertools.saved import KINDS


def _saved(data: bytes, folder: Path) -> None:
    path = folder / "given.json"
    path.write_bytes(data)
    _shown_and_read(ht.read_result(path))


@after_reading
def _shown_and_read(made: Result) -> None:
    expect(str(made) and repr(made), "nothing to show")
    text = made.to_json()
    expect(ht.read_result(text).to_json() == text, "another result")


TARGETS = (
    Target("saved-result", "saved results", _saved,
           ("read_result", *(f"result {kind}" for kind in KINDS)),
           ("null", "true", "[]", "{}", "1e999", '"hiertools":', '"format": 1', '"a"', "-1",
            '"scores":', '"classes":', '"tree":', '"settings":', "\\ud800", "0.5")),
)  # fmt: skip
