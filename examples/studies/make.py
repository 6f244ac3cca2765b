"""Write the study files of this folder again: ``python examples/studies/make.py``.

Each file is one experiment, written down before its results were seen: the data, what all runs
share, the configurations, the seeds, the reference of the paired comparisons, and the endpoints
that are tested. `hiertools_torch study FILE` runs it.

``--measure`` carries one run of each study out on one thread, for no epoch and for one, and writes
into ``times.json`` the processor seconds of a whole run, from which the comments of the files are
made; of studies that compare networks, one run of each network. ``--only random`` measures some of
the studies again. Studies of data that must lie on one's disk are not measured.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import textwrap
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hiertools_torch.presets import (
    MODELS,
    OTHER_MODELS,
    PAPER_DATA,
    PAPER_MODELS,
    PAPER_RECIPE,
    PAPER_SEEDS,
)

FOLDER = Path(__file__).parent
TIMES = FOLDER / "times.json"

SMALL: dict[str, Any] = {"backbone": "small-cnn", "epochs": 12}
"""Small enough for one core of a processor; everything else is a default."""

QUICKDRAW = {"quickdraw-100": {"data": "quickdraw"}}
EMOJI = {"emoji": {"data": "emoji"}}
BOTH = QUICKDRAW | EMOJI

HIERARCHY = ("classwise_correlation", "elementwise_correlation", "map_at_r", "triplet")
ENDPOINTS = [
    *(f"{kind}/{score}" for kind in ("proxy", "prototype") for score in HIERARCHY),
    "predictions/accuracy",
    "predictions/average_hierarchical_cost",
]
"""One of each kind of score: rows of distances, all distances, neighbours at each level, and a
distance of trees that a binary tree against a coarse taxonomy does not push to its ceiling (as it
does Robinson-Foulds); of proxies and of prototypes, as the paper looks at both; and what a
classifier is for."""

FEW_SEEDS = [1, 2, 3]
SEEDS = list(PAPER_SEEDS)
PAIR = ["normface", "proxydr"]
INFORMED = ["normface", "normface-mds", "proxydr", "proxydr-mds", "corr"]

ARCHITECTURES = {
    "small-cnn": {"backbone": "small-cnn"},
    "small-cnn-wide": {"backbone": "small-cnn", "width": 128},
    "small-cnn-group": {"backbone": "small-cnn", "norm": "group"},
    "resnet18": {"backbone": "torchvision:resnet18"},
    "mobilenet": {"backbone": "torchvision:mobilenet_v3_small"},
    "shufflenet": {"backbone": "torchvision:shufflenet_v2_x0_5"},
    "convnext": {"backbone": "timm:convnext_atto"},
}

ROOTS = {
    "cifar100": "data/cifar-100-python.tar.gz",
    "nabirds": "data/nabirds",
    "micros": "data/MicroS",
    "microl": "data/MicroL",
    "mesoz": "data/MesoZ",
}


@dataclass(frozen=True)
class StudyFile:
    """What one file says, and why."""

    about: str
    data: dict[str, dict[str, Any]]
    base: dict[str, Any] = field(default_factory=lambda: dict(SMALL))
    configurations: list[str] | dict[str, dict[str, Any]] = field(
        default_factory=lambda: list(PAPER_MODELS)
    )
    seeds: list[int] = field(default_factory=lambda: list(SEEDS))
    reference: str = "normface"
    endpoints: list[str] = field(default_factory=lambda: list(ENDPOINTS))

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.data) * len(self.configurations) * len(self.seeds)


def points(option: str, values: list[Any]) -> dict[str, dict[str, Any]]:
    """Return the drawings once for each value of an option, as so many data sets.

    Configurations are compared with the reference on each data set by itself, and it is at each
    point that a claim holds or does not; a grid would compare all points with one of them.
    """
    return {f"{option}={value}": {"data": "quickdraw", option: value} for value in values}


def of_the_paper(name: str) -> StudyFile:
    """Return the paper's own study of one of its data sets."""
    return StudyFile(
        f"The paper's study of {name}: its 14 heads and 5 seeds, by its published recipe. root is "
        "where the data lie on your disk; a GPU is needed to see the end of it.",
        {name: {**PAPER_DATA[name], "root": ROOTS[name]}},
        base=dict(PAPER_RECIPE),
    )


