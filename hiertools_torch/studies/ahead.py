"""What can be known of a study before anything runs: its data, its models, and its endpoints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os.path import exists
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core.checks import name_list
from hiertools._core.labels import unmistakable
from hiertools._core.wording import listed
from hiertools.errors import HiertoolsError, RepresentativesError, TreeError
from hiertools.results.columns import records
from hiertools_torch.studies.endpoints import read_endpoint
from hiertools_torch.studies.grid import PlannedRun, Problems
from hiertools_torch.studies.long_table import Measure, measure_of

if TYPE_CHECKING:
    from hiertools_torch.config import Config
    from hiertools_torch.data import ImageData
    from hiertools_torch.training.own import Own

__all__ = ["look_ahead"]

READ = (
    "data", "root", "tree", "subset", "image_size", "channels", "size_informed", "on_bad_image",
)  # fmt: skip
"""Options that decide what is read of data."""

PARTED = (
    "validation", "test", "split", "split_seed", "train_per_class", "patience", "monitor",
)  # fmt: skip
"""Options that decide into which parts it comes; ``split="paper"`` draws them by the seed."""

TESTED = 2000
"""So many test images at most are looked at."""

Kinds = dict[str, "Mapping[Measure, Any] | str"]
"""By kind: each measure's value or the reason why it has none; or why nothing of it is scored."""


def look_ahead(
    name: str,
    runs: Sequence[PlannedRun],
    endpoints: Sequence[str],
    own: Own | None = None,
    *,
    elsewhere: bool = False,
) -> list[str]:
    """Read the data of runs, build their models, and see which endpoints are defined.

    Parameters
    ----------
    name : str
        Name of the study.
    runs : sequence of PlannedRun
        Those that are still to be carried out.
    endpoints : sequence of str
        What the study is about.
    own : Own, optional
        Objects of the user's own.
    elsewhere : bool
        Whether others carry the runs out, who may have data that aren't here.

    Returns
    -------
    list of str
        Notes: what is unusual, and what will be undefined.

    Raises
    ------
    OptionError
        A run can't be carried out, an endpoint is defined on no data set, or nothing can be
        scored; all problems are listed.
    """
    problems, notes = Problems(f"the study {name!r}"), dict[str, None]()
    scored: dict[str, list[Kinds]] = {}
    seen = False
    for words, run, data in _read(runs, own, problems, elsewhere):
        seen = True
        notes |= dict.fromkeys(f"{run.data}: {note}" for note in data.notes)
        kinds = _kinds(data, endpoints, trained=run.config.epochs > 0)
        scored.setdefault(run.data, []).append(kinds)
        whys = {kind: why for kind, why in kinds.items() if isinstance(why, str)}
        if len(whys) == len(kinds):
            problems.add(f"nothing can be scored: {'; '.join(dict.fromkeys(whys.values()))}", words)
        for why in dict.fromkeys(whys.values()):
            of = " and ".join(kind for kind in whys if whys[kind] == why)
            notes[f"{run.data}: no scores of {of}: {why}"] = None
    if seen and not elsewhere:
        for endpoint in endpoints:
            _check_endpoint(endpoint, scored, problems, notes)
    problems.raise_any()
    return list(notes)


def _read(
    runs: Sequence[PlannedRun], own: Own | None, problems: Problems, elsewhere: bool
) -> Iterator[tuple[str, PlannedRun, ImageData]]:
    """Yield a run of each data set, division and kind of training there is; note what fails."""
    from hiertools_torch.data.load import divided, read_data
    from hiertools_torch.training.engine import start_engine
    from hiertools_torch.training.loggers import check_loggers
    from hiertools_torch.training.model import build_model
    from hiertools_torch.training.own import Own, settled

    own = own or Own()
    raw: dict[Any, Any] = {}
    parted: dict[Any, Any] = {}
    built: set[Any] = set()
    told: set[Any] = set()
    for run in runs:
        config, words = run.config, f"{run.configuration} on {run.data}"
        if elsewhere and not _is_here(config):
            continue
        try:
            config, objects = settled(config, own.wanted_by(config), "study(...)")
            which = _values(config, READ)
            if which not in raw:
                raw[which] = _kept(read_data, config, objects.data)
            how = (which, *_values(config, PARTED), config.split == "paper" and config.seed)
            if how not in parted:
                parted[how] = _kept(divided, config, _had(raw[which]))
            data = _had(parted[how])
            model = (how, config.replace(seed=0))
            if model not in built:
                built.add(model)
                check_loggers(config)
                if config.devices == 1 and not elsewhere:
                    start_engine(config)
                plain = (0.0,) * config.planes, (1.0,) * config.planes
                build_model(
                    config, data.tree, data.counts(), mean=plain[0], deviation=plain[1],
                    start=False, own=objects,
                )  # fmt: skip
        except HiertoolsError as error:
            problems.add(str(error), words)
            continue
        kind = (run.data, how, config.epochs > 0)
        if kind not in told:
            told.add(kind)
            yield words, run, data


