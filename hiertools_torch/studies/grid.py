"""The grid of a study: data sets x configurations x free lists x seeds, each run with its key."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hiertools._core.checks import closest
from hiertools.errors import LONGEST, HiertoolsError, OptionError
from hiertools_torch._core.shapes import NAME
from hiertools_torch.config import FIELDS, Config

__all__ = [
    "KEY_DIGITS",
    "Axes",
    "PlannedRun",
    "Problems",
    "crossed",
    "key_of",
    "known_fields",
    "named",
]

Fields = dict[str, Any]
"""Fields of `Config` by name."""

UNSAFE = re.compile(r"[^\w.+-]")

KEY_DIGITS = 12
"""Digits of a hash that runs are told apart by."""


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study.

    Attributes
    ----------
    data, configuration : str
        Names of the data set and of the configuration in the study.
    seed : int
        Seed.
    config : Config
        Every option, resolved.
    key : str
        The first 12 digits of the config's hash: what was run under it is never run again.
    """

    data: str
    configuration: str
    seed: int
    config: Config
    key: str

    @property
    def place(self) -> tuple[str, str, int]:
        """Where in the grid it is: data, configuration, seed."""
        return self.data, self.configuration, self.seed

    @property
    def stem(self) -> str:
        """Name of its files: ``<data>-<configuration>-seed<seed>-<key>``."""
        return f"{self.data}-{self.configuration}-seed{self.seed}-{self.key}"

    @property
    def words(self) -> str:
        """Say which run it is."""
        return f"{self.data}, {self.configuration}, seed {self.seed}"


@dataclass
class Problems:
    """All that is wrong with a study, told at once before anything runs."""

    where: str
    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problem: str, of: str = "") -> None:
        """Note a problem, of one run or of all."""
        self.found.setdefault(problem, []).append(of)

    def raise_any(self, kind: type[HiertoolsError] = OptionError) -> None:
        """Tell them all, each once.

        Raises
        ------
        HiertoolsError
            There are problems: an OptionError, unless they are of another kind.
        """
        if not self.found:
            return
        told = [_told(problem, of).rstrip(".") for problem, of in self.found.items()]
        if len(told) == 1:
            raise kind(f"{self.where}: {told[0]}.")
        opening = f"{self.where} has {len(told)} problems, and nothing was run: "
        numbered = [f"({i}) {text}" for i, text in enumerate(told, start=1)]
        # Whole ones, as many as a message holds.
        lengths = itertools.accumulate(len(text) + 2 for text in numbered)
        fit = sum(length <= LONGEST - len(opening) - 40 for length in lengths)
        if fit < len(told):
            numbered[max(1, fit) :] = [f"and {len(told) - max(1, fit)} more, told without these"]
        raise kind(f"{opening}{'; '.join(numbered)}.")


def _told(problem: str, of: Sequence[str]) -> str:
    named = list(dict.fromkeys(text for text in of if text))
    if "base" in named:
        named = ["base"]  # and so in every run
    if not named:
        return problem
    more = f" and {len(named) - 2} more" if len(named) > 2 else ""
    return (
        f"{' and '.join(named[:2])}{more}: {problem}"
        if not more
        else (f"{', '.join(named[:2])}{more}: {problem}")
    )


@dataclass(frozen=True)
class Axes:
    """What is crossed.

    Attributes
    ----------
    base : Config
        What all runs share.
    given : dict
        Fields that win over `base` and the data sets', and may not be at odds with a configuration.
    data, configurations : dict
        Fields by name.
    grid : dict
        A list of values by field.
    seeds : sequence of int
        Seeds.
    """

    base: Config
    given: Fields
    data: dict[str, Fields]
    configurations: dict[str, Fields]
    grid: dict[str, list[Any]]
    seeds: Sequence[int]

    @property
    def names(self) -> list[str]:
        """Names of the configurations, each with what every cell of the grid adds to it."""
        return [name + suffix for name in self.configurations for suffix, _ in _cells(self.grid)]


def known_fields(
    values: Any, where: str, problems: Problems, without: Sequence[str] = ()
) -> Fields:
    """Return a mapping's keys as fields of `Config`; note those that there aren't."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        problems.add(f"{where} must hold 'option: value' lines; got {values!r}")
        return {}
    found: Fields = {}
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name in without:
            problems.add(f"{where} can't set {name}, which the study varies by itself")
        elif name in FIELDS:
            found[name] = value
        else:
            near = closest(name, FIELDS)
            hint = f" (did you mean {near!r}?)" if near else ""
            problems.add(f"{where} has the unknown option {str(key)!r}{hint}")
    return found


def named(name: Any, what: str, problems: Problems) -> str:
    """Return a name that files can have, or note that it is none."""
    text = str(name)
    if not NAME.fullmatch(text):
        problems.add(
            f"{what} is named {text!r}, and names of files are made of it: use letters, digits and "
            "any of . _ + = @ -"
        )
    return text


def crossed(axes: Axes, problems: Problems) -> list[PlannedRun]:
    """Return every run of the grid; note each combination that is at odds with itself."""
    for name, fields in axes.configurations.items():
        for key in set(fields) & set(axes.grid):
            problems.add(f"the grid varies {key}, which the configuration {name!r} sets", "")
        for key, value in axes.given.items():
            if key in fields and fields[key] != value:
                problems.add(
                    f"{key}={value!r} was given, but the model {name!r} has {key}={fields[key]!r}; "
                    "leave the first out, or name another model"
                )
    for key in set(axes.given) & set(axes.grid):
        problems.add(f"{key}={axes.given[key]!r} was given, but the grid varies {key}")
    runs = []
    for (data, of_data), (name, settings), (suffix, cell) in itertools.product(
        axes.data.items(), axes.configurations.items(), _cells(axes.grid)
    ):
        fields = of_data | axes.given | settings | cell
        try:
            config = _digested(axes.base.replace(**fields))
            for seed in axes.seeds:
                seeded = config.replace(seed=seed)
                runs.append(PlannedRun(data, name + suffix, seed, seeded, key_of(seeded)))
        except OptionError as error:
            problems.add(str(error), f"{name}{suffix} on {data}")
    return runs


def key_of(config: Config) -> str:
    """Return digits that stand for all that decides the result of a run."""
    from hiertools_torch.runs.folder import HARMLESS

    deciding = {name: value for name, value in config.to_dict().items() if name not in HARMLESS}
    text = json.dumps(deciding, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


def _cells(grid: Mapping[str, Sequence[Any]]) -> list[tuple[str, Fields]]:
    """Return each combination of the lists, and what it adds to a configuration's name."""
    cells = []
    for values in itertools.product(*grid.values()):
        cell = dict(zip(grid, values, strict=True))
        parts = [f"-{key}={UNSAFE.sub('-', str(value))}" for key, value in cell.items()]
        cells.append(("".join(parts), cell))
    return cells


def _digested(config: Config) -> Config:
    """Return a config that says which weights its file holds: another file is another run."""
    if config.weights is None:
        return config
    from hiertools_torch.runs.folder import with_digest

    return with_digest(config)
