"""``hiertools_torch evaluate``."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from hiertools._core.files import check_target, write_text
from hiertools.cli import options
from hiertools.cli.targets import Target, check_ending, keep_apart
from hiertools.errors import OptionError
from hiertools_torch.cli.options import Json, OwnFile, own_objects

if TYPE_CHECKING:
    from hiertools import ClassTree, Predictions
    from hiertools_torch.runs.run import Run


def evaluate(
    *runs: Annotated[str, Parameter(name="RUN...")],
    checkpoint: Literal["best", "last"] = "best",
    representatives: Literal["proxy", "prototype", "both"] | None = None,
    tree: str | None = None,
    graph: options.Graph = False,
    k: options.Ks = None,
    hs_k: options.SimilarityKs = None,
    similarity: options.Similarity = None,
    level: options.Levels = None,
    intervals: options.Intervals = True,
    settings: options.Definitions = "default",
    restrict: options.Restrict = None,
    balanced: options.Balanced = False,
    summed: options.Summed = False,
    selective: options.Selective = None,
    temperature: options.FittedTemperature = None,
    rule: options.FittedRules = None,
    fail_under: options.FailUnder = None,
    against: options.Against = None,
    own: OwnFile = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    html: options.Html = None,
    save: options.Save = None,
    json: Json = False,
) -> int:
    """Score the test predictions of a run: accuracy, mistakes, retrieval, calibration.

    What `hiertools evaluate` does for files of predictions; several runs, as NAME=FOLDER, are
    compared on the same test images.

    ```
    hiertools_torch evaluate runs/a
    hiertools_torch evaluate runs/a --checkpoint last --html report.html --save now.json
    hiertools_torch evaluate normface=runs/a proxydr=runs/b
    hiertools_torch evaluate runs/a --representatives both
    ```

    Exit status 1 where a limit of --fail-under does not hold.

    Parameters
    ----------
    runs
        Run folders.
    checkpoint
        Weights to predict with.
    representatives
        Predict the class of the nearest proxy or prototype instead, or compare both readings.
    tree
        Another hierarchy of the classes than the run's own.
    """
    from hiertools.cli.compare import parse_models
    from hiertools.cli.evaluate import (
        checklist,
        judge,
        one_file_each,
        rules_of,
        temperature_of,
    )
    from hiertools_torch.runs.folder import FILES
    from hiertools_torch.runs.run import Run

    if not runs:
        raise OptionError("evaluate needs a run. For example: hiertools_torch evaluate runs/a")
    named = one_file_each(parse_models(runs), "run folders")
    folders = named if isinstance(named, dict) else {"": named}
    if representatives is not None and len(folders) > 1:
        raise OptionError("--representatives reads one run in other ways; name one.")
    trained = {name: Run(folder) for name, folder in folders.items()}
    targets = [
        Target(option, check_target(path))
        for option, path in (("--html", html), ("--save", save)) if path is not None
    ]  # fmt: skip
    for target in targets:
        check_ending(target, (".html", ".htm") if target.option == "--html" else (".json",))
    read = [Path(each.folder) / name for each in trained.values() for name in FILES]
    read += [Path(text.rpartition("=")[2]) for text in (*(rule or ()), temperature or "") if text]
    keep_apart(targets, [*read, *([] if against is None else [against])])
    hierarchy = _common_tree(trained) if tree is None else tree
    made = {name: _tested(each, checkpoint, own, representatives) for name, each in trained.items()}
    predictions = {name: each[0] for name, each in made.items()}
    return judge(
        predictions if isinstance(named, dict) else predictions[""],
        hierarchy,
        graph=graph,
        fail_under=fail_under,
        against=against,
        html=html,
        save=save,
        json=json,
        representatives=next(iter(made.values()))[1],
        k=k,
        hs_k=hs_k,
        similarity=similarity,
        levels=options.level_list(level),
        intervals=intervals,
        settings=settings,
        restrict=checklist(restrict),
        balanced=balanced,
        unknown="error",
        summed=summed,
        selective=selective,
        temperature=temperature_of(temperature),
        rule=rules_of(rule),
        random_state=seed,
        threads=threads,
    )


def _common_tree(trained: Mapping[str, Run]) -> ClassTree:
    (first, one), *others = trained.items()
    for name, other in others:
        if other.tree != one.tree:
            raise OptionError(
                f"the runs {first!r} and {name!r} have other trees, and scores of one tree are not "
                "those of another; give one for all with --tree."
            )
    return one.tree


def _tested(
    trained: Run, checkpoint: str, own: str | None, reading: str | None
) -> tuple[Predictions, Any]:
    """Return a checkpoint's test predictions, and the representatives to read them by, if any."""
    from hiertools_torch.runs.exports import export as export_again
    from hiertools_torch.runs.run import Run

    with tempfile.TemporaryDirectory() as folder:
        # What lies in the folder may have been exported from either.
        if trained.provenance["checkpoint"] != checkpoint:
            export_again(trained.folder, checkpoint, folder, **own_objects(own))
            config = (trained.folder / "config.yaml").read_text(encoding="utf-8")
            write_text(Path(folder) / "config.yaml", config)
            trained = Run(folder)
        kinds = {"both": ("proxy", "prototype"), None: ()}.get(reading, (reading,))
        read = {kind: trained.representatives(kind) for kind in kinds if kind is not None}
        return trained.predictions(), read.get(reading or "", read or None)
