"""Command lines: the unnamed part is the tokens, one a line; the others are files beside."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import hiertools as ht
from fuzz.bundles import parts
from fuzz.oracle import expect
from fuzz.target import Target
from fuzz.targets.vectors import BY_NAME
from hiertools.cli import run
from hiertools.cli.app import COMMANDS
from hiertools.errors import OptionError, visible

_LEFT_ALONE = ("demo", "warmup", *(f"{scheme}:" for scheme in BY_NAME))
"""What takes long, or calls other machines."""

_MUCH = re.compile(rb"[0-9]{4,12}")
"""Numbers that may well be a lot of work."""

_ELSEWHERE = re.compile(rb"[/\\~\0]|\.\.")
"""What leads out of the folder, or could be read as something that does."""

CLASSES = ("lynx", "puma", "wolf", "fox")


@cache
def samples() -> dict[str, bytes]:
    """Return small files that commands can read, by their names."""
    here = Path("samples")
    here.mkdir(exist_ok=True)
    rows = [[1.0, 0.0, 0.1], [0.9, 0.1, 0.0], [0.0, 1.0, 0.2], [0.1, 0.8, 0.1]]
    made = ht.ClassRepresentatives(rows, CLASSES)
    made.save(here / "a.npz")
    made.save(here / "a.csv")
    ht.distances(made).save(here / "d.csv")
    ht.Predictions([0, 1, 2, 3], [[0.7, 0.1, 0.1, 0.1]] * 4, CLASSES).save(here / "p.npz")
    (here / "t.nwk").write_text("((lynx,puma)cats,(wolf,fox)dogs);")
    (here / "u.csv").write_text("family,species\nx,lynx\nx,wolf\ny,puma\ny,fox\n")
    result = ht.compare(made, here / "t.nwk", permutations=0, intervals=False)
    result.to_json(here / "r.json")
    return {file.name: file.read_bytes() for file in here.iterdir()}


@contextlib.contextmanager
def _beside(given: dict[str, bytes], folder: Path) -> Iterator[None]:
    """Be in a folder that holds the samples and what is given, and nothing else."""
    files = {**samples(), **given}
    place = folder / "place"
    place.mkdir(exist_ok=True)
    for file in place.rglob("*"):
        if file.is_file() or file.is_symlink():
            file.unlink()
    for name, content in files.items():
        if name.strip("."):
            (place / name).write_bytes(content)
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def _line(call: Callable[[Sequence[str]], int], program: str, data: bytes, folder: Path) -> None:
    """Call a command, and hold its status against what it prints."""
    given = parts(data)
    typed = given.pop("", b"")
    if any(word.encode() in data for word in _LEFT_ALONE) or _MUCH.search(typed):
        return
    if _ELSEWHERE.search(data.replace(b"/dev/zero", b"")):
        return
    tokens = typed.decode("utf-8", "surrogateescape").split("\n")
    out, err = _Terminal(), _Terminal()
    with (
        _beside(given, folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        status = call(tokens)
    shown = err.getvalue()
    expect(status in (0, 1, 2), f"status {status}")
    if status == 2:
        aside = (f"{program}: warning", "INFO: Instrumenting ")  # the latter are the engine's
        told = [line for line in shown.splitlines() if not line.startswith(aside)]
        expect(len(told) == 1 and told[0].startswith(f"{program}: "), f"no one line: {told}")
        # Letters that Unicode got after this Python are letters, and not called printable.
        expect(visible(told[0]) == told[0], "a line that a terminal obeys")
        expect(not out.getvalue(), "output and a refusal")


class _Terminal(io.TextIOWrapper):
    """A stream that takes what a terminal takes: UTF-8, and no halves of characters."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True)

    def getvalue(self) -> str:
        """Return what was written."""
        self.seek(0)
        return self.read()


def _hiertools(data: bytes, folder: Path) -> None:
    _line(run, "hiertools", data, folder)


def _refused(*_: Any, **__: Any) -> Any:
    raise OptionError("nothing is trained while fuzzing.")


@contextlib.contextmanager
def _without_training() -> Iterator[None]:
    """Have everything that takes long refuse, for a while."""
    from importlib import import_module

    with contextlib.ExitStack() as stack:
        for place, name in (("runs.train", "train"), ("runs.exports", "export"),
                            ("studies.command", "carry_on"), ("studies.command", "timed"),
                            ("studies.command", "look_ahead"),
                            ("studies.conduct", "demo")):  # fmt: skip
            module = import_module(f"hiertools_torch.{place}")
            stack.enter_context(mock.patch.object(module, name, _refused))
        yield


def _called_torch(tokens: Sequence[str]) -> int:
    from hiertools_torch.cli import main

    try:
        main(tokens)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _hiertools_torch(data: bytes, folder: Path) -> None:
    with _without_training():
        _line(_called_torch, "hiertools_torch", data, folder)


_NAMES = ("compare\n", "evaluate\n", "fit\ntemperature\n", "fit\nback-off\n", "fit\nconformal\n",
          "search\n", "infer\n", "distance\n", "show\n", "compare-trees\n", "tree-likeness\n",
          "report\n", "producers\n",
          "--help", "--version", "\n--json", "\n--html\no.html", "\n--save\no.json",
          "\n--out\no.nwk",
          "\n--level\n", "\n--fail-under\n", "\n--rename\n", "\n--config\n", "\n--permutations\n0",
          "\n--linkage\n", "\n--metric\n", "\n--method\n", "\n--scores\n", "\n--seed\n", "a.npz",
          "a.csv", "d.csv", "p.npz", "t.nwk", "u.csv", "r.json", "x=a.npz", "\n%% c.toml\n",
          "\n%% c.yaml\n", "\n%% c.json\n", "²", "/dev/zero", "--", "\n--threads\n2",
          "\n--k\n", "\n--against\n", "\n--settings\npaper", "\n--on-missing\ndrop",
          "\n--restrict\n", "@1=", "\n--tree\n", "\n--groups\n", "\n--weights\n",
          "\n--balanced", "\n--unknown\nancestor", "\n--summed",
          "\n--selective\nclimbing",
          "\n--temperature\n", "\n--rule\n", "\n--share\n0.5", "\n--rest\no.npz", "\n--guarantee\n",
          "\n--coverage\n", "\n--answer\nset", "\n--accuracy\n", "\n--gallery\n", "\n--per-query\n",
          "\n--quartets\n2", "\n--per-class\no.csv", "\n--table\no.csv")  # fmt: skip

TARGETS = (
    Target("command-line", "command lines of hiertools, and their configuration files", _hiertools,
           tuple(f"command {command.__name__}" for command in COMMANDS), _NAMES),
    Target("command-line-torch", "command lines of hiertools_torch, up to the training",
           _hiertools_torch,
           tuple(f"command torch {name}" for name in
                 ("train", "evaluate", "export", "study", "schema", "demo")),
           ("train\n", "evaluate\n", "export\n", "study\n", "--data\n", "--model\n", "--out\n",
            "--resume", "--seeds\n", "--config\n", "\n%% c.yaml\n", "cifar100", "--root\n", "corr"),
           ("torch",)),
)  # fmt: skip
