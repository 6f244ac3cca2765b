"""`hiertools infer`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import say, told
from hiertools.cli.targets import Input, Output, Target, check_ending


def infer(
    proxies: Annotated[str, Input()],
    *,
    metric: options.Metric | None = None,
    linkage: options.Linkage = "average",
    center: options.Center = False,
    classes: options.ClassNames = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path | None,
        Parameter(help="Write the tree here instead of printing it: .nwk (or the like) or .json."),
        Output(),
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
        Class representatives: .npz, .csv or .parquet; or distances, .npz or a square table.
    metric
        Distance between representatives; default euclidean.
    linkage
        How groups are merged; "nj" is neighbour joining.
    """
    import hiertools as ht
    from hiertools.representatives.sources import as_model
    from hiertools.trees.files import NEWICK_ENDINGS

    if out is not None:
        # A CSV of lineages can't hold the lengths.
        check_ending(Target("--out", out), (*(() if json else NEWICK_ENDINGS), ".json"))

    reps = as_model(proxies, classes)
    tree = ht.infer_tree(reps, linkage=linkage, metric=metric, center=center, random_state=seed)
    if out is None:
        if json:
            say(tree.to_json())
        else:
            say(tree.to_newick(), "write a file with --out")
        return
    ht.write_tree(tree, out)
    told(f"Wrote {out}: {tree!r}.")
