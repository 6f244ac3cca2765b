"""Which software gave a result."""

from __future__ import annotations

import platform
from importlib import metadata


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    import hiertools

    found = {"hiertools": hiertools.__version__, "python": platform.python_version()}
    for package in ("numpy", "scipy", "pandas", "numba"):
        found[package] = metadata.version(package)
    return found