def _kept(function: Any, *given: Any) -> Any:
    """Return what a function gives, or the error that it raises: both for all who ask again."""
    try:
        return function(*given)
    except HiertoolsError as error:
        return error


def _had(kept: Any) -> Any:
    if isinstance(kept, HiertoolsError):
        raise kept
    return kept


def _values(config: Config, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(config, name) for name in names)


def _is_here(config: Config) -> bool:
    """Whether all files that a run reads lie here."""
    files = (config.root, config.tree, config.weights, config.start_from)
    return all(file is None or file.startswith("shipped:") or exists(file) for file in files)


def _kinds(data: ImageData, endpoints: Sequence[str], *, trained: bool) -> Kinds:
    """Return what can be scored: random vectors and predictions in the place of those to come."""
    asked = [read_endpoint(text) for text in endpoints]
    found: Kinds = {}
    untrained = "they are random where nothing is trained (epochs: 0)"
    of_vectors = sorted({each.score for each in asked if each.kind != "predictions"})
    try:
        vectors = _of_vectors(data, of_vectors)
    except (RepresentativesError, TreeError) as error:
        found["proxy"] = found["prototype"] = str(error).rstrip(".")
    else:
        found["proxy"] = {each._replace(kind="proxy"): why for each, why in vectors.items()}
        found["prototype"] = vectors
    if not len(data.parts["test"]):
        found["predictions"] = "there are no test images"
    else:
        wanted = any(each.kind == "predictions" for each in asked)
        found["predictions"] = _of_predictions(data) if wanted else {}
    if not trained:
        found |= {"proxy": untrained, "predictions": untrained}
    return found


def _of_vectors(data: ImageData, scores: list[str]) -> dict[Measure, Any]:
    import hiertools as ht

    vectors = np.random.default_rng(0).normal(size=(len(data.classes), 8))
    compared = ht.compare(
        ht.ClassRepresentatives(vectors, data.classes), data.tree,
        scores=scores or ["elementwise_correlation"], permutations=0, intervals=False,
    )  # fmt: skip
    return _defined("prototype", compared.scores)


def _of_predictions(data: ImageData) -> dict[Measure, Any]:
    import hiertools as ht
    from hiertools.evaluation.predictions import Predictions

    rng = np.random.default_rng(0)
    tested = data.parts["test"][:: -(-len(data.parts["test"]) // TESTED)]
    labels, rows = data.labels[tested], np.arange(len(tested))
    logits = rng.normal(size=(len(tested), len(data.classes)))
    # Every other one is right, and the others are wrong, so that both are there.
    logits[rows, labels] = np.where(rows % 2, 9.0, -9.0)
    predictions = Predictions(
        unmistakable(labels, data.classes), logits, data.classes,
        embeddings=rng.normal(size=(len(tested), 8)), score_kind="logit",
    )  # fmt: skip
    return _defined("predictions", ht.evaluate(predictions, data.tree, intervals=False).scores)


def _defined(kind: str, scores: Any) -> dict[Measure, Any]:
    """Return the value of each measure; the reason where it has none."""
    return {
        measure_of({"kind": kind, **row}): row["value"]
        if math.isfinite(row["value"])
        else (row["note"] or "undefined")
        for row in records(scores)
    }


def _check_endpoint(
    endpoint: str, scored: Mapping[str, Sequence[Kinds]], problems: Problems, notes: dict[str, None]
) -> None:
    """Note where an endpoint is undefined, and complain where it is so everywhere."""
    asked = read_endpoint(endpoint)
    whys = {
        data: why
        for data, several in scored.items()
        if all(isinstance(_why(asked, kinds), str) for kinds in several)
        for why in [_why(asked, several[0])]
    }
    if scored and len(whys) == len(scored):
        of_why = {why: [data for data in whys if whys[data] == why] for why in whys.values()}
        told = "; ".join(f"on {listed(of)}: {why}" for why, of in of_why.items())
        problems.add(f"the endpoint {endpoint!r} can't be computed {told}")
        return
    for data, why in whys.items():
        if not isinstance(scored[data][0][asked.kind], str):  # else it is told of all of the kind
            notes[f"{data}: the endpoint {endpoint!r} can't be computed: {why}"] = None


def _why(asked: Measure, kinds: Kinds) -> str | None:
    """Return why an endpoint has no value, or None if it has one."""
    of_kind = kinds[asked.kind]
    if isinstance(of_kind, str):
        return of_kind
    named = [each for each in of_kind if each == asked] or [
        each for each in of_kind if (asked.level, asked.k) == (None, None)
        and each.score == asked.score
    ]  # fmt: skip
    if not named:
        there = [each.endpoint for each in of_kind if each.score == asked.score]
        return f"there are {name_list(there, 9)}" if there else "there is no such score"
    whys = [of_kind[each] for each in named]
    return str(whys[0]) if all(isinstance(why, str) for why in whys) else None
