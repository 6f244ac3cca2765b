"""What a finished run leaves of itself: one small file, from which alone a study can be told."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hiertools._core.checks import name_list
from hiertools._core.files import write_text
from hiertools._core.plain_json import read_json
from hiertools.errors import FileFormatError, HiertoolsError, RepresentativesError, TreeError
from hiertools_torch._core.shapes import NAME, fits
from hiertools_torch.config import Config, recorded
from hiertools_torch.studies.long_table import KINDS

if TYPE_CHECKING:
    import pandas as pd

    from hiertools_torch.runs.run import Run

__all__ = [
    "COLUMNS", "Result", "config_of", "read_result", "rounded_log", "scores_of", "write_result",
]  # fmt: skip

FORMAT = "hiertools study result"
VERSION = 1

COLUMNS = ("kind", "score", "level", "k", "value", "chance", "p_value", "better")
"""What each score is told by."""

NUMBER = int | float | None

SHAPE = {
    "data": NAME, "configuration": NAME, "seed": int, "key": NAME, "config": {},
    "seconds": int | float, "versions": {str: str}, "log": {str: [NUMBER]},
    "scores": [
        (re.compile("|".join(KINDS)), str, int | None, int | None, *[NUMBER] * 3, str | None)
    ],
}  # fmt: skip
"""Of which kinds its values are."""

REPRESENTATIVES = ("proxy", "prototype")


class Result(NamedTuple):
    """A result file, read."""

    path: Path
    data: str
    configuration: str
    seed: int
    key: str
    config: dict[str, Any]
    seconds: float
    scores: list[list[Any]]
    log: dict[str, list[Any]]
    values: dict[str, Any]

    @property
    def place(self) -> tuple[str, str, int]:
        """Where in the grid it is: data, configuration, seed."""
        return self.data, self.configuration, self.seed


def scores_of(run: Run, permutations: int) -> tuple[list[list[Any]], dict[str, str]]:
    """Return all scores of a run's proxies, prototypes and test predictions.

    Proxies and predictions of a run of no epochs say nothing of training, and are left out. Of
    vectors that can't be compared (of two classes, or beside a tree that groups nothing) there is
    no score, and by their kind the reason.
    """
    import hiertools as ht

    trained = run.config.epochs > 0
    rows: list[list[Any]] = []
    undefined: dict[str, str] = {}
    for kind in REPRESENTATIVES if trained else REPRESENTATIVES[1:]:
        vectors, tree = run.representatives(kind), run.tree
        try:
            compared = ht.compare(
                vectors, tree, scores="all", permutations=permutations, intervals=False,
                random_state=0,
            )  # fmt: skip
        except (RepresentativesError, TreeError) as error:
            undefined[kind] = str(error)
        else:
            rows += _rows(kind, compared.scores)
    if trained and (run.folder / "predictions.npz").is_file():
        rows += _rows("predictions", run.evaluate(intervals=False).scores)
    return rows, undefined


def write_result(values: dict[str, Any], path: Path) -> None:
    """Write a result and its digest: a line a score, so that versions of it can be compared."""
    held = {"format": FORMAT, "version": VERSION, **values}
    long = {"scores", "log"}
    lines = [f"{json.dumps(key)}: {_text(value)}" for key, value in held.items() if key not in long]
    log = ",\n".join(f"  {json.dumps(k)}: {_text(v)}" for k, v in held["log"].items())
    lines.append('"log": {\n' + log + "\n}")
    lines.append('"scores": [\n' + ",\n".join(map(_text, held["scores"])) + "\n]")
    lines.append(f'"sha256": "{_digest(held)}"')
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises
    ------
    FileFormatError
        It is damaged, or of another version.
    """
    try:
        held = read_json(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise FileFormatError(
            f"{path} is no result of a study, or is damaged; delete it, and the study makes it "
            "again."
        )
    if held.get("version") != VERSION:
        raise FileFormatError(
            f"{path} is a result of version {held.get('version')!r} of the format, and this "
            f"hiertools reads version {VERSION}; read it with the hiertools that wrote it, or "
            "delete it, and the study makes it again."
        )
    if held.pop("sha256", None) != _digest(held):
        raise FileFormatError(
            f"{path} is not what the run wrote, as its digest tells: it is damaged or was changed; "
            "delete it, and the study makes it again."
        )
    lacking = [name for name in SHAPE if name not in held]
    if lacking:
        raise FileFormatError(f"{path} lacks {lacking[0]!r}, which every result has.")
    wrong = [name for name, kind in SHAPE.items() if not fits(held[name], kind)]
    if "log" not in wrong and len({len(curve) for curve in held["log"].values()}) > 1:
        wrong.append("log")
    if not fits(held.get("undefined", {}), {str: str}):  # earlier ones have none
        wrong.append("undefined")
    if wrong:
        raise FileFormatError(
            f"{path} is no result of a study: its {name_list(wrong)} can't be that of one; delete "
            "it, and the study makes it again."
        )
    names = set(Result._fields) - {"path", "values"}
    return Result(path, **{name: held[name] for name in names}, values=held)


def config_of(result: Result) -> Config | None:
    """Return the config of a result, its missing fields at their defaults; None if it is no more.

    A field that hiertools got since then stands at the default under which the run was made.
    """
    try:
        return recorded(result.config)
    except HiertoolsError:
        return None


def rounded_log(log: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the curves by name, to six digits."""
    return {
        str(name): [_plain(float(f"{value:.6g}")) for value in column]
        for name, column in log.items()
    }


def _rows(kind: str, scores: pd.DataFrame) -> list[list[Any]]:
    columns = [scores[name].tolist() for name in COLUMNS[1:]]
    return [[kind, *map(_plain, row)] for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: what is missing, and what is no number, is null."""
    import pandas as pd

    if value is pd.NA or value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
