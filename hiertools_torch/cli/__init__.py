"""The command line ``hiertools_torch``: train, evaluate, export, study, demo; one module a command.

Modules import what computes only when their command runs, so help and mistakes answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from hiertools._core.checks import need
from hiertools.cli.ending import ended, misread
from hiertools.cli.output import refuse_empty
from hiertools.errors import OptionError
from hiertools_torch.cli.app import app
from hiertools_torch.cli.output import is_first_process

__all__ = ["app", "main"]

WORDS = {*app.help_flags, *app.version_flags}
"""What asks for words alone, for which PyTorch need not be there."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with status 2 and one sentence."""
    tokens = sys.argv[1:] if argv is None else list(argv)

    def command() -> object:
        refuse_empty(tokens)
        if tokens and not WORDS.intersection(tokens):
            need("torch", "torch", "hiertools_torch")
        try:
            return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        except CycloptsError as error:
            raise OptionError(f"{misread(error)} See: hiertools_torch --help") from None

    status = ended("hiertools_torch", command, speaks=is_first_process)
    if status:
        raise SystemExit(status)
