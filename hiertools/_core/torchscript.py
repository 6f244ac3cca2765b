"""TorchScript archives hold code; they are known by their members, before anything loads them."""

from __future__ import annotations

import zipfile
from typing import IO

CODE = "constants.pkl"
"""By this member PyTorch itself tells them, and before 2.6 loads them whatever was asked of it."""


def is_torchscript(file: IO[bytes]) -> bool:
    """Tell whether an open file is such an archive; it is left at its beginning."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.rpartition("/")[2] == CODE for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False  # whoever reads it says what it is
    finally:
        file.seek(0)
