"""`hiertools compare-trees`."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.named import named_files
from hiertools.cli.output import busy, say, show, told
from hiertools.cli.targets import Input, Output
from hiertools.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.reporting.parts import TextTable


def compare_trees(
    *trees: Annotated[str, Parameter(name="TREES..."), Input()],
    method: str = "clustering_information",
    permutations: options.Permutations = 999,
    on_missing: Annotated[
        options.OnMissing, Parameter(help="What to do about classes that not all trees have.")
    ] = "error",
    seed: options.Seed = 0,
    threads: options.Threads = None,
    table: Annotated[
        Path | None, Parameter(help="Write the table as CSV, every column."), Output((".csv",))
    ] = None,
    json: options.Json = False,
) -> None:
    """Hold every two of several trees against each other: are they more alike than by chance?

    Trees: FILE or NAME=FILE, in any format that compare reads.

    ```
    hiertools compare-trees wordnet=taxonomy.csv visual.nwk
    hiertools compare-trees a.nwk b.nwk c.nwk --method triplet --table pairs.csv
    ```

    Parameters
    ----------
    method
        A tree distance; "clustering_information", "triplet" and "quartet" are among them.
    """
    if len(trees) < 2:
        raise OptionError(
            f"compare-trees needs at least two trees; got {len(trees)}. For example: hiertools "
            "compare-trees wordnet=taxonomy.csv visual.nwk"
        )
    named = named_files(trees, "the trees")
    import hiertools as ht

    with busy(f"comparing {len(named)} trees"):
        found = ht.compare_trees(
            {name: ht.as_tree(source) for name, source in named.items()},
            method=method,
            permutations=permutations,
            random_state=seed,
            on_missing=on_missing,
            threads=threads,
        )
    if table is not None:
        from hiertools._core.files import write_rows

        write_rows(table, found)
    if json:
        from hiertools.results.frames import plain_records

        say(json_module.dumps(plain_records(found), ensure_ascii=False))
    else:
        show(_shown(found, method))
    if table is not None:
        told(f"Wrote {table}.")


def _shown(found: pd.DataFrame, method: str) -> TextTable:
    """Return the pairs as a table of a text; columns that are empty throughout are left out."""
    from hiertools._core.wording import number, p_text
    from hiertools.reporting.parts import TextTable
    from hiertools.treedist import METHODS

    texts = {
        "reference": found["reference"].tolist(),
        "other": found["other"].tolist(),
        "distance": [number(value) for value in found["distance"]],
        "chance": [number(value) for value in found["chance"]],
        "p": [p_text(value) for value in found["p_value"]],
        "p (all pairs)": [p_text(value) for value in found["p_adjusted"]],
        "classes": [f"{n:,}" for n in found["n_classes"]],
        "note": found["note"].tolist(),
    }
    better = METHODS[method].better
    return TextTable(
        {name: cells for name, cells in texts.items() if any(cells)},
        told=f"{method}: {better} is closer.",
    )
