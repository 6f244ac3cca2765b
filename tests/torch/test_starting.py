"""Starting from another run: what is taken, what is left, what doesn't fit."""

from __future__ import annotations

import pytest
import torch

import hiertools_torch as htt
from hiertools.errors import FileFormatError, HiertoolsError, OptionError
from hiertools_torch import Config
from hiertools_torch.training.checkpoint import load_checkpoint

FEW = "cat,dog,car,bus"
TINY = {"subset": FEW, "width": 2, "dim": 8, "train_per_class": 20, "model": "normface"}


def weights(folder, name="last.pt"):
    return load_checkpoint(folder / name)["model"]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return htt.train(**TINY, epochs=1, seed=1, out=tmp_path_factory.mktemp("start") / "a").folder


def started(first, tmp_path, source=None, name="b", **options):
    """Return which parts of a run that has not been trained are those of the first one."""
    source = first if source is None else source
    given = {**TINY, "epochs": 0, "start_from": str(source), **options}
    run = htt.train(**given, out=tmp_path / name, progress=True)
    before, after = weights(first, "best.pt"), weights(run.folder)
    same = {}
    for tensor, value in after.items():
        part = tensor.partition(".")[0]
        equal = tensor in before and torch.equal(before[tensor], value)
        same[part] = same.get(part, True) and equal
    return run, {part for part in ("backbone", "embedding", "head") if same[part]}


ALL = {"backbone", "embedding", "head"}


def test_a_run_starts_from_all_of_another_or_from_named_parts(first, tmp_path, capsys):
    run, same = started(first, tmp_path)
    assert same == ALL
    assert "starts from the backbone and embedding and head in" in capsys.readouterr().err
    assert len(run.config.start_from_sha256) == 64
    _, same = started(first, tmp_path, name="c", start_parts="backbone, head")
    assert same == {"backbone", "head"}
    assert ", without 'embedding'" in capsys.readouterr().err


def test_the_head_is_taken_for_the_same_classes_alone(first, tmp_path, capsys):
    others = {"subset": "cat,dog,car,apple"}
    _, same = started(first, tmp_path, **others)
    assert same == {"backbone", "embedding"}
    assert "without 'head' (of other classes)" in capsys.readouterr().err
    with pytest.raises(OptionError, match="head in .*best.pt is for other classes .*'bus'"):
        started(first, tmp_path, name="c", start_parts="head", **others)


def test_files_of_weights_are_starts_too(first, tmp_path):
    state = weights(first, "best.pt")
    torch.save(state, tmp_path / "whole.pt")
    back = {n.removeprefix("backbone."): t for n, t in state.items() if n.startswith("backbone.")}
    torch.save({"state_dict": back}, tmp_path / "backbone.pt")
    for name, options, expected in (
        ("whole.pt", {}, {"backbone", "embedding"}),  # nobody knows its classes
        ("whole.pt", {"start_parts": "backbone,embedding,head"}, ALL),
        ("backbone.pt", {}, {"backbone"}),
    ):
        _, same = started(first, tmp_path, tmp_path / name, f"to{len(expected)}{name}", **options)
        assert same == expected


def test_weights_that_are_no_numbers_are_no_start(first, tmp_path):
    state = weights(first, "best.pt")
    state["embedding.weight"][1, 2] = float("nan")
    torch.save(state, tmp_path / "whole.pt")
    told = "whole.pt: 'embedding.weight' of its embedding hold numbers that are not finite"
    with pytest.raises(FileFormatError, match=told):
        started(first, tmp_path, tmp_path / "whole.pt")
    assert not (tmp_path / "b" / "last.pt").exists()
    _, same = started(first, tmp_path, tmp_path / "whole.pt", start_parts="backbone")
    assert same == {"backbone"}


def test_a_stopped_run_needs_its_start_no_more(first, tmp_path):
    torch.save(weights(first), tmp_path / "whole.pt")
    run, _ = started(first, tmp_path, tmp_path / "whole.pt")
    (tmp_path / "whole.pt").unlink()
    again = {**TINY, "epochs": 0, "start_from": str(tmp_path / "whole.pt")}
    assert htt.train(**again, resume=True, out=run.folder).finished


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"width": 3},
            "its backbone does not .*'backbone.0.weight' is 2 x 1 x 3 x 3 there and 3 x",
        ),
        ({"dim": 9}, "its embedding does not fit.*8 x .* there and 9 x"),
        ({"model": "softmax"}, "its head does not fit .*: it lacks 'head.linear.weight'"),
        ({"start_from": "nowhere"}, "start_from='nowhere': .*can't be read: No such file"),
        ({"start_parts": "heads"}, "start_parts has no option 'heads'"),
        ({"start_from_sha256": "0" * 64}, "its SHA-256 is .*, and start_from_sha256 says 00"),
    ],
)
def test_what_does_not_fit_is_a_sentence(options, told, first, tmp_path):
    with pytest.raises(HiertoolsError, match=told):
        started(first, tmp_path, **options)
    assert not (tmp_path / "b").exists()


def test_a_file_without_a_part_says_which_it_has(tmp_path, first):
    torch.save({"0.weight": torch.zeros(2, 1, 3, 3)}, tmp_path / "w.pt")
    with pytest.raises(OptionError, match="has no 'head'; it has 'backbone'"):
        started(first, tmp_path, tmp_path / "w.pt", start_parts="head")
    with pytest.raises(FileFormatError, match=r"its backbone does not fit .*lacks 'backbone.1.wei"):
        started(first, tmp_path, tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"start_parts": "head"}, ("start_parts", "start_from")),
        ({"start_from": "x", "random_backbone": True}, ("random_backbone", "start_from")),
    ],
)
def test_contradictions_name_both_fields(options, fields):
    with pytest.raises(OptionError, match=f"{fields[0]}=.* contradicts {fields[1]}="):
        Config(**options)
