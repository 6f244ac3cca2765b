"""`compare_series`: the same scores along a training run, one tidy frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from hiertools._core.doors import door
from hiertools._core.own_names import ClassNames
from hiertools.comparison.arguments import CompareOptions
from hiertools.comparison.compare import compare
from hiertools.comparison.sources import Source, different_classes, named_models, of_same_classes
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.results.base import shared_notes
from hiertools.trees.sources import as_tree

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.comparison.score_frames import ScoreSeries

Step: TypeAlias = tuple[Mapping[str, Any], str, Source]
"""What tells a step's rows apart, what to call it in messages, and its model."""


@door(passes_to=compare)
def compare_series(
    steps: Mapping[Any, Any], tree: Any, /, **options: Unpack[CompareOptions]
) -> ScoreSeries:
    """Compare a series of checkpoints with a tree.

    Parameters
    ----------
    steps : mapping
        From epoch (or any label, in order) to class representatives, as `compare` takes them.
    tree : ClassTree or anything `as_tree` takes
    **options
        As for `compare`; the same relabellings serve all steps, so that steps differ by the model
        alone. All steps must have the same classes, or are restricted to those that all share
        where ``on_missing="drop"``, as the column ``note`` then says.

    Returns
    -------
    DataFrame
        The score tables of all steps below each other, with the step in the first column,
        ``step``. Its ``plot.curves()`` draws them; otherwise ``plot`` is that of any DataFrame.
        What was noted on the steps stands in its ``notes``.

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
) -> ScoreSeries:
    """Return the score tables of models below each other, behind columns that tell them apart."""
    import pandas as pd

    from hiertools.comparison.score_frames import ScoreSeries

    predefined = as_tree(tree)
    options = dict(options)
    classes, on_missing = options.pop("classes", None), options.get("on_missing", "error")
    read = ((named, f"step {next(iter(named.values()))!r}", source) for named, source in steps)
    sources = ((named, step, _one_source(source, step, classes)) for named, step, source in read)
    parts: list[pd.DataFrame] = []
    noted: dict[str, tuple[str, ...]] = {}
    for named, source, left_out in _over_the_same_classes(sources, on_missing):
        result = compare(source, predefined, **options)
        scores = result.scores
        noted[f"step {next(iter(named.values()))}"] = result.notes
        notes = ["; ".join(filter(None, [*left_out, note])) for note in scores["note"]]
        parts.append(scores.assign(note=notes, **named)[[*named, *scores.columns]])
    series = ScoreSeries(pd.concat(parts, ignore_index=True))
    series.notes = shared_notes(noted)
    return series


def _one_source(source: Any, step: str, classes: ClassNames | None) -> Source:
    models = named_models(source, classes, None)
    if list(models) != [""]:
        raise OptionError(f"{step} holds several models; give one model a step.")
    return models[""][0]


def _over_the_same_classes(
    steps: Iterable[Step], on_missing: str
) -> Iterator[tuple[Mapping[str, Any], Source, tuple[str, ...]]]:
    """Yield steps that have the same classes, one at a time where none may be dropped, with notes.

    Which classes all steps share is known once all are read, so all are held then.
    """
    if on_missing == "drop":
        held = list(steps)
        kept, notes = of_same_classes({step: source for _, step, source in held}, on_missing)
        yield from ((named, kept[step], notes) for named, step, _ in held)
        return
    first = None
    for named, step, source in steps:
        first = first or (step, source.classes)
        if set(first[1]) != set(source.classes):
            raise ClassMismatchError(different_classes(*first, step, source.classes))
        yield named, source, ()
