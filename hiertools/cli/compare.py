"""`hiertools compare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.limits import judged, read_limits
from hiertools.cli.named import named, named_files
from hiertools.cli.output import around, busy, deliver
from hiertools.cli.targets import Input
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.results.changes import Limit


def compare(
    *sources: Annotated[str, Parameter(name="PROXIES... TREE"), Input()],
    tree: Annotated[list[str] | None, Parameter(negative=""), Input()] = None,
    metric: options.Metric | None = None,
    linkage: options.Linkage | None = None,
    level: Annotated[list[str] | None, Parameter(negative="")] = None,
    scores: Annotated[list[str] | None, Parameter(negative="")] = None,
    permutations: options.Permutations = 999,
    intervals: bool = True,
    center: options.Center = False,
    baseline: Annotated[str | None, Input()] = None,
    classes: options.ClassNames = None,
    rename: options.Rename = None,
    settings: options.SettingsName = "default",
    on_missing: options.OnMissingOption = "error",
    within: str | None = None,
    strata: Annotated[Path | None, Input()] = None,
    fail_under: options.FailUnder = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    html: options.Html = None,
    save: options.Save = None,
    json: options.Json = False,
) -> int:
    """Compare the hierarchy that a model implies with a tree.

    Give one file of class representatives, or several as NAME=FILE (the same name twice: two runs
    of one model), and the tree last. Representatives: .npz, .csv or .parquet, one vector a class,
    or a source such as timm:resnet50 (see hiertools producers). Tree: a CSV of lineages, edges or
    ranks, Newick, JSON, or a folder of folders.

    ```
    hiertools compare proxies.npz taxonomy.csv
    hiertools compare proxies.npz taxonomy.csv --html report.html --save result.json
    hiertools compare normface=a.npz proxydr=b.npz taxonomy.csv --metric angular
    hiertools compare proxydr=seed0.npz proxydr=seed1.npz softmax=c.npz tree.nwk --scores all
    hiertools compare proxies.npz --tree wordnet=taxonomy.csv --tree visual=visual.nwk
    hiertools compare proxies.npz taxonomy.csv --fail-under classwise_correlation=0.3
    hiertools compare --config compare.toml proxies.npz taxonomy.csv
    ```

    Exit status 1 where a limit of --fail-under does not hold.

    Parameters
    ----------
    tree
        One of several trees, NAME=FILE, in place of the last argument: which of them does the model
        follow most closely? Repeat for each.
    metric
        Distance between representatives.
    linkage
        How the hierarchy is inferred.
    level
        Score retrieval at this level only, a number or a rank; repeat for several.
    scores
        "core", "all", or the name of a score; repeat for several.
    intervals
        Compute 95 % intervals over classes.
    baseline
        Representatives of a control, an untrained network say: becomes a second model.
    within
        Draw chance among classes of one group of this level only, a number or a rank: what is
        found below it?
    strata
        CSV with class and stratum (bins of frequency, say): draw chance within strata only.
    settings
        "paper" reproduces the published code of arXiv:2301.11065.
    """
    models, trees = parse_trees(sources, tree)
    chosen = scores[0] if scores and len(scores) == 1 else (scores or "core")
    levels = options.level_list(level)
    from hiertools.comparison.scores.registry import SCORES, chosen_scores

    computed = {name: SCORES[name] for name in chosen_scores(chosen)}
    limits: list[Limit] = []
    read: dict[str, Any] = {}
    for name, each in trees.items():
        limits, read[name] = read_limits(fail_under, computed, each, levels=levels)
    import hiertools as ht

    against: Any = read[""] if "" in read else {x: ht.as_tree(each) for x, each in read.items()}
    with busy(f"comparing, with {permutations} permutations"):
        result: Any = ht.compare(
            models,
            against,
            classes=classes,
            rename=options.synonyms(rename),
            metric=metric,
            linkage=linkage,
            levels=levels,
            scores=chosen,
            permutations=permutations,
            intervals=intervals,
            center=center,
            baseline=baseline,
            random_state=seed,
            settings=settings,
            on_missing=on_missing,
            **_restricted(within, strata),
            threads=threads,
        )
    return judged(
        result,
        limits,
        lambda: deliver(result, json=json, html=html, save=save, around=around(result)),
    )


def _restricted(within: str | None, strata: Path | None) -> dict[str, Any]:
    """Return the options that say which classes change names with which."""
    levels = options.level_list([within] if within else None)
    return {"within": levels[0] if levels else None, "strata": strata}


def parse_trees(sources: tuple[str, ...], trees: list[str] | None) -> tuple[Any, dict[str, str]]:
    """Return the model or models, and trees by name; one that comes last is called "".

    Examples
    --------
    >>> parse_trees(("proxies.npz", "tree.nwk"), None)
    ('proxies.npz', {'': 'tree.nwk'})
    >>> parse_trees(("proxies.npz",), ["wordnet=w.csv", "visual.nwk"])
    ('proxies.npz', {'wordnet': 'w.csv', 'visual': 'visual.nwk'})
    """
    if not trees:
        models, last = parse_sources(sources)
        return models, {"": last}
    if not sources:
        raise OptionError(
            "compare needs representatives beside --tree; for example: hiertools compare "
            "proxies.npz --tree wordnet=taxonomy.csv --tree visual=visual.nwk"
        )
    return parse_models(sources), named_files(trees, "--tree")


def parse_sources(
    sources: tuple[str, ...],
    need: str = "compare needs representatives",
    example: str = "proxies.npz",
) -> tuple[Any, str]:
    """Return the model or models, and the tree.

    Examples
    --------
    >>> parse_sources(("proxies.npz", "tree.nwk"))
    ('proxies.npz', 'tree.nwk')
    >>> parse_sources(("torch:model.pt?classes=names.txt", "tree.nwk"))
    ('torch:model.pt?classes=names.txt', 'tree.nwk')
    """
    if len(sources) < 2:
        raise OptionError(
            f"{need} and, last, a tree; got {len(sources)} argument(s). "
            f"For example: hiertools {need.split(maxsplit=1)[0]} {example} taxonomy.csv"
        )
    *given, tree = sources
    return parse_models(given), tree


def parse_models(given: Sequence[str]) -> Any:
    """Return the model, or models by name.

    Examples
    --------
    >>> parse_models(("a=1.npz", "a=2.npz", "b=3.npz"))
    {'a': ['1.npz', '2.npz'], 'b': ['3.npz']}
    """
    models: dict[str, list[str]] = {}
    for source in given:
        pair = named(source)
        if pair is None:
            if len(given) == 1:
                return source
            # A file's own name serves, but never two files under it by accident.
            stem = Path(source).stem
            models.setdefault(stem if stem not in models else source, []).append(source)
        else:
            models.setdefault(pair[0], []).append(pair[1])
    return models
