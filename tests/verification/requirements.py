"""Print requirements that pyproject.toml implies.

Usage: python requirements.py lowest | test-without-torch | test-minimal

lowest: the lowest versions; test-without-torch: the test group less what needs torch; test-minimal:
what the core tests need where no extra is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
TOOLS = {"pytest", "pytest-xdist", "hypothesis", "cloudpickle"}
HELD_BACK = ["pyparsing<3.2"]  # which since warns of how matplotlib 3.8 calls it
NEEDS_TORCH = {"pytorch-metric-learning", "timm", "torchvision", "sentence-transformers"}


def lowest() -> list[str]:
    """Return ``name==version`` for each dependency's lower bound, and what goes with these."""
    found = []
    extras = PROJECT["project"]["optional-dependencies"]
    named = [item for extra in ("parquet", "onnx", "safetensors") for item in extras[extra]]
    for requirement in [*PROJECT["project"]["dependencies"], *named]:
        name, version = re.match(r"([\w.-]+)>=([\w.]+)", requirement).groups()
        found.append(f"{name}=={version}")
    return [*found, *HELD_BACK]


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
