"""The command line ``hiertools_torch``: train, evaluate, export, study, demo."""

from __future__ import annotations

import dataclasses
import functools
import json as json_module
import operator
import os
import sys
import tempfile
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from hiertools import __version__
from hiertools._core.files import check_target, named_path, write_text
from hiertools.cli.ending import ended, misread
from hiertools.cli.options import (
    COMPLETION,
    FailUnder,
    Html,
    Save,
    Seed,
    Threads,
    Whole,
    level_list,
)
from hiertools.cli.output import refuse_empty, say
from hiertools.cli.targets import Target, check_ending, keep_apart, same_file
from hiertools.errors import OptionError
from hiertools_torch.config import PLANKTON, Config, read_config_file, read_record
from hiertools_torch.runs.folder import FILES, default_folder, when_stopped
from hiertools_torch.training.own import FIELD_OF
from hiertools_torch.training.starting import start_file

app = App(
    name="hiertools_torch",
    help="Train classifiers whose class representatives hiertools compares with a class tree.",
    help_format="markdown",
    version=__version__,
    suppress_keyboard_interrupt=False,  # one line is said of it
)
app.register_install_completion_command(help=COMPLETION)


def _typed(hint: Any) -> Any:
    """Return a type hint whose whole numbers are not rounded."""
    if hint is int:
        return Whole
    members = typing.get_args(hint) if isinstance(hint, types.UnionType) else ()
    return functools.reduce(operator.or_, map(_typed, members)) if members else hint


def _overrides() -> Any:
    """Build a class with every field of `Config`, where None means that it was not given."""
    hints = typing.get_type_hints(Config)
    fields = []
    for item in dataclasses.fields(Config):
        doc = item.metadata["doc"]
        if item.default is not None:
            shown = str(item.default)
            doc += f" [{shown.lower() if isinstance(item.default, bool) else shown}]"
        parameter = Parameter(help=doc, group=item.metadata["group"], show_default=False)
        fields.append((item.name, Annotated[_typed(hints[item.name]) | None, parameter], None))
    # Cyclopts looks for fields only in classes that are not the standard library's.
    return dataclasses.make_dataclass("Overrides", fields, namespace={"__module__": __name__})


_Overrides = _overrides()
NONE_GIVEN: Any = _Overrides()
"""No field was given on the command line."""

if TYPE_CHECKING:
    from hiertools import ClassTree, Predictions
    from hiertools_torch.runs.run import Run

    Overrides = Any
else:
    Overrides = Annotated[_Overrides, Parameter(name="*")]

EXPORTED = ("representatives.npz", "prototypes.npz", "predictions.npz", "tree.json",
            "results.json", "provenance.json")  # fmt: skip
"""What an export writes of the `FILES` of a run."""

STUDIED = (
    "study.json", "study.csv", "study.html", "table.md", "result.json", "report.html",
)  # fmt: skip
"""What a study writes beside its runs and their results."""

AGAIN = "Give the same command again to go on: what is finished is kept."

OwnFile = Annotated[
    str | None,
    Parameter(
        name="--own",
        help="FILE.py:FUNCTION: run this Python file of yours, and take the data, backbone, "
        "head and augment that its function returns by these names.",
    ),
]
Quiet = Annotated[bool, Parameter(name="--quiet", negative="", help="Show no progress.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the result as JSON.")]


def _given(options: Any) -> dict[str, Any]:
    """Return the options that were given on the command line."""
    return {name: value for name, value in vars(options).items() if value is not None}


def _objects(own: str | None) -> dict[str, Any]:
    """Return the objects of the user's own, if a file of them was named."""
    if own is None:
        return {}
    from hiertools_torch.runs.own_file import objects_of

    return objects_of(own)


def _resumed(folder: Path, files: Iterable[Path], given: dict[str, Any]) -> Config:
    """Return the config of the run in a folder, changed by files and options."""
    from hiertools_torch.runs.folder import saved_config

    saved = saved_config(folder)
    if saved is None:
        raise OptionError(
            f"there is no run to go on with in {str(folder)!r}; give the --out of one, or leave "
            "--resume out to start it."
        )
    changes: dict[str, Any] = {}
    for file in files:
        changes |= read_config_file(file)
    return saved.replace(**changes | given)


