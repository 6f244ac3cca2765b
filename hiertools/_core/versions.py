"""Which software gave a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any


class Versions(Mapping[str, str]):
    """The versions that numbers may depend on, looked up when somebody reads them.

    Reading them from files takes as long as a few classes to compare, and in one process they stay
    what they are. In another one they are still those of this one.
    """

    def __init__(self, found: dict[str, str] | None = None) -> None:
        if found is not None:
            self._found = found

    @cached_property
    def _found(self) -> dict[str, str]:
        import platform
        from importlib import metadata

        import hiertools

        own = {"hiertools": hiertools.__version__, "python": platform.python_version()}
        packages = ("numpy", "scipy", "pandas", "numba")
        return own | {package: metadata.version(package) for package in packages}

    def __getitem__(self, package: str) -> str:
        return self._found[package]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr(self._found)

    def __reduce__(self) -> tuple[Any, ...]:
        return Versions, (self._found,)


VERSIONS = Versions()
