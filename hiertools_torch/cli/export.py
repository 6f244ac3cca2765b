"""``hiertools_torch export``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hiertools.cli.output import say
from hiertools.cli.targets import same_file
from hiertools.errors import OptionError
from hiertools_torch.cli.options import Json, OwnFile, own_objects
from hiertools_torch.cli.output import check_folder, print_json
from hiertools_torch.config import read_record

EXPORTED = ("representatives.npz", "prototypes.npz", "predictions.npz", "tree.json",
            "results.json", "provenance.json")  # fmt: skip
"""What an export writes of the files of a run."""


def export(
    run: Path,
    *,
    checkpoint: Literal["best", "last"] = "best",
    out: Path | None = None,
    own: OwnFile = None,
    json: Json = False,
) -> None:
    """Write representatives, prototypes and predictions of a run again.

    ```
    hiertools_torch export runs/a --checkpoint last --out runs/a-last
    ```

    Parameters
    ----------
    run
        Run folder; the run need not be finished.
    checkpoint
        Weights to export.
    out
        Folder for the files. Default: the run folder.
    """
    from hiertools_torch.runs.exports import export as export_again

    if out is not None and (run / "config.yaml").is_file():
        if (out / "config.yaml").exists() and not same_file(out, run):
            raise OptionError(
                f"--out {str(out)!r} is the folder of another run, whose files would be lost; give "
                "another --out."
            )
        check_folder(out, EXPORTED, read_record(run / "config.yaml"))
    results = export_again(run, checkpoint, out, **own_objects(own))
    if json:
        print_json({"folder": str(out or run), "results": results})
    else:
        say(f"Wrote the export of {run}/{checkpoint}.pt to {out or run}.")
