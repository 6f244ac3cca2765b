"""A study of a user's own objects: which runs use them, and what they are keyed by."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hiertools.errors import OptionError
from hiertools_torch.studies.file import Plan
from hiertools_torch.studies.grid import KEY_DIGITS

if TYPE_CHECKING:
    from hiertools_torch.training.own import Own

__all__ = ["keyed"]


def keyed(plan: Plan, own: Own) -> Plan:
    """Return the plan with keys that tell objects apart: other data make other runs.

    Raises
    ------
    OptionError
        No run uses an object, or it can't be used.
    """
    from hiertools_torch.data.load import read_data
    from hiertools_torch.training.own import FIELD_OF, settled

    for name in own.given():
        if not any(getattr(run.config, FIELD_OF[name]) == "own" for run in plan.runs):
            raise OptionError(
                f"{name}= is an object, but no run of the study says '{FIELD_OF[name]}: own'."
            )
    digests: dict[tuple[int, int], str] = {}
    runs = []
    for run in plan.runs:
        objects = own.wanted_by(run.config)
        if not objects.given():
            runs.append(run)
            continue
        config, _ = settled(run.config, objects, "study(...)")
        records = objects.records()
        if objects.data is not None:
            shape = (config.pixels, config.planes)
            if shape not in digests:
                digests[shape] = read_data(config, objects.data).digest
            records["data"]["sha256"] = digests[shape]
        text = json.dumps([run.key, records], sort_keys=True)
        runs.append(replace(run, key=hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]))
    return replace(plan, runs=tuple(runs))