@app.command
def train(
    *configs: Path,
    out: Path | None = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    own: OwnFile = None,
    quiet: Quiet = False,
    json: Json = False,
    options: Overrides = NONE_GIVEN,
) -> None:
    """Train a classifier; export its representatives and predictions.

    Options come from the config files, later files winning, and from the command line, which wins
    over all.

    ```
    hiertools_torch train --data quickdraw --model proxydr --epochs 20 --seed 0 --out runs/a
    hiertools_torch train examples/configs/quickdraw.yaml --model normface
    hiertools_torch train --resume --out runs/a
    hiertools_torch train --own mine.py:parts --epochs 5
    ```

    Parameters
    ----------
    configs
        YAML or TOML files with options.
    out
        Run folder. Default: runs/DATA-MODEL-seedSEED.
    resume
        Go on with the run in --out; its saved options need not be repeated.
    overwrite
        Replace the run in --out.
    """
    from hiertools_torch.runs.train import train as run_training

    files, given, objects = list(configs), _given(options), _objects(own)
    given |= {FIELD_OF[name]: "own" for name in objects}
    if resume:
        config = _resumed(out or default_folder(Config.read(*files, **given)), files, given)
    else:
        config = Config.read(*files, **given)
    if not resume:  # which reads what it goes on to write
        _check_folder(default_folder(config) if out is None else out, FILES, config, files)
    run = run_training(
        config, out=out, resume=resume, overwrite=overwrite, progress=not (quiet or json), **objects
    )
    if not _is_first_process():
        return
    if json:
        _print_json({"folder": str(run.folder), "results": run.results})
        return
    for name, scores in run.results.items():
        numbers = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in scores.items())
        say(f"{name} checkpoint: {numbers}")
    say(f"Compare with:  hiertools compare {run.folder}/representatives.npz {run.folder}/tree.json")


