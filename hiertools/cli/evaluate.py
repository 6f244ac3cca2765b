"""`hiertools evaluate`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import busy, deliver, muted, say, told
from hiertools.cli.targets import Input
from hiertools.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd


def evaluate(
    *sources: Annotated[str, Parameter(name="PREDICTIONS... TREE"), Input()],
    k: Annotated[list[int] | None, Parameter(negative="")] = None,
    hs_k: Annotated[list[int] | None, Parameter(negative="")] = None,
    similarity: Literal["kim", "barz"] | None = None,
    beta: float | None = None,
    similarity_form: Literal["euclidean", "angular"] | None = None,
    representatives: Annotated[str | None, Input()] = None,
    metric: options.Metric | None = None,
    classes: options.ClassNames = None,
    rename: options.Rename = None,
    score_kind: Literal["score", "logit", "probability"] | None = None,
    level: Annotated[list[str] | None, Parameter(negative="")] = None,
    intervals: bool = True,
    settings: options.SettingsName = "default",
    on_missing: options.OnMissingOption = "error",
    fail_under: Annotated[list[str] | None, Parameter(negative="")] = None,
    against: Path | None = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    html: options.Html = None,
    save: options.Save = None,
    json: options.Json = False,
) -> int:
    """Judge a classifier's mistakes by the tree.

    Give a file of predictions (.npz: labels, scores, classes, perhaps embeddings), or several as
    NAME=FILE, and the tree last.

    ```
    hiertools evaluate predictions.npz taxonomy.csv
    hiertools evaluate predictions.npz taxonomy.csv --save now.json --html report.html
    hiertools evaluate predictions.npz taxonomy.csv --fail-under average_hierarchical_cost=1.5
    hiertools evaluate predictions.npz taxonomy.csv --against last.json
    hiertools evaluate normface=a.npz proxydr=b.npz taxonomy.csv
    ```

    Exit status 1 where a limit of --fail-under does not hold.

    Parameters
    ----------
    k
        For top-k accuracy and hierarchical distance and precision at k; repeat for several.
    hs_k
        For hierarchical similarity at k; repeat for several.
    similarity
        Similarity of two classes behind hierarchical similarity.
    beta
        Scale of the similarity "kim".
    similarity_form
        Form of the similarity "kim".
    representatives
        Predict the class of the nearest of these class representatives instead.
    metric
        Distance to the representatives.
    score_kind
        What the scores are, where the file does not say; calibration needs logits or probabilities.
    level
        Score at this level only, a number or a rank; repeat for several.
    intervals
        Compute bootstrap intervals over the test samples.
    settings
        "paper" reproduces the published code of arXiv:2301.11065.
    fail_under
        A limit NAME=VALUE that must hold: at least VALUE, or at most VALUE for scores that are
        better when lower. NAME may carry a level or k, as in top_k_accuracy,k=5=0.9. Repeat for
        several.
    against
        Show what changed since this result, saved earlier by --save.
    """
    from hiertools.cli.compare import parse_sources
    from hiertools.results.changes import Limit, broken_limits

    limits = [Limit.parse(text) for text in fail_under or []]
    models, tree = parse_sources(sources, "evaluate needs predictions", "predictions.npz")
    for name, runs in models.items() if isinstance(models, dict) else ():
        if len(runs) > 1:
            raise OptionError(
                f"{name!r} names {len(runs)} files of predictions; give each its own."
            )
    given = {name: runs[0] for name, runs in models.items()} if isinstance(models, dict) else models
    earlier = _load(against)
    import hiertools as ht

    with busy("evaluating"):
        result: Any = ht.evaluate(
            given,
            tree,
            k=k,
            hs_k=hs_k,
            similarity=similarity,
            beta=beta,
            similarity_form=similarity_form,
            representatives=representatives,
            metric=metric,
            classes=classes,
            rename=options.synonyms(rename),
            score_kind=score_kind,
            levels=[int(item) if item.isdigit() else item for item in level] if level else None,
            intervals=intervals,
            random_state=seed,
            settings=settings,
            on_missing=on_missing,
            threads=threads,
        )
    # Broken limits first known, then shown last, so that a long table does not hide them.
    tables = _tables(result)
    broken = [
        f"{name}: {sentence}" if name else sentence
        for name, table in tables.items()
        for sentence in broken_limits(table, limits)
    ]
    try:
        deliver(result, json=json, html=html, save=save)
        if earlier is not None:
            text = _changes_text(earlier, result, against)
            (told if json else say)(f"\n{text}")
    except BrokenPipeError:
        # A reader that has left must not hide a broken limit.
        if not broken:
            raise
        muted()
    for sentence in broken:
        told(f"hiertools: limit broken: {sentence}")
    return 1 if broken else 0


def _tables(result: Any) -> dict[str, pd.DataFrame]:
    """Return the score table of each model; a single one is called ""."""
    if hasattr(result, "models"):
        return {name: result[name].scores for name in result.models}
    return {"": result.scores}


def _load(path: Path | None) -> Any:
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


def _changes_text(earlier: Any, result: Any, path: Path | None) -> str:
    import pandas as pd

    from hiertools._core.wording import number
    from hiertools.reporting.text import table_text
    from hiertools.results.changes import changes
    from hiertools.results.table import row_label

    before, now = _tables(earlier), _tables(result)
    parts = []
    for name, table in now.items():
        if name not in before:
            parts.append(f"{name or 'this model'}: not in {path}.")
            continue
        moved = changes(before[name], table)
        rows = moved[moved["verdict"] != "same"]
        title = f"Changed since {path}{f', {name}' if name else ''}:"
        if rows.empty:
            parts.append(f"{title} nothing.")
            continue
        shown = pd.DataFrame(
            {
                "score": [row_label(row) for row in rows.to_dict("records")],
                "before": [number(value, 4) for value in rows["before"]],
                "now": [number(value, 4) for value in rows["now"]],
                "change": [
                    "" if math.isnan(value) else f"{value:+.4f}" for value in rows["change"]
                ],
                "verdict": list(rows["verdict"]),
            }
        )
        parts.append(f"{title}\n{table_text(shown)}")
    return "\n\n".join(parts)
