"""`hiertools evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from hiertools._core.files import is_readable
from hiertools.cli import options, output
from hiertools.cli.against import changes_since, earlier_result
from hiertools.cli.limits import judged, read_limits
from hiertools.cli.output import busy, deliver, say, told
from hiertools.cli.targets import Input
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.trees.tree import ClassTree


def evaluate(
    *sources: Annotated[str, Parameter(name="PREDICTIONS... TREE"), Input()],
    k: options.Ks = None,
    hs_k: options.SimilarityKs = None,
    similarity: options.Similarity = None,
    beta: float | None = None,
    similarity_form: Literal["euclidean", "angular"] | None = None,
    representatives: Annotated[str | None, Input()] = None,
    metric: options.Metric | None = None,
    classes: options.ClassNames = None,
    rename: options.Rename = None,
    score_kind: Literal["score", "logit", "probability"] | None = None,
    graph: options.Graph = False,
    level: options.Levels = None,
    intervals: options.Intervals = True,
    settings: options.Definitions = "default",
    on_missing: options.OnMissingOption = "error",
    restrict: options.Restrict = None,
    groups: str | None = None,
    weights: str | None = None,
    balanced: options.Balanced = False,
    unknown: Literal["error", "ancestor"] = "error",
    summed: options.Summed = False,
    selective: options.Selective = None,
    temperature: options.FittedTemperature = None,
    rule: options.FittedRules = None,
    fail_under: options.FailUnder = None,
    against: options.Against = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    html: options.Html = None,
    save: options.Save = None,
    json: options.Json = False,
) -> int:
    """Judge a classifier's mistakes by the tree.

    Give a file of predictions (.npz: labels, scores, classes, perhaps embeddings; .csv or .parquet:
    a table), or several as NAME=FILE, and the tree last. Only .csv must fit in memory.

    ```
    hiertools evaluate predictions.npz taxonomy.csv
    hiertools evaluate predictions.npz taxonomy.csv --save now.json --html report.html
    hiertools evaluate predictions.npz taxonomy.csv --fail-under average_hierarchical_cost=1.5
    hiertools evaluate predictions.npz taxonomy.csv --against last.json
    hiertools evaluate normface=a.npz proxydr=b.npz taxonomy.csv
    hiertools evaluate predictions.csv taxonomy.csv --groups individual
    hiertools evaluate predictions.csv taxonomy.csv --unknown ancestor
    hiertools evaluate predictions.npz taxonomy.csv --rule rule.json
    hiertools evaluate predictions.npz edges.csv --graph
    ```

    Exit status 1 where a limit of --fail-under does not hold.

    Parameters
    ----------
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
    groups
        The column (in .npz: array) that names each sample's individual, site or video: intervals
        and tests are then over these, not over samples.
    weights
        The column (in .npz: array) that tells how much each sample counts.
    unknown
        What to do about labels that the model has no class for: "ancestor" takes for the truth the
        deepest ancestor that it knows, and tells seen from unseen classes.
    """
    from hiertools.cli.compare import parse_sources

    models, tree = parse_sources(sources, "evaluate needs predictions", "predictions.npz")
    return judge(
        one_file_each(models, "files of predictions"),
        tree,
        graph=graph,
        fail_under=fail_under,
        against=against,
        html=html,
        save=save,
        json=json,
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
        levels=options.level_list(level),
        intervals=intervals,
        random_state=seed,
        settings=settings,
        on_missing=on_missing,
        restrict=checklist(restrict),
        groups=groups,
        weights=weights,
        balanced=balanced,
        unknown=unknown,
        summed=summed,
        selective=selective,
        temperature=temperature_of(temperature),
        rule=rules_of(rule),
        threads=threads,
    )


def one_file_each(models: Any, what: str) -> Any:
    """Return models with one source each, by name where there are several; refuse more."""
    if not isinstance(models, dict):
        return models
    for name, sources in models.items():
        if len(sources) > 1:
            raise OptionError(f"{name!r} names {len(sources)} {what}; give each its own.")
    return {name: sources[0] for name, sources in models.items()}


def judge(
    given: Any,
    tree: str | ClassTree,
    *,
    graph: bool,
    fail_under: Sequence[str] | None,
    against: Path | None,
    html: Path | None,
    save: Path | None,
    json: bool,
    **asked: Any,
) -> int:
    """Evaluate, deliver the result, and return the exit status; `asked` goes to `evaluate`."""
    earlier = earlier_result(against)
    from hiertools.evaluation.rules import answers_with_sets
    from hiertools.evaluation.scores import scores_with

    scores = scores_with(
        unknown=asked["unknown"],
        summed=asked["summed"],
        rule=asked["rule"] is not None and not answers_with_sets(asked["rule"]),
        selective=asked["selective"],
    )
    ks = _ks(asked["settings"], asked["k"], asked["hs_k"])
    import hiertools as ht

    read: Any
    if graph:
        read = ht.as_graph(tree)
        limits, _ = read_limits(fail_under, scores, read.drawn, levels=(), ks=ks)
    else:
        levels = asked["levels"]
        limits, read = read_limits(fail_under, scores, tree, levels=levels, ks=ks)
    with busy("evaluating"):
        result: Any = ht.evaluate(given, read, **asked)

    # What may be refused comes before anything is written.
    changed = None if against is None else changes_since(earlier, result, against)

    def show() -> None:
        deliver(result, json=json, html=html, save=save)
        if changed is None:
            return
        if json:
            told(f"\n{changed}")
        else:
            say("")
            output.show(*changed.parts)

    return judged(result, limits, show)


def checklist(restrict: Sequence[str] | None) -> list[str] | Path | None:
    """Return the taxa named one by one, or the path of a file of them."""
    if not restrict:
        return None
    if len(restrict) == 1 and is_readable(restrict[0]):
        return Path(restrict[0])
    return list(restrict)


def rules_of(given: Sequence[str] | None) -> Any:
    """Return the rule of a file, or rules by name."""
    if not given:
        return None
    from hiertools.decisions import read_rule

    pairs = [text.partition("=") for text in given]
    if len(given) == 1 and (not pairs[0][1] or is_readable(given[0])):
        return read_rule(given[0])
    unnamed = [text for text, (name, _, path) in zip(given, pairs) if not name or not path]
    if unnamed or len({name for name, _, _ in pairs}) < len(pairs):
        raise OptionError(
            f"--rule takes NAME=FILE where there are several, each name once; got "
            f"{(unnamed or given)[0]!r}."
        )
    return {name: read_rule(path) for name, _, path in pairs}


def temperature_of(given: str | None) -> float | str | None:
    """Return a temperature as a number where it is one, else the path of its file."""
    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        return given


def _ks(
    settings: str, k: Sequence[int] | None, hs_k: Sequence[int] | None
) -> dict[str, tuple[int, ...]]:
    """Return each k that a score will be computed for."""
    from hiertools.evaluation.options import evaluation_options
    from hiertools.evaluation.scores import EVALUATION_SCORES

    chosen = evaluation_options(settings=settings, k=k, hs_k=hs_k)
    return {
        name: chosen.hs_k if "hierarchical_similarity" in name else chosen.k
        for name, score in EVALUATION_SCORES.items()
        if any("k" in place.split(", ") for place in score.at)
    }
