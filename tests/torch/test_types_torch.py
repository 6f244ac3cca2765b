"""Public signatures of the torch package say what goes in and what comes out."""

from __future__ import annotations

import pytest
from public_signatures import inexact, public_functions

import hiertools_torch as htt
from hiertools import OptionError

OF_CONFIG = {
    "Config.read": ["**overrides"],
    "Config.replace": ["**changes"],
    "demo": ["**options"],
    "study": ["**options"],
    "train": ["**options"],
}
"""Options that are fields of `Config`, which lists them once and checks names and types."""


def test_results_and_options_have_exact_types():
    found = {name: inexact(function) for name, function in public_functions(htt)}
    assert {name: what for name, what in found.items() if what} == OF_CONFIG


@pytest.mark.parametrize(
    "call",
    [
        lambda: htt.Config.read(epoch=1),
        lambda: htt.Config().replace(epoch=1),
        lambda: htt.train(epoch=1),
        lambda: htt.study(epoch=1),
        lambda: htt.demo(epoch=1),
    ],
)
def test_an_option_that_config_lacks_is_refused_by_name(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="has no argument 'epoch'; did you mean 'epochs'"):
        call()
