"""`hiertools search`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.compare import parse_models, parse_sources
from hiertools.cli.evaluate import one_file_each
from hiertools.cli.output import busy, deliver, told
from hiertools.cli.targets import Input, Output
from hiertools.errors import OptionError


def search(
    *sources: Annotated[str, Parameter(name="QUERIES... TREE"), Input()],
    gallery: Annotated[list[str] | None, Parameter(negative=""), Input()] = None,
    groups: str | None = None,
    level: Annotated[list[str] | None, Parameter(negative="")] = None,
    alpha: float = 1.0,
    intervals: bool = True,
    classes: options.ClassNames = None,
    rename: options.Rename = None,
    on_missing: options.OnMissingOption = "error",
    per_query: Annotated[
        Path | None,
        Parameter(help="Write the scores of every query, a row each."),
        Output((".csv",)),
    ] = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    html: options.Html = None,
    save: options.Save = None,
    json: options.Json = False,
) -> None:
    """Tell how well a search by embeddings finds relatives, at every level of the tree.

    Give a file of embeddings and labels (.npz: embeddings, labels, classes; or a table with the
    columns label, embedding_0, embedding_1, and so on), or several of the same samples as
    NAME=FILE to compare models, and the taxonomy last.

    ```
    hiertools search photos.npz taxonomy.csv --gallery archive.npz
    hiertools search embeddings.npz taxonomy.csv --groups individual --per-query queries.csv
    hiertools search photos.npz taxonomy.csv --html report.html --save now.json
    hiertools search a=a.npz b=b.npz taxonomy.csv --gallery a=shown_a.npz --gallery b=shown_b.npz
    ```

    Parameters
    ----------
    gallery
        What is searched, in a file of the same kind; default the other queries. Of several models
        repeat it, as NAME=FILE.
    groups
        The column (in .npz: array) that names each query's individual, site or video: intervals
        and tests are then over these, not over queries.
    level
        Levels to score at, numbers or ranks; repeat for several. Default all that tell classes
        apart.
    alpha
        How much more finer levels are worth in the hierarchical average precision.
    """
    queries, tree = parse_sources(sources, "search needs embeddings", "photos.npz")
    shown = _gallery(gallery, queries) if gallery else None
    import hiertools as ht

    with busy("searching"):
        found: Any = ht.evaluate_retrieval(
            _one_each(queries),
            ht.as_tree(tree),
            _one_each(shown),
            groups=groups,
            levels=options.level_list(level),
            alpha=alpha,
            intervals=intervals,
            classes=classes,
            rename=options.synonyms(rename),
            on_missing=on_missing,
            random_state=seed,
            threads=threads,
        )
    if per_query is not None:
        from hiertools._core.files import write_rows

        write_rows(per_query, found.per_query)
    deliver(found, json=json, html=html, save=save)
    if per_query is not None:
        told(f"Wrote {per_query}.")


def _gallery(given: list[str], queries: Any) -> Any:
    """Return what is searched: one file for one model, and a file each by the names of several."""
    shown = parse_models(given)
    if isinstance(shown, dict) and not isinstance(queries, dict):
        from hiertools._core import checks

        raise OptionError(
            f"one file of queries has one --gallery, without a name; got {checks.name_list(given)}."
        )
    return shown


def _one_each(models: Any) -> Any:
    """Return the file of each model, as a path, or the only one."""
    files = one_file_each(models, "files")
    return {name: Path(file) for name, file in files.items()} if isinstance(files, dict) else files
