"""`hiertools search`."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import busy, say, show, told
from hiertools.cli.targets import Input, Output


def search(
    queries: Annotated[str, Input()],
    tree: Annotated[str, Input()],
    *,
    gallery: Annotated[str | None, Input()] = None,
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
    json: options.Json = False,
) -> None:
    """Tell how well a search by embeddings finds relatives, at every level of the tree.

    ```
    hiertools search photos.npz taxonomy.csv --gallery archive.npz
    hiertools search embeddings.npz taxonomy.csv --groups individual --per-query queries.csv
    ```

    Parameters
    ----------
    queries
        Embeddings and labels: .npz (embeddings, labels, classes), or a table with the columns
        label, embedding_0, embedding_1, and so on.
    tree
        The taxonomy, in any format that compare reads.
    gallery
        What is searched, in a file of the same kind; default the other queries.
    groups
        The column (in .npz: array) that names each query's individual, site or video: intervals
        are then over these, not over queries.
    level
        Levels to score at, numbers or ranks; repeat for several. Default all that tell classes
        apart.
    alpha
        How much more finer levels are worth in the hierarchical average precision.
    """
    import hiertools as ht

    with busy("searching"):
        found = ht.evaluate_retrieval(
            queries,
            ht.as_tree(tree),
            gallery,
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
        from hiertools._core.files import atomic_write

        with atomic_write(per_query) as file:
            found.per_query.to_csv(file, index=False, lineterminator="\n")
    if json:
        from hiertools.results.frames import plain_records

        held = {"scores": plain_records(found.scores), "notes": list(found.notes)}
        say(json_module.dumps(held, ensure_ascii=False))
    else:
        show(*found.__rich__().parts)
    if per_query is not None:
        told(f"Wrote {per_query}.")
