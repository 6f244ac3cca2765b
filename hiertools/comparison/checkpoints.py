"""A series of checkpoints as one table over epochs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.comparison.arguments import CompareOptions
from hiertools.comparison.series import score_steps
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.producers.registry import produce

if TYPE_CHECKING:
    from hiertools.comparison.score_frames import ScoreSeries
    from hiertools.representatives.representatives import ClassRepresentatives


@door
def checkpoint_series(
    checkpoints: str | Sequence[str | os.PathLike[str]],
    tree: Any,
    /,
    *,
    read: Callable[[str], ClassRepresentatives] | None = None,
    permutations: int = 0,
    intervals: bool = False,
    compare_options: CompareOptions | None = None,
    **producer_options: Any,  # a plug-in has what options it likes; `produce` checks the names
) -> ScoreSeries:
    """Compare every checkpoint of a run with a tree.

    Parameters
    ----------
    checkpoints
        A pattern such as ``"run/epoch_*.pt"``, or the files. Each goes to the producer of its
        ending.
    tree
        The tree, as `compare` takes it.
    read
        What makes class representatives of a file, instead of a producer.
    permutations, intervals
        As in `compare`, but off: a series is usually long.
    compare_options
        Other options of `compare`.
    **producer_options
        Options of the producer, such as ``classes=`` and ``layer=``.

    Returns
    -------
    DataFrame
        The scores of each checkpoint, one below the other, in the order of epochs, with two
        columns before them: ``epoch`` (the last number in the file's name; the position where names
        have none) and ``checkpoint`` (the file's name). Its ``plot.curves()`` draws them.

    Raises
    ------
    FileFormatError
        No file fits the pattern.

    Examples
    --------
    >>> import numpy as np, hiertools as ht
    >>> names, random = ["lynx", "puma", "wolf"], np.random.default_rng(0)
    >>> for epoch in (2, 10):
    ...     ht.ClassRepresentatives(random.normal(size=(3, 4)), names).save(f"epoch_{epoch}.npz")
    >>> tree = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"}
    >>> frame = checkpoint_series("epoch_*.npz", tree)
    >>> frame[frame["score"] == "elementwise_correlation"]["epoch"].tolist()
    [2, 10]
    """
    if isinstance(checkpoints, str):
        pattern = os.path.expanduser(checkpoints)
        files = [str(path) for path in glob(pattern)] if has_magic(pattern) else [pattern]
    else:
        files = [os.fspath(path) for path in checkpoints]
    if not files:
        raise FileFormatError(f"no file fits {checkpoints!r}.")
    if len(set(files)) < len(files):
        raise OptionError("a checkpoint is listed twice; list each once.")
    steps = (
        (
            {"epoch": epoch, "checkpoint": Path(file).name},
            read(file) if read is not None else produce(file, **producer_options),
        )
        for epoch, file in _in_order(files)
    )
    options = {"permutations": permutations, "intervals": intervals, **(compare_options or {})}
    odd = [name for name in options if not isinstance(name, str)]
    if odd:
        raise OptionError(f"compare_options names options by text; got {checks.name_list(odd)}.")
    return score_steps(steps, tree, options)


def _in_order(files: Sequence[str]) -> list[tuple[int, str]]:
    numbers = [re.findall(r"\d+", Path(file).stem) for file in files]
    if all(numbers):
        epochs = [int(found[-1]) for found in numbers]
        several = set(checks.repeated(epochs))
        twice = [Path(f).name for f, e in zip(files, epochs) if e in several]
        if twice:
            raise OptionError(
                f"several checkpoints have one epoch in their names: {checks.name_list(twice)}; "
                "list the files of one run."
            )
        return sorted(zip(epochs, files))
    return list(enumerate(sorted(files)))
