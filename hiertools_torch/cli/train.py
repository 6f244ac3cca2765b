"""``hiertools_torch train``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hiertools.cli.output import say
from hiertools.errors import OptionError
from hiertools_torch.cli.options import (
    NONE_GIVEN,
    Json,
    Overrides,
    OwnFile,
    Quiet,
    given_options,
    own_objects,
)
from hiertools_torch.cli.output import check_folder, is_first_process, print_json
from hiertools_torch.config import Config, read_config_file


def train(
    *configs: Path,
    out: Path | None = None,
    resume: Annotated[bool, Parameter(negative="")] = False,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    own: OwnFile = None,
    quiet: Quiet = False,
    json: Json = False,
    options: Overrides = NONE_GIVEN,
) -> None:
    """Train a classifier; export its representatives and predictions.

    Options come from the config files, later files winning, and from the command line, which wins
    over all.

    ```
    hiertools_torch train --data quickdraw --model proxydr --epochs 20 --seed 0 --out runs/a
    hiertools_torch train examples/configs/quickdraw.yaml --model normface
    hiertools_torch train --resume --out runs/a
    hiertools_torch train --own mine.py:parts --epochs 5
    ```

    Parameters
    ----------
    configs
        YAML or TOML files with options.
    out
        Run folder. Default: runs/DATA-MODEL-seedSEED.
    resume
        Go on with the run in --out; its saved options need not be repeated.
    overwrite
        Replace the run in --out.
    """
    from hiertools_torch.runs.folder import FILES, default_folder
    from hiertools_torch.runs.train import train as run_training
    from hiertools_torch.training.own import FIELD_OF

    files, given, objects = list(configs), given_options(options), own_objects(own)
    given |= {FIELD_OF[name]: "own" for name in objects}
    if resume:
        config = _resumed(out or default_folder(Config.read(*files, **given)), files, given)
    else:
        config = Config.read(*files, **given)
    if not resume:  # which reads what it goes on to write
        check_folder(default_folder(config) if out is None else out, FILES, config, files)
    run = run_training(
        config, out=out, resume=resume, overwrite=overwrite, progress=not (quiet or json), **objects
    )
    if not is_first_process():
        return
    if json:
        print_json({"folder": str(run.folder), "results": run.results})
        return
    for name, scores in run.results.items():
        numbers = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in scores.items())
        say(f"{name} checkpoint: {numbers}")
    say(f"Compare with:  hiertools compare {run.folder}/representatives.npz {run.folder}/tree.json")


def _resumed(folder: Path, files: Iterable[Path], given: dict[str, Any]) -> Config:
    """Return the config of the run in a folder, changed by files and options."""
    from hiertools_torch.runs.folder import saved_config

    saved = saved_config(folder)
    if saved is None:
        raise OptionError(
            f"there is no run to go on with in {str(folder)!r}; give the --out of one, or leave "
            "--resume out to start it."
        )
    changes: dict[str, Any] = {}
    for file in files:
        changes |= read_config_file(file)
    return saved.replace(**changes | given)
