"""Print requirements that pyproject.toml implies: the lowest versions, or the tests without torch.

Usage: python requirements.py lowest | test-without-torch
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
NEEDS_TORCH = {"pytorch-metric-learning", "timm", "torchvision", "sentence-transformers"}


def lowest() -> list[str]:
    """Return ``name==version`` for each dependency's lower bound."""
    found = []
    extras = PROJECT["project"]["optional-dependencies"]
    named = [item for extra in ("parquet", "onnx", "safetensors") for item in extras[extra]]
    for requirement in [*PROJECT["project"]["dependencies"], *named]:
        name, version = re.match(r"([\w.-]+)>=([\w.]+)", requirement).groups()
        found.append(f"{name}=={version}")
    return found


def test_without_torch() -> list[str]:
    """Return the names in the test group that don't need torch."""
    names = [re.match(r"[\w.-]+", item)[0] for item in PROJECT["dependency-groups"]["test"]]
    return [name for name in names if name not in NEEDS_TORCH]


if __name__ == "__main__":
    kinds = {"lowest": lowest, "test-without-torch": test_without_torch}
    print("\n".join(kinds[sys.argv[1]]()))
