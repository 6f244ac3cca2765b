"""Every target, by its name."""

from __future__ import annotations

from fuzz.target import Target
from fuzz.targets import commands, models, predictions, results, taxonomies, trees, vectors
from fuzz.targets import training as of_training

TARGETS: dict[str, Target] = {
    target.name: target
    for part in (trees, taxonomies, vectors, models, predictions, results, commands, of_training)
    for target in part.TARGETS
}
