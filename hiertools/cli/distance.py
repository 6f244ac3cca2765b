"""`hiertools distance`."""

from __future__ import annotations

import json as json_module
import math
from typing import Annotated, Any

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import say
from hiertools.cli.targets import Input
from hiertools.errors import OptionError


def distance(
    reference: Annotated[str, Input()],
    other: Annotated[str, Input()],
    *,
    method: Annotated[list[str] | None, Parameter(negative="")] = None,
    details: Annotated[
        bool, Parameter(negative="", help="Print everything that was counted.")
    ] = False,
    on_missing: Annotated[
        options.OnMissing, Parameter(help="What to do about classes that only one tree has.")
    ] = "error",
    json: options.Json = False,
) -> None:
    """Tell how far two trees of the same classes are apart.

    ```
    hiertools distance taxonomy.csv inferred.nwk
    hiertools distance taxonomy.csv inferred.nwk --method triplet --details
    hiertools distance taxonomy.csv inferred.nwk --method all
    ```

    Parameters
    ----------
    reference
        The predefined tree, in any format that compare reads.
    other
        The tree to hold against it.
    method
        A tree distance, by default "robinson_foulds"; repeat for several, "all" for every one.
    """
    import hiertools as ht
    from hiertools._core import checks
    from hiertools.treedist import METHODS

    valid = [*METHODS, "all"]
    chosen = [checks.option(name, valid, "method") for name in method or ["robinson_foulds"]]
    if "all" in chosen:
        if len(chosen) > 1:
            raise OptionError('method is "all" or names of distances; don\'t mix them.')
        chosen = list(METHODS)
    trees = ht.as_tree(reference), ht.as_tree(other)
    found = {
        name: ht.tree_distance(*trees, name, details=True, on_missing=on_missing) for name in chosen
    }
    if json:
        held = found if details else {name: counts["distance"] for name, counts in found.items()}
        say(json_module.dumps(_plain(held), ensure_ascii=False))
        return
    width = max(len(name) for name in chosen)
    for name, counts in found.items():
        better = METHODS[name].better
        say(f"{name:{width}}  {counts['distance']:.6g}  ({better} is closer)")
        if details:
            for what, value in counts.items():
                if what != "distance":
                    say(f"{'':{width}}  {what}: {_plain(value)}")


def _plain(value: Any) -> Any:
    """Return plain values that JSON can hold; undefined numbers become None."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value
