"""Which software gave a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    import hiertools

    found = {"hiertools": hiertools.__version__, "python": platform.python_version()}
    for package in ("numpy", "scipy", "pandas", "numba"):
        found[package] = _version(package)
    return found


@cache
def _version(package: str) -> str:
    # It is read from a file, which takes longer than some comparisons do.
    return metadata.version(package)
