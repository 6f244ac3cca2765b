"""Every reader that hiertools has, in words, so that a new one can't be forgotten."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import hiertools as ht
from hiertools import decisions, producers, readers, taxonomies
from hiertools.cli.app import COMMANDS
from hiertools.representatives.producers.registry import BUILT_IN, ENDINGS
from hiertools.saved import KINDS
from hiertools.trees.files import READERS
from hiertools.trees.taxonomies.sources import TAXONOMIES

OTHERWISE = {
    "producer timm": "the library of that name reads; its weights are the target `checkpoint`",
    "producer torchvision": "likewise",
    "producer transformers": "likewise",
    "producer sentence-transformers": "likewise",
    "data quickdraw": "ships with hiertools",
    "data emoji": "ships with hiertools",
    "from_ete3": "an object of Python",
    "from_linkage": "an array",
    "from_module": "an object of Python",
    "from_networkx": "an object of Python",
    "from_sentence_transformers": "an object of Python",
    "from_sklearn": "an object of Python",
    "from_sklearn_model": "an object of Python",
    "from_texts": "class names",
    "from_timm": "as the producer",
    "from_torchvision": "as the producer",
    "from_transformers": "as the producer",
    "from_edges": "as the tree format",
    "from_folder": "as the tree format",
    "from_json": "as the tree format",
    "from_lineages": "as the tree format",
    "from_newick": "as the tree format",
    "from_nexus": "as the tree format",
    "from_ranks": "as the tree format",
}
"""What has no target of its own, and why."""


def of_the_core() -> Iterator[str]:
    """Yield what the core reads."""
    yield from (f"tree format {name}" for name in READERS)
    yield from (f"taxonomy {name}" for name in TAXONOMIES)
    yield from (f"producer {name}" for name in {*BUILT_IN, *ENDINGS.values()})
    yield from (f"result {kind}" for kind in KINDS)
    yield from (f"command {command.__name__}" for command in COMMANDS)
    yield from (
        f"{name}.from_json" for name in decisions.__all__
        if hasattr(getattr(decisions, name), "from_json")
    )  # fmt: skip
    for place in (ht, readers, producers, taxonomies):
        yield from (
            name
            for name in (*place.__all__, *dir(place))
            if name.startswith(("read_", "from_")) or name in _OTHER_DOORS
        )


_OTHER_DOORS = (
    "as_graph", "as_predictions", "as_representatives", "as_tree", "produce", "resolve_taxonomy",
)  # fmt: skip
"""Functions that read without saying so."""


def of_training() -> Iterator[str]:
    """Yield what `hiertools_torch` reads."""
    from hiertools_torch.cli import app
    from hiertools_torch.config.options import Data

    yield from (f"data {name}" for name in typing.get_args(Data) if name != "own")
    yield from (f"command torch {name}" for name in app if not name.startswith("-"))
    yield from ("Config.read", "Run", "Study.read", "load_checkpoint")
