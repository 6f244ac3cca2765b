"""`hiertools demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import around, busy, deliver, told


def demo(
    *,
    out: Annotated[Path, Parameter(help="Where to write the report."), options.HTML] = Path(
        "report.html"
    ),
    permutations: options.Permutations = 999,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Compare a real ImageNet classifier with WordNet.

    The last layer of EfficientNet-Lite0, 1000 class vectors learned from images and labels alone,
    against the WordNet tree of these classes. Both ship with the package: nothing is downloaded.

    Prints the scores with their chance levels, the classes that fit best and worst, and writes a
    report.

    ```
    hiertools demo
    hiertools demo --out imagenet.html --permutations 99
    ```
    """
    import hiertools as ht

    with busy(f"comparing, with {permutations} permutations"):
        result = ht.compare(
            ht.load_imagenet_head(),
            ht.load_imagenet_tree(),
            permutations=permutations,
            random_state=seed,
            threads=threads,
        )
    if not json:
        told("EfficientNet-Lite0, trained on ImageNet-1k, against the WordNet tree of its classes.")
    deliver(result, json=json, html=out, around=around(result))
