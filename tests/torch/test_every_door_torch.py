"""Whatever is public in the torch package refuses what it does not have, in its own name."""

import dataclasses

import pytest
from public_signatures import named_in, public_functions, refused_kinds

import hiertools_torch as htt
from hiertools import OptionError
from hiertools_torch.heads.mds import MDSResult

PUBLIC = dict(public_functions(htt, properties=False)) | {"MDSResult.__init__": MDSResult.__init__}

COMPILED = ["ProxyHead.forward", "HierarchicalDistance.forward"]
"""PyTorch calls these on each batch, and may compile them."""

WALKED = [name for name in PUBLIC if name not in COMPILED]
OWN_WORDS = ["Config.__init__"]
"""It says itself what its fields must be, since it also reads numbers from text."""


@pytest.mark.parametrize("name", WALKED)
def test_an_unknown_argument_is_refused_in_the_name_of_what_was_called(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="'odd_one'") as refused:
        PUBLIC[name](odd_one=1)
    assert named_in(name, refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [name for name in WALKED if name not in OWN_WORDS])
def test_a_value_of_the_wrong_kind_is_refused_in_the_name_of_what_was_called(name):
    for argument, call in refused_kinds(PUBLIC[name]):
        with pytest.raises(OptionError, match=rf"{argument} must ") as refused:
            call()
        assert named_in(name, refused.value)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(htt.Config)])
def test_a_field_of_a_config_is_refused_by_its_name(name):
    with pytest.raises(OptionError, match=rf"^{name} (must|has)"):
        htt.Config(**{name: object()})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"seed": 5}, "has no argument 'seed'; did you mean 'seeds'"),
        ({"model": "normface"}, "has no argument 'model'; did you mean 'models'"),
        ({"proxies": "learned"}, "proxies='learned' was given, but the model 'proxydr-ema' has"),
        ({"threads": 2}, "threads are those of each worker, and jobs 0 has none"),
        ({"scheduler": "tcp://x:1", "jobs": 2}, "scheduler has workers of its own"),
        ({"scheduler": "tcp://x:1", "threads": 2}, "scheduler has workers of its own"),
        ({"jobs": -1}, "jobs must be a whole number of at least 0; got -1"),
        ({"keep": "last"}, "keep has no option 'last'; valid ones: 'none', 'best', 'all'"),
        ({"permutations": -1}, "permutations must be a whole number of at least 0; got -1"),
    ],
)
def test_a_study_ignores_nothing(given, told, tmp_path):
    with pytest.raises(OptionError, match=told):
        htt.study(["proxydr-ema"], out=tmp_path / "s", **given)
    assert not (tmp_path / "s").exists()
