"""`Study`: finished runs and their table, as their result files alone tell them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import hiertools as ht
from hiertools._core.checks import option
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import named_path
from hiertools._core.wording import listed
from hiertools.errors import FileFormatError
from hiertools_torch.runs.run import Run
from hiertools_torch.studies.folder import FILE, read_study_file, states
from hiertools_torch.studies.results import COLUMNS, Result, read_result
from hiertools_torch.studies.task import Places

if TYPE_CHECKING:
    import pandas as pd

    from hiertools import ComparisonSet
    from hiertools.comparison.arguments import CompareOptions
    from hiertools_torch.studies.tables import StudyTable

__all__ = ["Study", "comparison"]

KINDS = ("proxy", "prototype")

Place = tuple[str, str, int]
"""Data, configuration and seed."""


@behind_doors
@dataclass(frozen=True, eq=False)
class Study:
    """Finished runs and their table.

    Attributes
    ----------
    folder : Path
        Where result files, runs and tables lie.
    name : str
        Name of the study.
    results : dict
        What each finished run left of itself, by (data, configuration, seed).
    reference : str, optional
        The configuration that the others are compared with.
    endpoints : tuple of str
        The scores that the study is about, fixed before any result was seen.
    failed : dict
        Why a run failed, by (data, configuration, seed).
    unfinished : tuple
        (data, configuration, seed) of each run that has still to end.
    """

    folder: Path
    name: str
    results: dict[Place, Result]
    reference: str | None = None
    endpoints: tuple[str, ...] = ()
    failed: dict[Place, str] = field(default_factory=dict)
    unfinished: tuple[Place, ...] = ()

    @classmethod
    def read(cls, folder: str | Path, /) -> Study:
        """Read a study from its folder, of which the result files are enough.

        Raises
        ------
        FileFormatError
            There is no study, or a result file is damaged.
        OptionError
            It is of another version of the format.
        """
        place = named_path(folder, "the path of the folder")
        if not (place / FILE).is_file() and (place / "results").is_dir():
            return cls(place, place.resolve().name, _all_results(place))
        values = read_study_file(place)
        results, failed, unfinished = {}, {}, []
        for state, row in zip(states(place, values["runs"]), values["runs"], strict=True):
            where: Place = (row[0], row[1], row[2])
            if state.state == "finished":
                stem = f"{row[0]}-{row[1]}-seed{row[2]}-{row[3]}"
                results[where] = read_result(Places(place, stem).result)
            elif state.state == "failed":
                failed[where] = state.told
            else:
                unfinished.append(where)
        return cls(
            place, values["name"], results, values["reference"], tuple(values["endpoints"]),
            failed, tuple(unfinished),
        )  # fmt: skip

    @property
    def runs(self) -> dict[Place, Run]:
        """`hiertools_torch.Run` by (data, configuration, seed), where its folder is still there."""
        folders = {
            place: Places(self.folder, result.path.stem).run
            for place, result in self.results.items()
        }
        return {
            place: Run(folder)
            for place, folder in folders.items()
            if (folder / "config.yaml").is_file()
        }

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a score of each run.

        ``data``, ``configuration``, ``seed``; ``kind`` ("proxy", "prototype" or "predictions"),
        ``score``, ``level`` and ``k`` (where it has one), ``value``, ``chance`` and ``p_value``
        (where they were measured), ``better`` ("higher" or "lower").
        """
        import pandas as pd

        rows = [[*place, *row] for place, of in self.results.items() for row in of.scores]
        frame = pd.DataFrame(rows, columns=["data", "configuration", "seed", *COLUMNS])
        numbers = dict.fromkeys(("value", "chance", "p_value"), "float64")
        return frame.astype({"level": "Int64", "k": "Int64", "seed": "int64", **numbers})

    @cached_property
    def log(self) -> pd.DataFrame:
        """One row an epoch of each run, as in its ``log.csv``."""
        import pandas as pd

        frames: list[pd.DataFrame] = []
        for (data, configuration, seed), result in self.results.items():
            # Curves of what is nowhere defined are all null.
            frame: pd.DataFrame = pd.DataFrame(result.log).apply(pd.to_numeric)
            frame.insert(0, "data", data)
            frame.insert(1, "configuration", configuration)
            frame.insert(2, "seed", seed)
            frames.append(frame)
        filled = [frame for frame in frames if len(frame)]
        if not filled:
            return pd.DataFrame(columns=["data", "configuration", "seed"])
        return pd.concat(filled, ignore_index=True)

    def to_html(self, path: str | Path) -> None:
        """Write what the study found as one HTML page; see `hiertools_torch.study_report`.

        Result files are enough for all of it but what the seeds agree on, which needs the folders
        of the runs.

        Raises
        ------
        FileFormatError
            No run is finished.
        """
        from hiertools_torch.studies.curves import LEARNED
        from hiertools_torch.studies.from_runs import trees_of
        from hiertools_torch.studies.report import study_report

        options = self._named()
        log = self.log
        drawn = [name for name in LEARNED if name in log and log[name].notna().any()]
        keys = ["data", "configuration", "seed", "epoch"]
        curves = log.melt(keys, drawn, var_name="score") if drawn else None
        trees, taxonomies = trees_of(self.runs)
        study_report(
            path, self.table, title=self.name, curves=curves, trees=trees, taxonomies=taxonomies,
            facts=next(iter(self.results.values())).values["versions"], notes=self._undefined(),
            **options,
        )  # fmt: skip

    def summary(self) -> StudyTable:
        """Return means over seeds, and tests against the reference.

        Endpoints that no finished run has yet, and a reference of which none is finished, are left
        out.

        Raises
        ------
        FileFormatError
            No run is finished.
        """
        return self._summary

    @cached_property
    def _summary(self) -> StudyTable:
        from hiertools_torch.studies.tables import study_table

        found = study_table(self.table, **self._named())
        return replace(found, notes=(*found.notes, *self._undefined()))

    def markdown(self) -> str:
        """Return the summary of the endpoints, and the trade-off, as Markdown.

        Without endpoints: of accuracy, cost, and class-wise correlations.

        Raises
        ------
        FileFormatError
            No run is finished.
        """
        from hiertools_torch.studies.brief import brief

        return brief(self.summary(), self.table, bool(self._named()["endpoints"]))

    def _undefined(self) -> list[str]:
        """Say of which representatives there is no score, and why."""
        whys: dict[tuple[str, str, str], list[str]] = {}
        for (data, configuration, _), result in self.results.items():
            for kind, why in result.values.get("undefined", {}).items():
                whys.setdefault((data, kind, why), []).append(configuration)
        return [
            f"no scores of {kind} on {data} ({listed(list(dict.fromkeys(of)))}): {why}"
            for (data, kind, why), of in whys.items()
        ]

    def _named(self) -> dict[str, Any]:
        """Return reference and endpoints, as far as there are finished runs of them."""
        from hiertools_torch.studies.long_table import read_long_table

        if not self.results:
            raise FileFormatError(f"{self.folder}: no run of the study is finished yet.")
        held = read_long_table(self.table)
        endpoints = [name for name in self.endpoints if held.named(name)]
        reference = self.reference if self.reference in held.configurations else None
        return {"reference": reference, "endpoints": endpoints or None}


@door
def comparison(
    result: Study, *, data: str | None = None, **options: Unpack[CompareOptions]
) -> ComparisonSet:
    """Compare proxies and prototypes of each configuration's first seed on one data set."""
    runs = result.runs
    names = list(dict.fromkeys(place[0] for place in runs))
    if not names:
        raise FileFormatError(
            f"{result.folder} has no folder of a finished run left to compare vectors from."
        )
    chosen = names[0] if data is None else option(data, names, "data")
    first: dict[str, Run] = {}
    for (of_data, name, _), run in runs.items():
        if of_data == chosen:
            first.setdefault(name, run)
    named = {
        f"{name} {kind}": run.representatives(kind) for name, run in first.items() for kind in KINDS
    }
    return ht.compare(named, next(iter(first.values())).tree, **options)


def _all_results(folder: Path) -> dict[Place, Result]:
    """Return every result in a folder that doesn't say which belong to its study."""
    found: dict[Place, Result] = {}
    for path in sorted((folder / "results").glob("*.json")):
        result = read_result(path)
        if result.place in found:
            raise FileFormatError(
                f"{path} and {found[result.place].path.name} are of one run with other options, "
                f"and without {FILE} nothing tells which belongs to the study; remove one."
            )
        found[result.place] = result
    return found
