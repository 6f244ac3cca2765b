r"""Write the config files of this folder again: ``python examples/configs/make.py``.

The paper's grid is 14 heads x 5 data sets. Config files can be given one after the other, so 14 + 5
files say it all:

    hiertools_torch train examples/configs/paper/data/cifar100.yaml \
        examples/configs/paper/models/proxydr-ema-dynamic.yaml --root ~/data --seed 0
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from hiertools_torch.presets import PAPER_DATA, PAPER_MODELS, PAPER_RECIPE

FOLDER = Path(__file__).parent

QUICKDRAW: dict[str, Any] = {"data": "quickdraw", "backbone": "small-cnn", "epochs": 20}
"""Everything else is a default: this is the recipe of the table in docs/training.md."""

ROOTS = {
    "cifar100": "data/cifar-100-python.tar.gz",
    "nabirds": "data/nabirds",
    "micros": "data/MicroS",
    "microl": "data/MicroL",
    "mesoz": "data/MesoZ",
}


def files() -> dict[Path, str]:
    """Return the text of every file by its path."""
    texts = {
        FOLDER / "quickdraw.yaml": _text(
            QUICKDRAW, "Real drawings that ship with hiertools; minutes on a laptop."
        )
    }
    for name, options in PAPER_MODELS.items():
        about = "One of the paper's 14 heads; give a file of ../data before it."
        texts[FOLDER / "paper" / "models" / f"{name}.yaml"] = _text(options, about)
    for name, options in PAPER_DATA.items():
        values = PAPER_RECIPE | options | {"root": ROOTS[name]}
        about = "The paper's recipe for this data set; root is where it lies on your disk."
        texts[FOLDER / "paper" / "data" / f"{name}.yaml"] = _text(values, about)
    return texts


def _text(options: dict[str, Any], about: str) -> str:
    return f"# {about}\n" + yaml.safe_dump(options, sort_keys=False)


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(f"wrote {len(files())} files to {FOLDER}")
