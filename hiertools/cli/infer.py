"""`hiertools infer`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import read_names, told


def infer(
    proxies: str,
    *,
    metric: options.Metric = "euclidean",
    linkage: options.Linkage = "average",
    center: options.Center = False,
    classes: options.ClassNames = None,
    out: Annotated[
        Path | None, Parameter(help="Write the tree here instead of printing it.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Infer the hierarchy that class representatives imply, as a Newick tree with lengths.

    ```
    hiertools infer proxies.npz
    hiertools infer proxies.npz --linkage nj --out inferred.nwk
    ```

    Parameters
    ----------
    proxies
        Class representatives: .npz, .csv or .parquet.
    metric
        Distance between representatives.
    linkage
        How groups are merged; "nj" is neighbour joining.
    """
    import hiertools as ht

    reps = ht.as_representatives(proxies, read_names(classes))
    tree = ht.infer_tree(reps, linkage=linkage, metric=metric, center=center)
    text = tree.to_json() if json else tree.to_newick()
    if out is None:
        print(text)
        return
    from hiertools._files import atomic_write

    with atomic_write(out) as file:
        file.write(text + "\n")
    told(f"Wrote {out}: {tree!r}.")