STUDIES: dict[str, StudyFile] = {
    "quickdraw": StudyFile(
        "The paper's claims on drawings that ship with hiertools: 14 heads x 5 seeds. (a) proxydr "
        "against normface, neither knowing the tree: the endpoints of hierarchy. (b) the heads "
        "with mds and corr, which know it: the same endpoints, and the cost of mistakes. Claim (c) "
        "is random.yaml.",
        QUICKDRAW,
    ),
    "emoji": StudyFile(
        "The same claims on another kind of image, in colour, with a tree that others drew: 14 "
        "heads x 5 seeds on 86 classes of emoji, tested on emoji that no model saw. fill is black, "
        "as it always was when these were run; the default is now the white that emoji stand on.",
        EMOJI,
        base=SMALL | {"fill": "black"},
    ),
    "losses": StudyFile(
        "All losses: the paper's four heads and those that the literature compares with.",
        QUICKDRAW,
        configurations=["softmax", "normface", "proxydr", "corr", *OTHER_MODELS],
        seeds=FEW_SEEDS,
    ),
    "quickdraw-345": StudyFile(
        "Does it hold with all 345 classes of drawings? The heads that claims (a) and (b) compare.",
        {"quickdraw-345": {"data": "quickdraw", "subset": "all"}},
        configurations=["softmax", *INFORMED, "normface-dynamic", "proxydr-dynamic"],
        seeds=FEW_SEEDS,
    ),
    "random": StudyFile(
        "Claim (c): networks that nothing was taught. Prototypes of untrained convolutional "
        "networks against chance, seven architectures x 5 seeds, on both kinds of image. Each run "
        "has its own p-value against shuffled names; differences between architectures are beside "
        "the point, and so are proxies, which are random vectors here.",
        BOTH,
        base={"epochs": 0, "model": "normface"},
        configurations=ARCHITECTURES,
        reference="small-cnn",
        endpoints=[f"prototype/{score}" for score in HIERARCHY],
    ),
    "dimension": StudyFile(
        "Does claim (a) depend on the dimension of the embedding? 128 is the paper's.",
        points("dim", [8, 32, 128, 512]),
        configurations=PAIR,
    ),
    "scale": StudyFile(
        "Does claim (a) depend on the scale of the logits? 10 is the paper's fixed one.",
        points("scale_value", [2.5, 5.0, 10.0, 20.0, 40.0]),
        configurations=PAIR,
    ),
    "epochs": StudyFile(
        "Do claims (a) and (b) depend on how long is trained? Heads with and without the tree.",
        points("epochs", [3, 12, 48]),
        base={key: value for key, value in SMALL.items() if key != "epochs"},
        configurations=INFORMED,
        seeds=FEW_SEEDS,
    ),
    "images": StudyFile(
        "Do claims (a) and (b) depend on the number of training images a class? 70 are all. Fewer "
        "images mean fewer steps; epochs stay.",
        points("train_per_class", [5, 20, 70]),
        configurations=INFORMED,
        seeds=FEW_SEEDS,
    ),
    **{name: of_the_paper(name) for name in PAPER_DATA},
}  # fmt: skip


def files() -> dict[Path, str]:
    """Return the text of every file by its path."""
    times = json.loads(TIMES.read_text()) if TIMES.exists() else {}
    return {
        FOLDER / f"{name}.yaml": text(name, study, times.get(name))
        for name, study in STUDIES.items()
    }


def text(name: str, study: StudyFile, seconds: float | None) -> str:
    """Return the text of one file; `seconds` is the measured time of a run."""
    about = f"{study.about} {study.runs} runs"
    if seconds is not None:
        hours = study.runs * seconds / 3600
        about += f" of about {seconds:.0f} s on one core (measured by make.py): {hours:.1f} h"
    values = {
        "name": name,
        "data": study.data,
        "base": study.base,
        "configurations": (
            [{key: options} for key, options in study.configurations.items()]
            if isinstance(study.configurations, dict)
            else study.configurations
        ),
        "seeds": study.seeds,
        "reference": study.reference,
        "endpoints": study.endpoints,
    }
    comment = "\n".join(f"# {line}" for line in textwrap.wrap(about + ".", 98))
    body = yaml.safe_dump({k: v for k, v in values.items() if v}, sort_keys=False, width=98)
    return f"{comment}\n{body}"


def telling_runs(study: StudyFile, data: str) -> list[dict[str, Any]]:
    """Return the options of runs that tell how long one takes, on one data set of a study.

    The first one, where all train the same network; else one of each configuration.
    """
    named = study.configurations
    options = list(named.values()) if isinstance(named, dict) else [MODELS[name] for name in named]
    networks = [each for each in options if "backbone" in each]
    return [
        study.base | study.data[data] | each | {"seed": study.seeds[0]}
        for each in networks or options[:1]
    ]


def measure(options: dict[str, Any]) -> float:
    """Return the processor seconds of one run with its scores, from no epoch and from one."""
    import torch

    from hiertools_torch import study

    torch.set_num_threads(1)
    epochs, seed = options["epochs"], options["seed"]
    spent = []
    for few in range(min(1, epochs) + 1):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "run.yaml")
            file.write_text(yaml.safe_dump(options | {"epochs": few}), encoding="utf-8")
            start = time.process_time()
            study([file], [seed], out=Path(folder, "out"), jobs=0, progress=False)
            spent.append(time.process_time() - start)
    return spent[0] + epochs * (spent[-1] - spent[0])


def measured(names: Collection[str]) -> dict[str, float]:
    """Return the seconds of a run of some studies, the mean over data sets and networks."""
    known: dict[str, float] = {}
    found = {}
    for name in names:
        study = STUDIES[name]
        seconds = []
        for options in itertools.chain(*(telling_runs(study, data) for data in study.data)):
            key = str(sorted(options.items()))  # several studies share their first run
            if key not in known:
                known[key] = measure(options)
            seconds.append(known[key])
        found[name] = round(sum(seconds) / len(seconds), 1)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure the time of a run first")
    own_data = [name for name in STUDIES if name not in PAPER_DATA]
    parser.add_argument("--only", nargs="+", choices=own_data, default=own_data,
                        help="measure these studies alone")  # fmt: skip
    asked = parser.parse_args()
    if asked.measure:
        before = json.loads(TIMES.read_text()) if TIMES.is_file() else {}
        seconds = before | measured(asked.only)
        TIMES.write_text(json.dumps({name: seconds[name] for name in own_data}, indent=2) + "\n")
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")
    print(f"wrote {len(files())} files to {FOLDER}")
