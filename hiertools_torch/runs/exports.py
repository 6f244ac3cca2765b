"""What a run hands on: representatives and predictions as files that hiertools reads."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

import hiertools as ht
from hiertools._core.alerts import warn
from hiertools._core.checks import option
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.labels import unmistakable
from hiertools.errors import FileFormatError
from hiertools.evaluation.predictions import Predictions
from hiertools.representatives.prototypes import prototypes
from hiertools_torch._core.randomness import own_randomness
from hiertools_torch.data.loading import while_loading
from hiertools_torch.data.own import OwnData
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs.folder import check_same_run, saved_config
from hiertools_torch.runs.lock import locked
from hiertools_torch.runs.provenance import forget_export, write_json, write_provenance
from hiertools_torch.training.checkpoint import fitting, load_checkpoint
from hiertools_torch.training.forward import embed
from hiertools_torch.training.own import Own, Records, learns_probabilities, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lightning_fabric import Fabric

    from hiertools_torch.config import Config
    from hiertools_torch.data import ImageData
    from hiertools_torch.training.forward import Outputs
    from hiertools_torch.training.model import Classifier

__all__ = ["CHECKPOINTS", "export", "export_run"]

CHECKPOINTS = ("best", "last")


@door
def export(
    run: str | Path,
    /,
    checkpoint: str = "best",
    out: str | Path | None = None,
    *,
    data: OwnData | None = None,
    backbone: nn.Module | None = None,
    head: nn.Module | None = None,
    augment: Callable[..., Any] | None = None,
) -> dict[str, dict[str, float]]:
    """Export a run again, from the best or the last checkpoint.

    Parameters
    ----------
    run : path
        A run folder with checkpoints; the run need not be finished.
    checkpoint : {"best", "last"}
        Which weights the representatives, prototypes and predictions come from.
    out : path, optional
        Folder for the files. Default: the run folder.
    data, backbone, head, augment : optional
        The objects of your own that the run was trained with, if it was.

    Returns
    -------
    dict
        The scores on the test images of each checkpoint there is.

    Raises
    ------
    FileFormatError
        The folder holds no such checkpoint, or a damaged one.
    OptionError
        A checkpoint is of a run with other options than those of the folder, or another process
        trains or exports in the folder that is written.
    TrainingError
        The data have changed since the run began.
    """
    from hiertools_torch.config import recorded
    from hiertools_torch.data import load_data
    from hiertools_torch.training.engine import start_engine
    from hiertools_torch.training.model import build_model

    folder = named_path(run, "the path of the run folder")
    option(checkpoint, CHECKPOINTS, "checkpoint")
    state = load_checkpoint(folder / f"{checkpoint}.pt")
    with locked(Path(out) if out is not None else folder), own_randomness(), while_loading():
        config = saved_config(folder) or recorded(state["config"])
        config, own = settled(config, Own(data, backbone, head, augment), "export(run, ...)")
        images = load_data(config, data)
        fabric = start_engine(config.replace(devices=1))
        # The pixel statistics are buffers, so the checkpoint brings them.
        plain = (0.0,) * images.source.planes, (1.0,) * images.source.planes
        records = own.records()
        model = build_model(
            config, images.tree, images.counts(),
            mean=plain[0], deviation=plain[1], start=False, own=own,
        )  # fmt: skip
        classifier: Any = fabric.setup_module(model).module
        return export_run(fabric, classifier, config, images, folder, checkpoint, out, records)


def export_run(
    fabric: Fabric,
    classifier: Classifier,
    config: Config,
    data: ImageData,
    folder: Path,
    checkpoint: str = "best",
    out: str | Path | None = None,
    own: Records | None = None,
) -> dict[str, dict[str, float]]:
    """Score the checkpoints on the test images, and write what one of them gives.

    All processes take part; the first one writes. `classifier` is left with the weights of the
    checkpoint that was exported. Where the other one is damaged, its scores alone are lacking.
    """
    target = named_path(out, "out") if out is not None else folder
    results: dict[str, dict[str, float]] = {}
    others = [
        name for name in CHECKPOINTS if name != checkpoint and (folder / f"{name}.pt").exists()
    ]
    tested: Outputs | None = None
    finished = False
    for name in [*others, checkpoint]:
        path = folder / f"{name}.pt"
        try:
            state = load_checkpoint(path)
        except FileFormatError as cause:
            if name == checkpoint:
                raise
            if fabric.is_global_zero:
                warn(f"the results of {path} are left out. {cause}")
            continue
        _refuse_other_classes(state["classes"], data, path)
        check_same_run(state, config, data.digest, path, own or {})
        with fitting(path):
            classifier.load_state_dict(state["model"])
        epoch = state["progress"]["epoch"]
        finished = finished or bool(state["progress"]["finished"])
        results[name] = {"epoch": epoch}
        if len(data.parts["test"]):
            tested = embed(
                fabric, classifier, data, data.parts["test"], config.pixels, config.workers
            )
            results[name] |= _test_scores(tested, data)
    trained = embed(fabric, classifier, data, data.parts["train"], config.pixels, config.workers)
    if not fabric.is_global_zero:
        return results

    forget_export(target)
    provenance = _provenance(config, data, checkpoint, int(results[checkpoint]["epoch"]))
    if own:
        provenance["own"] = state["own"]
    proxies = classifier.head.representatives()
    ht.ClassRepresentatives(
        proxies.as_given, proxies.classes, proxies.kind, {**proxies.provenance, **provenance}
    ).save(target / "representatives.npz")
    means = prototypes(
        trained.features.numpy(), unmistakable(trained.labels, data.classes), data.classes
    )
    ht.ClassRepresentatives(means.as_given, means.classes, "prototype", provenance).save(
        target / "prototypes.npz"
    )
    written = ["representatives.npz", "prototypes.npz", "tree.json", "results.json"]
    if tested is None:
        (target / "predictions.npz").unlink(missing_ok=True)
    else:
        written.append("predictions.npz")
        Predictions(
            unmistakable(tested.labels, data.classes),
            tested.logits.numpy(),
            data.classes,
            embeddings=tested.features.numpy(),
            # Such logits rank the classes and are no log probabilities.
            score_kind="logit" if learns_probabilities(config, classifier.head) else "score",
        ).save(target / "predictions.npz")
    ht.write_tree(data.tree, target / "tree.json")
    write_json(
        {name: results[name] for name in CHECKPOINTS if name in results}, target / "results.json"
    )
    if (target / "log.csv").exists():
        written.append("log.csv")
    write_provenance({**provenance, "finished": finished}, target, written)
    return results


def _refuse_other_classes(trained: Sequence[str], data: ImageData, path: Path) -> None:
    """Refuse data whose classes are no longer those that the outputs of a checkpoint stand for."""
    if tuple(trained) == tuple(data.classes):
        return
    place = next((i for i, (a, b) in enumerate(zip(trained, data.classes)) if a != b), None)
    where = f"; output {place} is {trained[place]!r}" if place is not None else ""
    now = f", now {data.classes[place]!r}" if place is not None else ""
    raise TrainingError(
        f"{path}: the classes of the data have changed since the run began{where}{now}; restore "
        "the data, or start a new run."
    )


def _test_scores(tested: Outputs, data: ImageData) -> dict[str, float]:
    guess = tested.logits.argmax(1).numpy()
    cost = ht.path_distances(data.tree, data.classes)[tested.labels, guess]
    return {
        "accuracy": float(np.mean(guess == tested.labels)),
        "average_hierarchical_cost": float(cost.mean()),
    }


def _provenance(config: Config, data: ImageData, checkpoint: str, epoch: int) -> dict[str, Any]:
    return {
        "config": config.to_dict(),
        "checkpoint": checkpoint,
        "epoch": epoch,
        "data": {
            "name": data.name,
            "sha256": data.digest,
            "images": {part: len(where) for part, where in data.parts.items()},
            "notes": list(data.notes),
        },
        "versions": {
            "hiertools": ht.__version__,
            "torch": torch.__version__,
            "lightning_fabric": version("lightning_fabric"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
