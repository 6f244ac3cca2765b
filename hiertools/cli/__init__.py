"""The command line of hiertools, one module a command.

Modules import what computes only when their command runs, so help and mistakes answer at once.
"""

from hiertools.cli.app import main, run

__all__ = ["main", "run"]
