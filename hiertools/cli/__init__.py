"""The command line of hiertools, one module a command.

Modules import what computes only when their command runs, so help and mistakes answer at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hiertools.cli.ending import ended

__all__ = ["main", "run"]


def main(tokens: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(run(sys.argv[1:] if tokens is None else tokens))


def run(tokens: Sequence[str]) -> int:
    """Run the command line and return its exit status; its import can be interrupted, too."""

    def command() -> object:
        from hiertools.cli.app import called

        return called(tokens)

    return ended("hiertools", command)
