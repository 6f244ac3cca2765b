"""Objects of a user's own for the command line: a Python file that is run, and a function in it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hiertools._core.checks import name_list
from hiertools.errors import HiertoolsError, OptionError

__all__ = ["objects_of"]

NAMES = ("data", "backbone", "head", "augment")


def objects_of(source: str) -> dict[str, Any]:
    """Run a file and call a function in it, as in ``"mine.py:parts"``; return what that returns.

    A command line alone asks for it: no config, checkpoint or other file of data can.

    Raises
    ------
    OptionError
        There is no such file or function, it fails, or it returns something else than a mapping of
        ``data``, ``backbone``, ``head`` and ``augment``.
    """
    place, _, name = source.rpartition(":")
    path = Path(place)
    if not name.isidentifier() or path.suffix != ".py" or not path.is_file():
        raise OptionError(
            f"--own {source!r} must be FILE.py:FUNCTION, a Python file that is there and a "
            "function in it that returns {'data': ..., 'backbone': ..., 'head': ...}, or some of "
            "these."
        )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Where worker processes, and classes that look for their module, find it.
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
        function = getattr(module, name, None)
        if not callable(function):
            raise OptionError(f"--own {source!r}: {path} has no function {name!r}.")
        found = function()
    except HiertoolsError:
        raise
    except (Exception, SystemExit) as cause:  # a script of one's own may end with sys.exit()
        raise OptionError(f"--own {source!r} fails: {type(cause).__name__}: {cause}.") from cause
    if not isinstance(found, Mapping) or not set(found) <= set(NAMES):
        seen = name_list(found) if isinstance(found, Mapping) else type(found).__name__
        raise OptionError(
            f"--own {source!r}: {name}() must return a mapping with {name_list(NAMES)}, or some of "
            f"these; it returns {seen}."
        )
    return dict(found)
