"""``hiertools_torch demo``."""

from __future__ import annotations

from pathlib import Path

from hiertools.cli.output import say
from hiertools_torch._core.stopping import when_stopped
from hiertools_torch.cli.options import Quiet
from hiertools_torch.cli.output import AGAIN, STUDIED, check_folder


def demo(*, out: Path = Path("runs/demo"), quiet: Quiet = False) -> None:
    """Train NormFace and ProxyDR on drawings (about two minutes), and compare them.

    ```
    hiertools_torch demo --out runs/demo
    ```

    Parameters
    ----------
    out
        Folder for both runs and report.html.
    """
    from hiertools_torch.studies.conduct import demo as run_demo

    check_folder(out, STUDIED)
    with when_stopped(AGAIN):
        result = run_demo(out, progress=not quiet)
    say(f"{result.markdown()}\nReport: {out / 'report.html'}")
