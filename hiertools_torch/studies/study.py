"""Many runs, one table: models times seeds, compared with the class tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import hiertools as ht
from hiertools._core.checks import option
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import atomic_write, named_path, write_text
from hiertools.errors import OptionError
from hiertools_torch.config import FIELDS, Config, read_config_file, takes_fields
from hiertools_torch.presets import MODELS
from hiertools_torch.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from hiertools import ComparisonSet
    from hiertools.comparison.arguments import CompareOptions

__all__ = ["Study", "demo", "study"]

KINDS = ("proxy", "prototype")
DEMO: dict[str, Any] = {"epochs": 7}
"""Options of the demonstration: about two minutes on two cores."""


@behind_doors
@dataclass(frozen=True, eq=False)
class Study:
    """Finished runs and their table.

    Attributes
    ----------
    folder : Path
        Where the runs and tables lie.
    runs : dict
        `Run` by (model, seed).
    table : DataFrame
        One row a model, seed and kind of representative: ``model``, ``seed``, ``kind``,
        ``accuracy``, ``average_hierarchical_cost``, ``classwise_correlation``, ``chance``,
        ``p_value``.
    """

    folder: Path
    runs: dict[tuple[str, int], Run]
    table: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row a model: means over seeds, standard deviations, largest p-values."""
        import pandas as pd

        rows = []
        for model, part in self.table.groupby("model", sort=False):
            row: dict[str, Any] = {"model": model, "seeds": part["seed"].nunique()}
            proxies = part[part["kind"] == "proxy"]
            for name in ("accuracy", "average_hierarchical_cost"):
                row[name], row[f"{name}_sd"] = proxies[name].mean(), proxies[name].std()
            for kind in KINDS:
                of_kind = part[part["kind"] == kind]
                row[f"{kind}_correlation"] = of_kind["classwise_correlation"].mean()
                row[f"{kind}_correlation_sd"] = of_kind["classwise_correlation"].std()
                row[f"{kind}_chance"] = of_kind["chance"].mean()
                row[f"{kind}_p_value"] = of_kind["p_value"].max()
            rows.append(row)
        return pd.DataFrame(rows)

    def markdown(self) -> str:
        """Return the summary as a Markdown table; "± " is the standard deviation over seeds."""

        def spread(row: Any, name: str, digits: int, factor: float = 1.0) -> str:
            mean, deviation = factor * row[name], factor * row[f"{name}_sd"]
            text = f"{mean:.{digits}f}"
            return text if math.isnan(deviation) else f"{text} ± {deviation:.{digits}f}"

        lines = [
            "| model | seeds | accuracy (%) | average hierarchical cost | "
            "proxies: correlation | chance | p | prototypes: correlation | chance | p |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for _, row in self.summary().iterrows():
            cells = [
                str(row["model"]),
                str(row["seeds"]),
                spread(row, "accuracy", 1, 100.0),
                spread(row, "average_hierarchical_cost", 3),
            ]
            for kind in KINDS:
                cells += [
                    spread(row, f"{kind}_correlation", 3),
                    f"{round(row[f'{kind}_chance'], 3) + 0.0:.3f}",  # not -0.000
                    f"{row[f'{kind}_p_value']:.3f}",
                ]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"


@door(passes_to=Config.__init__, without=("model", "seed"), own_check=FIELDS)
def study(
    models: Sequence[str] = ("softmax", "normface", "proxydr", "corr"),
    seeds: Sequence[int] = (0, 1, 2),
    *,
    out: str | Path = "runs/study",
    config: Config | None = None,
    permutations: int = 999,
    progress: bool | None = None,
    say: Callable[[str], None] = lambda _: None,
    **options: Any,  # fields of `Config`, whose names and types it checks
) -> Study:
    """Train every model with every seed, and compare their representatives with the class tree.

    Finished runs are kept and broken ones resumed, so a stopped study goes on where it was.

    Parameters
    ----------
    models : sequence of str
        Names among the paper's 14 configurations ("proxydr-ema-dynamic", ...) and the losses beyond
        it ("hxe", "soft-labels", "arcface", ...; see `hiertools_torch.presets`), or paths of config
        files, named by their stem.
    seeds : sequence of int
        Seeds.
    out : path
        Folder for the runs (``<model>-seed<seed>``), ``study.csv`` and ``table.md``; the command
        ``hiertools_torch study`` writes ``result.json`` and ``report.html`` beside them.
    config : Config, optional
        What all runs share.
    permutations : int
        For chance and p-values of the class-wise correlations.
    progress : bool, optional
        As in `hiertools_torch.train`.
    say : callable
        Called with a line of text before each run.
    **options
        Fields of `Config` that all runs share; they win over `config`. None may be at odds with
        what a model is.

    Returns
    -------
    Study
        The runs and their table.
    """
    from hiertools_torch.runs.train import train

    if not models or not seeds:
        raise OptionError("A study needs at least one model and one seed.")
    base = config or Config()
    configs: dict[tuple[str, int], Config] = {}
    for model in models:
        name, settings = _model_options(model)
        twice = [key for key in options if key in settings and options[key] != settings[key]]
        if twice:
            raise OptionError(
                f"study(): {twice[0]}={options[twice[0]]!r} was given, but the model {name!r} has "
                f"{twice[0]}={settings[twice[0]]!r}; leave the first out, or name another model."
            )
        for seed in seeds:
            configs[name, seed] = base.replace(**options | settings | {"seed": seed})
    folder = named_path(out, "out")
    runs: dict[tuple[str, int], Run] = {}
    for number, ((name, seed), of_run) in enumerate(configs.items(), start=1):
        say(f"run {number} of {len(configs)}: {name}, seed {seed}")
        target = folder / f"{name}-seed{seed}"
        runs[name, seed] = _finished(target, of_run) or train(
            of_run, out=target, resume=True, progress=progress
        )
    result = Study(folder, runs, _table(runs, permutations))
    with atomic_write(folder / "study.csv") as file:
        result.table.to_csv(file, index=False, lineterminator="\n")
    write_text(folder / "table.md", result.markdown())
    return result


@takes_fields
def demo(
    out: str | Path = "runs/demo",
    *,
    progress: bool | None = None,
    **options: Any,  # fields of `Config`, whose names and types it checks
) -> Study:
    """Train NormFace and ProxyDR on 100 classes of drawings (two minutes), and compare them.

    Parameters
    ----------
    out : path
        Folder for the two runs, ``result.json`` and ``report.html``.
    progress : bool, optional
        As in `hiertools_torch.train`.
    **options
        Fields of `Config` other than those the demonstration sets.

    Returns
    -------
    Study
        The runs and their table; the comparison lies in ``report.html``.
    """
    result = study(
        ("normface", "proxydr"), (0,), out=out, progress=progress,
        **(DEMO | options),
    )  # fmt: skip
    compared = comparison(result)
    compared.to_json(result.folder / "result.json")
    compared.to_html(result.folder / "report.html")
    return result


@door
def comparison(result: Study, **options: Unpack[CompareOptions]) -> ComparisonSet:
    """Compare proxies and prototypes of each model's first seed: a `hiertools.ComparisonSet`."""
    first: dict[str, Run] = {}
    for (name, _), run in result.runs.items():
        first.setdefault(name, run)
    named = {
        f"{name} {kind}": run.representatives(kind) for name, run in first.items() for kind in KINDS
    }
    return ht.compare(named, next(iter(first.values())).tree, **options)


def _model_options(model: str) -> tuple[str, dict[str, Any]]:
    if Path(model).suffix in (".yaml", ".yml", ".toml"):
        return Path(model).stem, read_config_file(model)
    return model, MODELS[option(model, MODELS, "models")]


def _finished(folder: Path, config: Config) -> Run | None:
    """Return the run in a folder if it is finished, exported, and made with the same options."""
    from hiertools_torch.runs.folder import resumed_config

    if not (folder / "config.yaml").is_file():
        return None
    resumed_config(folder, config)
    run = Run(folder)
    # The table is about the best checkpoint; a run exported from the last one is exported again.
    return run if run.finished and run.provenance["checkpoint"] == "best" else None


def _table(runs: dict[tuple[str, int], Run], permutations: int) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for (name, seed), run in runs.items():
        for kind in KINDS:
            result = ht.compare(
                run.representatives(kind),
                run.tree,
                scores=["classwise_correlation"],
                permutations=permutations,
                intervals=False,
                random_state=0,
            )
            score = result.scores.iloc[0]
            rows.append(
                {
                    "model": name,
                    "seed": seed,
                    "kind": kind,
                    "accuracy": run.results["best"].get("accuracy", float("nan")),
                    "average_hierarchical_cost": run.results["best"].get(
                        "average_hierarchical_cost", float("nan")
                    ),
                    "classwise_correlation": score["value"],
                    "chance": score["chance"],
                    "p_value": score["p_value"],
                }
            )
    return pd.DataFrame(rows)
