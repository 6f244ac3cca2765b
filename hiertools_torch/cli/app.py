"""The application: its commands, in the order of the help."""

from __future__ import annotations

from cyclopts import App

from hiertools import __version__
from hiertools.cli.options import COMPLETION
from hiertools_torch.cli.demo import demo
from hiertools_torch.cli.evaluate import evaluate
from hiertools_torch.cli.export import export
from hiertools_torch.cli.schema import schema
from hiertools_torch.cli.study import study
from hiertools_torch.cli.train import train

app = App(
    name="hiertools_torch",
    help="Train classifiers whose class representatives hiertools compares with a class tree.",
    help_format="markdown",
    version=__version__,
    suppress_keyboard_interrupt=False,  # one line is said of it
)
for command in (train, evaluate, export, study, schema, demo):
    app.command(command)
app.register_install_completion_command(help=COMPLETION)
