"""Draw the pictures of README.md, into ``pictures/``: run ``python docs/pictures.py``.

The report's first screen needs a Chromium; ``--chromium PATH`` names it, and without one the
picture that is there stays.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import hiertools as ht

PICTURES = Path(__file__).parent / "pictures"


def animals() -> ht.Comparison:
    """Return a real classifier held against WordNet, on 33 animals."""
    head, tree = ht.load_imagenet_head(), ht.load_imagenet_tree()
    names = list(head.classes[:390:12])
    return ht.compare(head.take(names), ht.restrict(tree, names), levels=[8, 10])


def main() -> None:
    """Draw them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    chromium = parser.parse_args().chromium
    PICTURES.mkdir(exist_ok=True)
    result = animals()
    for name, drawn in {
        "tanglegram": result.plot.tanglegram(),
        "blame": result.plot.blame().figure,
    }.items():
        drawn.savefig(PICTURES / f"{name}.png", dpi=110, facecolor="white", bbox_inches="tight")
    if chromium:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.html"
            result.to_html(report)
            photograph(chromium, report, PICTURES / "report.png")


def photograph(chromium: str, page: Path, picture: Path) -> None:
    """Take a picture of a page's first screen."""
    subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={page.parent}", "--window-size=1100,800", f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
