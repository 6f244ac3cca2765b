"""Print requirements that pyproject.toml implies.

Usage: python requirements.py lowest | test-without-torch | test-minimal

lowest: the lowest versions that there are for this Python; test-without-torch: the test group less
what needs torch; test-minimal: what the core tests need where no extra is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
TOOLS = {"pytest", "pytest-xdist", "hypothesis", "cloudpickle"}
HELD_BACK = ["pyparsing<3.2"]  # which since warns of how matplotlib 3.8 calls it
NEEDS_TORCH = {"pytorch-metric-learning", "timm", "torchvision", "sentence-transformers"}


def lowest() -> list[str]:
    """Return ``name==version`` for the lowest version allowed of each, and what goes with these.

    Where there is no such wheel for this Python, of the lowest version above that has one.
    """
    found = []
    extras = PROJECT["project"]["optional-dependencies"]
    named = [item for extra in ("parquet", "onnx", "safetensors") for item in extras[extra]]
    for requirement in [*PROJECT["project"]["dependencies"], *named]:
        name, version = re.match(r"([\w.-]+)>=([\w.]+)", requirement).groups()
        found.append(f"{name}=={lowest_wheel(name, version)}")
    return [*found, *HELD_BACK]


def lowest_wheel(name: str, bound: str) -> str:
    """Return the lowest version from a bound on of which there is a wheel for this Python."""
    told = subprocess.run(
        [sys.executable, "-m", "pip", "index", "versions", name, "--only-binary", ":all:",
         "--python-version", "{}.{}".format(*sys.version_info)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    listed = re.search(r"Available versions: (.*)", told.stdout)[1].split(", ")
    least = numbers(bound)
    return min((version for version in listed if numbers(version) >= least), key=numbers)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version without the zeros at its end."""
    found = [int(number) for number in re.findall(r"\d+", version)]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def test_without_torch() -> list[str]:
    """Return the names in the test group that don't need torch."""
    names = [re.match(r"[\w.-]+", item)[0] for item in PROJECT["dependency-groups"]["test"]]
    return [name for name in names if name not in NEEDS_TORCH]


def test_minimal() -> list[str]:
    """Return the names in the test group that run tests, and are not what is compared with."""
    return [name for name in test_without_torch() if name in TOOLS]


if __name__ == "__main__":
    kinds = {
        "lowest": lowest,
        "test-without-torch": test_without_torch,
        "test-minimal": test_minimal,
    }
    print("\n".join(kinds[sys.argv[1]]()))
