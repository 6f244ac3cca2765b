"""`hiertools report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hiertools._core.files import check_target
from hiertools.cli import options
from hiertools.cli.output import busy, told
from hiertools.cli.targets import Target, keep_apart
from hiertools.errors import OptionError

OF_A_FOLDER = "result.json"
"""The result in the folder of a study, which hiertools_torch saves there."""


def report(
    path: Annotated[str, Parameter(help="A saved result (.json), or the folder of a study.")],
    *,
    out: Annotated[
        Path | None,
        Parameter(help="Where to write the report; default beside the result, ending in .html."),
        options.HTML,
    ] = None,
) -> None:
    """Write the report of a saved result: one HTML file, to read and to explore.

    Of every kind that --save writes: one model or several, compared or evaluated, and consensus
    trees. Of a study of hiertools_torch, its folder is enough.

    ```
    hiertools compare proxies.npz taxonomy.csv --save result.json
    hiertools report result.json
    hiertools report result.json --out report.html
    hiertools report runs/study
    ```
    """
    source, page = _found(path)
    target = Target("--out", page if out is None else out)
    check_target(target.path)
    keep_apart([target], [source])
    result = _read(source)
    with busy("drawing the report"):
        result.to_html(target.path)
    told(f"Wrote {target.path}.")


def _found(path: str) -> tuple[Path, Path]:
    """Return the file of the result, and where its report goes by itself."""
    given = Path(path)
    if not given.is_dir():
        return given, given.with_suffix(".html")
    inside = given / OF_A_FOLDER
    if not inside.exists():
        from hiertools._core.checks import name_list

        if of_data := sorted(found.parent.name for found in given.glob(f"*/{OF_A_FOLDER}")):
            raise OptionError(
                f"the folder {path!r} holds a {OF_A_FOLDER} of each of its data sets: name the "
                f"folder of {name_list(of_data)} in it."
            )
        raise OptionError(
            f"the folder {path!r} holds no {OF_A_FOLDER}, which hiertools_torch study saves with "
            "its runs; name a saved result, or run the study again: finished runs are kept."
        )
    return inside, given / "report.html"


def _read(path: Path) -> Any:
    import hiertools as ht

    return ht.read_result(path)
