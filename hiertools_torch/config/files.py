"""Files of options: YAML or TOML, in flat lines or in groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hiertools._core import option_files
from hiertools._core.checks import closest
from hiertools.errors import OptionError
from hiertools_torch.config.options import GROUPS, Options

__all__ = ["known", "read_config_file", "read_mapping"]

GROUP_OF = {item.name: item.metadata["group"].lower() for item in dataclasses.fields(Options)}


def read_config_file(path: str | Path) -> dict[str, Any]:
    """Read a YAML or TOML file and return its options by name, all of `hiertools_torch.Config`."""
    return known(read_mapping(path), str(path))


def read_mapping(path: str | Path) -> dict[Any, Any]:
    """Read a YAML or TOML file of ``key: value`` lines, whatever the keys are."""
    return option_files.read_mapping(path, (".yaml", ".yml", ".toml"))


def known(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return options by name, out of their groups, or name the keys that don't exist.

    ``-`` in keys is read as ``_``. A group is a mapping (``data: {workers: 2}``), where an option
    of its name is none (``data: cifar100``).
    """
    read: dict[str, Any] = {}
    unknown: list[str] = []
    for key, value in _of_options(values):
        *group, name = key
        if name in GROUPS and name not in GROUP_OF and not group:
            raise OptionError(f"{where}: the group {name!r} must hold options; got {value!r}.")
        if name not in GROUP_OF or len(group) > 1:
            near = closest(name, [n for n in GROUP_OF if not group or GROUP_OF[n] == group[0]])
            hint = f" (did you mean {near!r}?)" if near else ""
            unknown.append(f"{'.'.join(key)!r}{hint}")
            continue
        if group and GROUP_OF[name] != group[0]:
            raise OptionError(
                f"{where}: {name!r} stands in the group {group[0]!r}, and belongs to "
                f"{GROUP_OF[name]!r}."
            )
        if name in read:
            raise OptionError(f"{where}: {name!r} is given twice; leave one out.")
        read[name] = value
    if unknown:
        raise OptionError(
            f"{where}: {len(unknown)} unknown key(s): {', '.join(unknown[:5])}. "
            "`hiertools_torch train --help` lists all."
        )
    return read


def _of_options(values: Mapping[Any, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """Return each option's key, after that of its group where it is in one, and its value."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in values.items():
        name = str(key).replace("-", "_")
        if name in GROUPS and isinstance(value, Mapping):
            found += [((name, str(k).replace("-", "_")), v) for k, v in value.items()]
        elif name in GROUPS and name not in GROUP_OF and value is None:
            continue  # a group of which nothing is said
        else:
            found.append(((name,), value))
    return found
