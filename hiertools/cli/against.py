"""``--against``: what changed since a saved evaluation, and whether both are of one kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools.cli.limits import score_tables
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.reporting.parts import Text

UNSEEN = frozenset(
    {"confidence_level", "dtype", "hs_k", "intervals", "k", "levels", "n_bootstrap",
     "permutations", "random_state"}
)  # fmt: skip
"""Settings that move no value: they say which rows there are, or how sure their values are."""


def earlier_result(path: Path | None) -> Any:
    """Return the evaluation that a file holds, None where none is named."""
    if path is None:
        return None
    from hiertools.cli.show import saved_result

    result = saved_result(str(path))
    if result is None:
        raise OptionError(f"{str(path)!r} is no result that hiertools saved with --save.")
    if not result.kind.startswith("evaluation"):
        raise OptionError(
            f"{str(path)!r} holds a saved {result.kind}; --against needs an evaluation, saved by "
            "hiertools evaluate --save."
        )
    return result


def changes_since(earlier: Any, result: Any, path: Path) -> Text:
    """Return what changed, model by model, and first what else is not as it was then.

    Raises
    ------
    OptionError
        The results have no model in common.
    """
    from hiertools.reporting.parts import Part, Text

    before, now = _evaluations(earlier), _evaluations(result)
    if not set(before) & set(now):
        raise OptionError(
            f"--against: {str(path)!r} holds {_models(before)}, and this is {_models(now)}; give "
            "models the names that they have there, or another file."
        )
    parts: list[Part] = []
    for name in dict.fromkeys([*now, *before]):
        if name not in before or name not in now:
            parts.append(f"{name}: {'not' if name in now else 'only'} in {path}.")
            continue
        title = f"Changed since {path}{f', {name}' if name else ''}:"
        others = ", ".join(_unlike(before[name], now[name]))
        if others:
            of = f" of {name}" if name else ""
            parts.append(f"Not as in {path}{of}: {others}; what follows may come of that.")
        parts.append(_moved(title, earlier, result, name))
    return Text(*parts)


def _evaluations(result: Any) -> Mapping[str, Any]:
    evaluations: Mapping[str, Any] = getattr(result, "evaluations", {"": result})
    return evaluations


def _models(evaluations: Mapping[str, Any]) -> str:
    from hiertools._core.checks import name_list

    if set(evaluations) == {""}:
        return "one model without a name"
    return f"the models {name_list(evaluations)}"


def _unlike(before: Any, now: Any) -> Iterator[str]:
    """Yield what scores depend on and is another one now."""
    if before.predefined != now.predefined or (before.graph is None) != (now.graph is None):
        yield "the tree"
    if before.n_samples != now.n_samples:
        yield f"the number of samples ({before.n_samples:,} before, {now.n_samples:,} now)"
    names = [
        name
        for name, value in now.settings.items()
        if name in before.settings and name not in UNSEEN and before.settings[name] != value
    ]
    if names:
        yield f"the options {', '.join(names)}" if names[1:] else f"the option {names[0]}"


def _moved(title: str, earlier: Any, result: Any, name: str) -> Any:
    from hiertools._core.wording import number
    from hiertools.reporting.parts import TextTable
    from hiertools.results.changes import changes
    from hiertools.results.table import row_label

    moved = changes(score_tables(earlier)[name], score_tables(result)[name])
    rows = moved[moved["verdict"] != "same"]
    if rows.empty:
        return f"{title} nothing."
    shown = {
        "score": [row_label(row) for row in rows.to_dict("records")],
        "before": [number(value, 4) for value in rows["before"]],
        "now": [number(value, 4) for value in rows["now"]],
        "change": ["" if math.isnan(value) else f"{value:+.4f}" for value in rows["change"]],
        "verdict": list(rows["verdict"]),
    }
    return TextTable(shown, titles=((title, len(rows)),))
