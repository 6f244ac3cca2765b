"""`hiertools tree-likeness`."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import busy, say, show, told
from hiertools.cli.targets import Input, Output

if TYPE_CHECKING:
    from hiertools.comparison.tree_likeness import TreeLikeness
    from hiertools.reporting.parts import Part

MOST_CLASSES = 5
"""Classes that fit no tree, of which so many are told."""


def tree_likeness(
    proxies: Annotated[str, Input()],
    *,
    metric: options.Metric | None = None,
    center: options.Center = False,
    classes: options.ClassNames = None,
    quartets: options.Whole | None = None,
    settings: options.SettingsName = "default",
    per_class: Annotated[
        Path | None,
        Parameter(help="Write the mean delta of every class, a row each."),
        Output((".csv",)),
    ] = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Tell how nearly a model's distances are those of some tree, whichever it be.

    ```
    hiertools tree-likeness proxies.npz
    hiertools tree-likeness distances.csv --per-class delta.csv
    ```

    Parameters
    ----------
    proxies
        Class representatives: .npz, .csv or .parquet; or distances, .npz or a square table.
    metric
        Distance between representatives.
    quartets
        Draw so many quartets with each class; default all of them up to 400 classes, else 10,000.
    settings
        "paper" reproduces the published code of arXiv:2301.11065.
    """
    import hiertools as ht

    with busy("looking at quartets of classes"):
        found = ht.tree_likeness(
            proxies,
            classes=classes,
            metric=metric,
            center=center,
            quartets=quartets,
            random_state=seed,
            settings=settings,
            threads=threads,
        )
    if per_class is not None:
        from hiertools._core.files import write_rows

        write_rows(per_class, found.per_class)
    if json:
        say(json_module.dumps(_plain(found), ensure_ascii=False))
    else:
        show(*_parts(found))
    if per_class is not None:
        told(f"Wrote {per_class}.")


def _plain(found: TreeLikeness) -> dict[str, object]:
    from hiertools.results.frames import plain_records

    names = ("delta", "standard_error", "hyperbolicity", "relative_hyperbolicity", "exact",
             "n_quartets", "n_classes", "metric")  # fmt: skip
    return {**{name: getattr(found, name) for name in names},
            "per_class": plain_records(found.per_class)}  # fmt: skip


def _parts(found: TreeLikeness) -> tuple[Part, ...]:
    from hiertools._core.wording import number
    from hiertools.reporting.parts import Notes, Paragraph, TextTable

    error = "" if found.exact else f" +- {found.standard_error:.4f}"
    least = "" if found.exact else "at least "
    worst = found.per_class.sort_values("delta", ascending=False, kind="stable").head(MOST_CLASSES)
    return (
        Paragraph(
            f"Mean delta of {found.n_quartets:,} quartets of {found.n_classes:,} classes: "
            f"{found.delta:.3f}{error} (0: a tree's distances). Relative hyperbolicity: {least}"
            f"{found.relative_hyperbolicity:.3f}."
        ),
        TextTable(
            {"class": worst["class"].tolist(), "delta": [number(x) for x in worst["delta"]]},
            titles=[("Classes that fit a tree least", len(worst))],
        ),
        Notes(
            (
                "a description and no test: independent normal vectors have a delta of about 0.47 "
                "in 64 dimensions; look at a control beside it.",
            )
        ),
    )
