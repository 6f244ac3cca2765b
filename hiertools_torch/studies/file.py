"""The study file: what is to be run, and what is asked of it, fixed before any result is seen."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiertools._core.checks import closest, name_list, whole_number
from hiertools.errors import HiertoolsError, OptionError
from hiertools_torch.config import Config, Data, read_config_file, read_mapping
from hiertools_torch.presets import MODELS, PAPER_MODELS
from hiertools_torch.studies.endpoints import read_endpoint
from hiertools_torch.studies.grid import Axes, Fields, PlannedRun, Problems, crossed, known_fields
from hiertools_torch.studies.grid import named as safely_named

__all__ = ["PERMUTATIONS", "Plan", "plan_of_file", "plan_of_models"]

KEYS = (
    "name", "data", "base", "configurations", "grid", "seeds", "reference", "endpoints",
    "permutations",
)  # fmt: skip
"""What a study file may hold."""

ENDINGS = (".yaml", ".yml", ".toml")

PERMUTATIONS = 999
"""Relabellings for chance and p-values, unless a study says otherwise."""


@dataclass(frozen=True)
class Plan:
    """A study before it is run.

    Attributes
    ----------
    name : str
        Its name.
    runs : tuple of PlannedRun
        All runs.
    reference : str, optional
        The configuration that the others are compared with.
    endpoints : tuple of str
        The scores that the study is about: ``prototype/map_at_r/1``.
    permutations : int
        Relabellings for chance and p-values.
    """

    name: str
    runs: tuple[PlannedRun, ...]
    reference: str | None = None
    endpoints: tuple[str, ...] = ()
    permutations: int = PERMUTATIONS

    @property
    def configurations(self) -> list[str]:
        """Names of the configurations, as the study has them in order."""
        return list(dict.fromkeys(run.configuration for run in self.runs))


def plan_of_file(
    path: str | Path,
    *,
    seeds: Sequence[int] | None = None,
    permutations: int | None = None,
    given: Mapping[str, Any] | None = None,
) -> Plan:
    """Read a study file, and say all that is wrong with it at once.

    Parameters
    ----------
    path : path
        A YAML or TOML file.
    seeds, permutations : optional
        They win over the file's.
    given : mapping, optional
        Fields of `Config` that win over the file's base and data sets.

    Raises
    ------
    FileFormatError
        The file is missing or not of its format.
    OptionError
        What it says can't be run; all problems are listed.
    """
    values = {str(key).replace("-", "_"): value for key, value in read_mapping(path).items()}
    problems = Problems(str(path))
    for key in values:
        if key not in KEYS:
            near = closest(key, KEYS)
            hint = f" (did you mean {near!r}?)" if near else f"; there are {name_list(KEYS, 9)}"
            problems.add(f"unknown key {key!r}{hint}")
    without = ("seed",)
    base = known_fields(values.get("base"), "base", problems, without)
    axes = Axes(
        base=_config(base, problems),
        given=dict(given or {}),
        data={
            name: base | fields
            for name, fields in _data(values.get("data"), problems).items()
        },
        configurations=_configurations(
            values.get("configurations"), Path(path).parent, problems
        ),
        grid=_grid(values.get("grid"), problems),
        seeds=_seeds(values.get("seeds") if seeds is None else list(seeds), problems),
    )  # fmt: skip
    runs = crossed(axes, problems)
    plan = Plan(
        name=safely_named(values.get("name", Path(path).stem), "the study", problems),
        runs=tuple(runs),
        reference=values.get("reference"),
        endpoints=_endpoints(values.get("endpoints"), problems),
        permutations=_permutations(
            values.get("permutations", PERMUTATIONS) if permutations is None else permutations,
            problems,
        ),
    )
    if plan.reference is not None and plan.reference not in axes.names:
        near = closest(str(plan.reference), axes.names)
        hint = f"; did you mean {near!r}?" if near else ""
        problems.add(
            f"reference {plan.reference!r} is none of the configurations: "
            f"{name_list(axes.names, 5)}{hint}"
        )
    problems.raise_any()
    return plan


def plan_of_models(
    models: Sequence[str],
    seeds: Sequence[int],
    *,
    config: Config,
    permutations: int,
    given: Mapping[str, Any],
) -> Plan:
    """Return the plan of models x seeds on the data set of a config.

    Raises
    ------
    OptionError
        What was given can't be run; all problems are listed.
    """
    if not models or not seeds:
        raise OptionError("A study needs at least one model and one seed.")
    problems = Problems("study()")
    base = config.replace(**given)
    axes = Axes(
        base=base,
        given=dict(given),
        data={base.data: {}},
        configurations=_configurations(list(models), Path(), problems),
        grid={},
        seeds=_seeds(list(seeds), problems),
    )
    plan = Plan(
        "study", tuple(crossed(axes, problems)), permutations=_permutations(permutations, problems)
    )
    problems.raise_any()
    return plan


def _config(base: Fields, problems: Problems) -> Config:
    """Return what other fields are put on; a base that needs those of its data is none yet."""
    unread = Config()
    for name, value in base.items():
        try:
            Config(**{name: value})
        except OptionError as error:
            # Options that others make possible are judged with these, run by run.
            if "contradicts" not in str(error):
                problems.add(str(error), "base")
    return unread


def _data(values: Any, problems: Problems) -> dict[str, Fields]:
    known = typing.get_args(Data)
    if values is None:
        values = {"quickdraw": {}}
    if isinstance(values, list | tuple) and all(isinstance(item, str) for item in values):
        values = dict.fromkeys(values)
    if not isinstance(values, Mapping) or not values:
        problems.add("data must name data sets, each with its options: {cifar100: {root: ...}}")
        return {}
    found = {}
    for key, of_it in values.items():
        name = safely_named(key, "a data set", problems)
        fields = known_fields(of_it, f"data {name!r}", problems, ("seed", "model"))
        if "data" not in fields:
            if name not in known:
                problems.add(
                    f"data {name!r} is no data set of its own ({name_list(known, 9)}): say which "
                    "one it is of by 'data: ...'"
                )
                continue
            fields["data"] = name
        found[name] = fields
    return found


def _configurations(values: Any, folder: Path, problems: Problems) -> dict[str, Fields]:
    """Return the fields of each configuration: of a preset, a config file, or its own."""
    if isinstance(values, str):
        values = [values]
    if isinstance(values, Mapping):
        values = [{name: fields} for name, fields in values.items()]
    if not isinstance(values, list) or not values:
        problems.add(
            "configurations must list names of presets ('paper' stands for all 14), config files, "
            "or options by a name: [softmax, {wide: {model: proxydr, width: 64}}]"
        )
        return {}
    found: dict[str, Fields] = {}
    for value in values:
        for name, fields in _entries(value, folder, problems):
            if name in found:
                problems.add(f"the configuration {name!r} is there twice")
            found[safely_named(name, "a configuration", problems)] = fields
    return found


def _entries(value: Any, folder: Path, problems: Problems) -> list[tuple[str, Fields]]:
    if isinstance(value, Mapping):
        return [
            (str(name), known_fields(fields, f"configuration {str(name)!r}", problems, ("seed",)))
            for name, fields in value.items()
        ]
    text = str(value)
    if text == "paper":
        return list(PAPER_MODELS.items())
    if Path(text).suffix in ENDINGS:
        try:
            fields = read_config_file(folder / text)
        except HiertoolsError as error:
            problems.add(str(error))
            return []
        return [(Path(text).stem, known_fields(fields, text, problems, ("seed",)))]
    if text in MODELS:
        return [(text, MODELS[text])]
    near = closest(text, MODELS)
    hint = f" Did you mean {near!r}?" if near else ""
    problems.add(f"models has no option {text!r}; valid ones: {name_list(MODELS, 25)}.{hint}")
    return []


def _grid(values: Any, problems: Problems) -> dict[str, list[Any]]:
    found = {}
    for name, several in known_fields(values, "grid", problems, ("seed", "data")).items():
        several = several if isinstance(several, list) else [several]
        if not several or len({repr(value) for value in several}) < len(several):
            problems.add(f"grid: {name} must list values that differ; got {several!r}")
        found[name] = several
    return found


def _seeds(values: Any, problems: Problems) -> list[int]:
    values = [values] if isinstance(values, int) else values
    if not isinstance(values, list) or not values:
        problems.add("seeds must list whole numbers: [1, 2, 3]")
        return []
    wrong = [v for v in values if not isinstance(v, int) or isinstance(v, bool) or v < 0]
    if wrong:
        problems.add(f"seeds must be whole numbers of at least 0; got {wrong[0]!r}")
    elif len(set(values)) < len(values):
        problems.add("a seed is there twice")
    return [] if wrong else list(dict.fromkeys(values))


def _endpoints(values: Any, problems: Problems) -> tuple[str, ...]:
    texts = [values] if isinstance(values, str) else list(values or ())
    for text in texts:
        try:
            read_endpoint(str(text))
        except OptionError as error:
            problems.add(str(error))
    return tuple(map(str, texts))


def _permutations(value: Any, problems: Problems) -> int:
    try:
        return whole_number(value, "permutations")
    except OptionError as error:
        problems.add(str(error).rstrip("."))
        return 0
