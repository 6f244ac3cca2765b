"""Every target, by its name, and what readers there are, by what they read."""

from __future__ import annotations

from fuzz.target import Target
from fuzz.targets import commands, models, predictions, results, taxonomies, trees, vectors
from fuzz.targets import training as of_training

TARGETS: dict[str, Target] = {
    target.name: target
    for part in (trees, taxonomies, vectors, models, predictions, results, commands, of_training)
    for target in part.TARGETS
}

READERS: dict[str, tuple[str, ...]] = {
    "Newick": ("newick",),
    "NEXUS": ("nexus",),
    "tables of trees": ("lineages", "edges", "ranks", "graph"),
    "trees in JSON": ("json-tree",),
    "trees in any form": ("tree-file", "tree-source"),
    "WordNet": ("wordnet", "wordnet-zip"),
    "NCBI": ("ncbi",),
    "NABirds": ("nabirds", "nabirds-images"),
    "iNaturalist": ("inaturalist",),
    "tables of vectors": ("vectors-table", "distances-table", "confusion", "names"),
    "NumPy": ("npz-members", "npz-whole", "prototypes", "distances-npz"),
    "Parquet": ("parquet", "predictions-parquet"),
    "safetensors": ("safetensors",),
    "ONNX": ("onnx",),
    "checkpoints": ("checkpoint", "checkpoint-members"),
    "models in any form": ("model-source",),
    "predictions": ("predictions-table", "predictions-npz"),
    "saved results": ("saved-result", "temperature", "rule"),
    "command lines": ("command-line", "command-line-torch"),
    "configs": ("config",),
    "CIFAR": ("cifar", "cifar-packed", "pickle"),
    "images": ("images",),
    "runs and studies": ("run-checkpoint", "run-folder", "study-folder"),
}
"""The targets that try the ways into one reader: a table of vectors is one of distances, too."""
