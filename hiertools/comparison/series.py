"""`compare_series`: the same scores along a training run, one tidy frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from hiertools._core.doors import door
from hiertools.comparison.arguments import CompareOptions
from hiertools.comparison.compare import compare
from hiertools.comparison.result import Comparison
from hiertools.errors import OptionError
from hiertools.trees.sources import as_tree

if TYPE_CHECKING:
    import pandas as pd


@door(passes_to=compare)
def compare_series(
    steps: Mapping[Any, Any], tree: Any, /, **options: Unpack[CompareOptions]
) -> pd.DataFrame:
    """Compare a series of checkpoints with a tree.

    Parameters
    ----------
    steps : mapping
        From epoch (or any label, in order) to class representatives, as `compare` takes them.
    tree : ClassTree or anything `as_tree` takes
    **options
        As for `compare`; the same relabellings serve all steps, so that steps differ by the model
        alone.

    Returns
    -------
    DataFrame
        The score tables of all steps below each other, with the step in the first column,
        ``step``.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> early = {"lynx": [1, 0], "wolf": [0, 1], "newt": [1, 0.1], "toad": [0.1, 1]}
    >>> late = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
    >>> frame = ht.compare_series({1: early, 2: late}, tree, permutations=0)
    >>> frame[frame["score"] == "robinson_foulds"][["step", "value"]].to_dict("records")
    [{'step': 1, 'value': 1.0}, {'step': 2, 'value': 0.0}]
    """
    if not steps:
        raise OptionError("a series needs at least one step; got none.")
    return score_steps((({"step": step}, source) for step, source in steps.items()), tree, options)


def score_steps(
    steps: Iterable[tuple[Mapping[str, Any], Any]], tree: Any, options: Mapping[str, Any]
) -> pd.DataFrame:
    """Return the score tables of models below each other, behind columns that tell them apart."""
    import pandas as pd

    predefined = as_tree(tree)
    parts = []
    for named, source in steps:
        result = compare(source, predefined, **options)
        if not isinstance(result, Comparison):
            step = next(iter(named.values()))
            raise OptionError(f"step {step!r} holds several models; give one model a step.")
        parts.append(result.scores.assign(**named)[[*named, *result.scores.columns]])
    return pd.concat(parts, ignore_index=True)
