"""The files that examples in the documentation mention, written into an empty folder."""

from __future__ import annotations

from pathlib import Path


def write_sample_files(folder: Path) -> None:
    """Write the sample files into ``folder``."""
