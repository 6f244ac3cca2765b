"""Saved results of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import hiertools as ht
from fuzz.oracle import after_reading, expect
from fuzz.target import Target
from hiertools.decisions import BackOff, ConformalNodes, Temperature, read_rule
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


def _rule(data: bytes, folder: Path) -> None:
    path = folder / "rule.json"
    path.write_bytes(data)
    _answers(read_rule(path))


@after_reading
def _answers(made: BackOff | ConformalNodes) -> None:
    text = made.to_json()
    expect(read_rule(text).to_json() == text, "another rule")
    expect(bool(made.told), "nothing to tell")
    names = made.tree.classes
    shares = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(len(names)), 5), columns=names)
    by_group = isinstance(made, ConformalNodes) and made.needs_groups
    groups = made.thresholds_["group"].tolist()[:1] * 5 if by_group else None
    if by_group and not groups:
        return
    made.predict(shares, *([groups] if by_group else []))


TARGETS = (
    Target("saved-result", "saved results", _saved,
           ("read_result", *(f"result {kind}" for kind in KINDS)),
           ("null", "true", "[]", "{}", "1e999", '"hiertools":', '"format": 1', '"a"', "-1",
            '"scores":', '"classes":', '"tree":', '"settings":', "\\ud800", "0.5")),
    Target("temperature", "fitted temperatures", _temperature, ("Temperature.from_json",),
           ("null", "true", "[]", "{}", "1e999", "-1", "0", "1e-320", '"temperature":',
            '"n_samples":', '"log_loss":', '"a"', "0.5")),
    Target("rule", "fitted rules that back off", _rule,
           ("BackOff.from_json", "ConformalNodes.from_json"),
           ("null", "true", "[]", "{}", "1e999", "-1", "0", '"threshold":', '"tree":', '"classes":',
            '"hiertools": "back-off rule"', '"hiertools": "conformal rule"', '"a"', "0.5")),
)  # fmt: skip
