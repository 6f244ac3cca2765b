"""Saved results of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import hiertools as ht
from fuzz.oracle import after_reading, expect
from fuzz.target import Target
from hiertools.decisions import Temperature
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


def _temperature(data: bytes, folder: Path) -> None:
    path = folder / "temperature.json"
    path.write_bytes(data)
    _applied(Temperature.from_json(path, classes=["a", "b", "c"]))


@after_reading
def _applied(made: Temperature) -> None:
    text = made.to_json()
    expect(Temperature.from_json(text).to_json() == text, "another temperature")
    shares = made.transform([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])
    expect(np.isfinite(shares).all(), "shares that are no numbers")
    expect(np.allclose(shares.sum(axis=1), 1), "shares that don't add up")


TARGETS = (
    Target("saved-result", "saved results", _saved,
           ("read_result", *(f"result {kind}" for kind in KINDS)),
           ("null", "true", "[]", "{}", "1e999", '"hiertools":', '"format": 1', '"a"', "-1",
            '"scores":', '"classes":', '"tree":', '"settings":', "\\ud800", "0.5")),
    Target("temperature", "fitted temperatures", _temperature, ("Temperature.from_json",),
           ("null", "true", "[]", "{}", "1e999", "-1", "0", "1e-320", '"temperature":',
            '"n_samples":', '"log_loss":', '"a"', "0.5")),
)  # fmt: skip
