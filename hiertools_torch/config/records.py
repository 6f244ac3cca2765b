"""Configs that a run wrote down, perhaps by an earlier hiertools, which had fewer options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hiertools_torch.config.config import Config
from hiertools_torch.config.files import known, read_config_file
from hiertools_torch.config.options import FILLED

__all__ = ["read_record", "recorded"]


def recorded(values: Mapping[str, Any]) -> Config:
    """Return the config that a record holds; options that it lacks are what the run was made with.

    Mostly that is their default. Before there was ``fill``, all was filled with black, which is the
    background of drawings.

    Examples
    --------
    >>> recorded({"data": "emoji"}).fill, recorded({"data": "quickdraw"}).fill
    ('black', 'background')
    """
    held = known(dict(values), "config")
    config = Config(**held)
    filled = config.augment in FILLED and config.epochs > 0
    if "fill" in held or config.data == "quickdraw" or not filled:
        return config
    return config.replace(fill="black")


def read_record(path: Path) -> Config:
    """Return the config that a run left in its folder.

    Raises
    ------
    FileFormatError
        The file is missing or not of its format.
    OptionError
        It holds an option that there isn't.
    """
    return recorded(read_config_file(path))
