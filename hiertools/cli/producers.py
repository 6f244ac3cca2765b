"""`hiertools producers`."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict

from hiertools.cli import options
from hiertools.cli.output import say, show


def producers(*, json: options.Json = False) -> None:
    """List where class representatives can come from, and what each source needs.

    A source is written SCHEME:REST wherever a file of representatives may stand.

    ```
    hiertools producers
    hiertools compare timm:resnet50 taxonomy.csv
    ```
    """
    from hiertools.reporting.parts import TextTable
    from hiertools.representatives.producers.registry import list_producers

    found = list_producers()
    if json:
        say(json_module.dumps([asdict(info) for info in found], ensure_ascii=False))
        return
    table = {
        "scheme": [info.scheme for info in found],
        "reads": [info.describes for info in found],
        "for example": [info.example for info in found],
        "from": [info.package for info in found],
        "ready": ["yes" if info.available else f"no: {info.problem}" for info in found],
    }
    show(TextTable(table))