@app.command
def evaluate(
    *runs: Annotated[str, Parameter(name="RUN...")],
    checkpoint: typing.Literal["best", "last"] = "best",
    representatives: typing.Literal["proxy", "prototype", "both"] | None = None,
    tree: str | None = None,
    graph: Annotated[bool, Parameter(negative="")] = False,
    k: Annotated[list[Whole] | None, Parameter(negative="")] = None,
    hs_k: Annotated[list[Whole] | None, Parameter(negative="")] = None,
    similarity: typing.Literal["kim", "barz"] | None = None,
    level: Annotated[list[str] | None, Parameter(negative="")] = None,
    intervals: bool = True,
    settings: typing.Literal["default", "paper"] = "default",
    restrict: Annotated[list[str] | None, Parameter(negative="")] = None,
    balanced: Annotated[bool, Parameter(negative="")] = False,
    summed: Annotated[bool, Parameter(negative="")] = False,
    selective: typing.Literal["climbing", "confidence"] | None = None,
    temperature: str | None = None,
    rule: Annotated[list[str] | None, Parameter(negative="")] = None,
    fail_under: FailUnder = None,
    against: Path | None = None,
    own: OwnFile = None,
    seed: Seed = 0,
    threads: Threads = None,
    html: Html = None,
    save: Save = None,
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
    graph
        Keep every parent of what stands below several in that hierarchy.
    k
        For top-k accuracy and hierarchical distance and precision at k; repeat for several.
    hs_k
        For hierarchical similarity at k; repeat for several.
    similarity
        Similarity of two classes behind hierarchical similarity.
    level
        Score at this level only, a number or a rank; repeat for several.
    intervals
        Compute intervals over the test images, and tests between runs.
    settings
        Definitions: hiertools' own, or those of the paper's published code.
    restrict
        A class or a node of the tree that can be met, all others can't be predicted; repeat for
        several, or name a file with one a line.
    balanced
        Let all classes count the same, however many images they have.
    summed
        Sum probabilities over the classes of each group, and score the sums at each level.
    selective
        Let answers back off from class to root at every threshold, by this rule, and score the area
        under their risk over their specificity.
    temperature
        What logits are divided by: a number, or the file of a temperature that "hiertools fit"
        saved.
    rule
        Judge the answers of this rule, a file that "hiertools fit" saved; of several runs,
        NAME=FILE for each. Repeat for several.
    against
        Show what changed since this result, saved earlier by --save.
    """
    from hiertools.cli.compare import parse_models
    from hiertools.cli.evaluate import (
        checklist,
        judge,
        one_file_each,
        rules_of,
        temperature_of,
    )
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
        levels=level_list(level),
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
            export_again(trained.folder, checkpoint, folder, **_objects(own))
            config = (trained.folder / "config.yaml").read_text(encoding="utf-8")
            write_text(Path(folder) / "config.yaml", config)
            trained = Run(folder)
        kinds = {"both": ("proxy", "prototype"), None: ()}.get(reading, (reading,))
        read = {kind: trained.representatives(kind) for kind in kinds if kind is not None}
        return trained.predictions(), read.get(reading or "", read or None)


@app.command
def export(
    run: Path,
    *,
    checkpoint: typing.Literal["best", "last"] = "best",
    out: Path | None = None,
    own: OwnFile = None,
    json: Json = False,
) -> None:
    """Write representatives, prototypes and predictions of a run again.

    ```
    hiertools_torch export runs/a --checkpoint last --out runs/a-last
    ```

    Parameters
    ----------
    run
        Run folder; the run need not be finished.
    checkpoint
        Weights to export.
    out
        Folder for the files. Default: the run folder.
    """
    from hiertools_torch.runs.exports import export as export_again

    if out is not None and (run / "config.yaml").is_file():
        if (out / "config.yaml").exists() and not same_file(out, run):
            raise OptionError(
                f"--out {str(out)!r} is the folder of another run, whose files would be lost; give "
                "another --out."
            )
        _check_folder(out, EXPORTED, read_record(run / "config.yaml"))
    results = export_again(run, checkpoint, out, **_objects(own))
    if json:
        _print_json({"folder": str(out or run), "results": results})
    else:
        say(f"Wrote the export of {run}/{checkpoint}.pt to {out or run}.")


@app.command
def study(
    file: Path | None = None,
    /,
    *,
    models: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
    seeds: Annotated[list[Whole] | None, Parameter(consume_multiple=True)] = None,
    config: Annotated[list[Path], Parameter(consume_multiple=True)] = [],  # noqa: B006
    out: Path | None = None,
    permutations: Whole | None = None,
    jobs: Whole | None = None,
    threads: Whole | None = None,
    scheduler: str | None = None,
    keep: typing.Literal["none", "best", "all"] = "all",
    retry_failed: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    time_epoch: Annotated[bool, Parameter(negative="")] = False,
    status: Annotated[bool, Parameter(negative="")] = False,
    quiet: Quiet = False,
    json: Json = False,
    options: Overrides = NONE_GIVEN,
) -> int:
    """Train a grid of data x configurations x seeds; print a table and write study.html.

    Finished runs in --out are kept and broken ones resumed; several processes may work on one
    study. Exit status 1: some runs failed, and the rest is done.

    ```
    hiertools_torch study grid.yaml --jobs 4
    hiertools_torch study grid.yaml --dry-run
    hiertools_torch study grid.yaml --status
    hiertools_torch study --models softmax normface proxydr corr --seeds 0 1 2 --out runs/quickdraw
    hiertools_torch study --config examples/configs/paper/data/mesoz.yaml --root ~/mesoz --seeds 0
    ```

    Parameters
    ----------
    file
        A study file (YAML or TOML): data, base, configurations, grid, seeds, reference, endpoints.
    models
        Instead of a file: names of the paper's configurations (softmax, normface,
        proxydr-ema-dynamic, corr, ...), of losses beyond it (hxe, soft-labels, multi-level, cpcc,
        unit-sphere, arcface, cosface, proxy-anchor, supcon), or config files.
        [softmax normface proxydr corr]
    seeds
        Seeds. [those of the file, else 0 1 2]
    config
        Config files with what all runs share, if there is no study file.
    out
        Folder for results, runs, study.csv, study.html, table.md, result.json and report.html.
        Default: runs/NAME of the study.
    permutations
        Random relabellings for chance and p-values. [those of the file, else 999]
    jobs
        Worker processes; 0: one run after the other in this process. Default: one a core or GPU.
    threads
        Threads of each worker. Default: the cores, shared.
    scheduler
        Address of a Dask scheduler (tcp://host:8786), whose workers carry the runs out.
    keep
        Checkpoints that stay once a run is scored; what was exported stays in any case.
    retry_failed
        Try runs again that failed before.
    dry_run
        List the runs and how long they will take; run nothing.
    time_epoch
        With --dry-run: time one epoch of each data set where no finished run tells.
    status
        Show which runs are finished, running, failed or waiting, whoever is at them.
    """
    from hiertools_torch.studies.command import Asked, carry_on

    given = _given(options)
    for name in ("model", "seed"):
        if name in given:
            raise OptionError(f"A study has --{name}s, not --{name}.")
    if file is not None and (models is not None or config):
        raise OptionError(
            "a study file has models and a base of its own; leave --models and --config out, or "
            "the file."
        )
    asked = Asked(
        file=file, models=models, seeds=seeds, shared=list(config), given=given, out=out,
        permutations=permutations, jobs=jobs, threads=threads, scheduler=scheduler, keep=keep,
        retry_failed=retry_failed, quiet=quiet, json=json,
    )  # fmt: skip
    plan, folder = asked.plan()
    read = [*([file] if file else []), *config, *(Path(name) for name in models or ())]
    for one in {run.data: run.config for run in plan.runs}.values():
        _check_folder(folder, STUDIED, one, read)
    if dry_run or status or time_epoch:
        return asked.tell(plan, folder, dry_run=dry_run, time_epoch=time_epoch)
    with when_stopped(AGAIN):
        return carry_on(asked, plan, folder)


@app.command
def schema() -> None:
    """Print the JSON schema of config files, by which editors check and complete them.

    ```
    hiertools_torch schema > schema.json
    ```
    """
    _print_json(Config.json_schema())


@app.command
def demo(*, out: Path = Path("runs/demo"), quiet: Quiet = False) -> None:
    """Train NormFace and ProxyDR on drawings (about two minutes), and compare them.

    ```
    hiertools_torch demo --out runs/demo
    ```

    Parameters
    ----------
    out
        Folder for both runs and report.html.
    """
    from hiertools_torch.studies.conduct import demo as run_demo

    _check_folder(out, STUDIED)
    with when_stopped(AGAIN):
        result = run_demo(out, progress=not quiet)
    say(f"{result.markdown()}\nReport: {out / 'report.html'}")


def _check_folder(
    folder: Path, names: Iterable[str], config: Config | None = None, files: Iterable[Path] = ()
) -> None:
    """Refuse files in a folder that can't be written, or that would destroy what is read."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"--out {str(folder)!r} is a file; name a folder, which need not exist.")
    sources = list(files)
    if config is not None:
        if config.start_from is not None:
            sources.append(start_file(config.start_from))
        read = {name: getattr(config, name) for name in ("weights", "tree", "root")}
        sources += [named_path(place, name) for name, place in read.items() if place is not None]
        in_folders = config.data in ("folder", *PLANKTON)
        if config.root is not None and not in_folders and Path(config.root).is_dir():
            sources.pop()  # whose files have names of their own; others beside them do no harm
    keep_apart([Target("--out", check_target(folder / name)) for name in names], sources)


def _print_json(values: Any) -> None:
    say(json_module.dumps(values, indent=2))


def _is_first_process() -> bool:
    """Whether this process speaks for all; the engine sets the rank of the processes it starts."""
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0"))) == 0


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with status 2 and one sentence."""
    tokens = sys.argv[1:] if argv is None else list(argv)

    def command() -> object:
        refuse_empty(tokens)
        try:
            return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        except CycloptsError as error:
            raise OptionError(misread(error)) from None

    status = ended("hiertools_torch", command, speaks=_is_first_process)
    if status:
        raise SystemExit(status)
