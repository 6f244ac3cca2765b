"""Matching the classes of a model with those of a tree, by name and never by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hiertools._core import checks


@dataclass(frozen=True)
class SharedClasses:
    """The classes that model and tree share, sorted by name, and what was left out."""

    classes: tuple[str, ...]
    notes: tuple[str, ...]


def shared_classes(
    model: Sequence[str],
    tree: Sequence[str],
    on_missing: str = "error",
    what: tuple[str, str] = ("model", "tree"),
) -> SharedClasses:
    """Return the classes to compare.

    Classes that the model lacks are left out of the tree, with a note. Classes that the tree lacks
    are an error, or are dropped with a note where ``on_missing="drop"``. `what` names the two sides
    in messages.

    Examples
    --------
    >>> shared_classes(["wolf", "lynx"], ["lynx", "newt", "wolf"]).notes
    ("1 of 3 classes of the tree is not in the model and was left out: 'newt'.",)
    """
    checks.option(on_missing, ("error", "drop"), "on_missing")
    own, other = what
    known, modelled = set(tree), set(model)
    homeless = [name for name in model if name not in known]
    if homeless and (on_missing == "error" or len(homeless) == len(model)):
        none = len(homeless) == len(model)
        synonyms = (
            f"give both the same names (rename={{{other}'s: {own}'s}})"
            if what == ("model", "tree")
            else "give both the same names"
        )
        advice = (
            f"{own.capitalize()} and {other} share no class; {synonyms}."
            if none
            else f'{synonyms.capitalize()}, or pass on_missing="drop".'
        )
        raise checks.missing_classes(homeless, len(model), f"the {other}", tree, advice)
    notes = []
    if homeless:
        notes.append(_left_out(homeless, len(model), own, other))
    absent = [name for name in tree if name not in modelled]
    if absent:
        notes.append(_left_out(absent, len(tree), other, own))
    return SharedClasses(tuple(sorted(modelled & known)), tuple(notes))


def _left_out(names: Sequence[str], total: int, owner: str, other: str) -> str:
    verb = "is not in the {} and was" if len(names) == 1 else "are not in the {} and were"
    return (
        f"{len(names)} of {total} classes of the {owner} {verb.format(other)} left out: "
        f"{checks.name_list(names)}."
    )
