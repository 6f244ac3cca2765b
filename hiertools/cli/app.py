"""The application: commands, and configuration files; how they end is told in ``ending.py``.

Exit status 0: done. 1: done, and a limit that was asked for does not hold. 2: bad input, or a file
that can't be written, told in one sentence on standard error. 130: interrupted. 141: done, files
are written, but the reader of what is printed has left. 143: ended by SIGTERM.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from hiertools.cli.cite import cite
from hiertools.cli.compare import compare
from hiertools.cli.compare_trees import compare_trees
from hiertools.cli.demo import demo
from hiertools.cli.distance import distance
from hiertools.cli.ending import misread
from hiertools.cli.evaluate import evaluate
from hiertools.cli.fit import fit
from hiertools.cli.infer import infer
from hiertools.cli.options import COMPLETION
from hiertools.cli.output import refuse_empty
from hiertools.cli.producers import producers
from hiertools.cli.report import report
from hiertools.cli.search import search
from hiertools.cli.show import show
from hiertools.cli.targets import check_files
from hiertools.cli.tree_likeness import tree_likeness
from hiertools.cli.warmup import warmup
from hiertools.errors import OptionError

COMMANDS: tuple[Callable[..., Any], ...] = (
    demo,
    compare,
    evaluate,
    fit,
    search,
    infer,
    distance,
    compare_trees,
    tree_likeness,
    show,
    report,
    producers,
    warmup,
    cite,
)
"""Every command, in the order of the help."""


def build() -> App:
    """Return the application. A fresh one a run: a configuration file then lasts for that run."""
    app = App(
        name="hiertools",
        help="Compare the class hierarchy that a classifier implies with the one you know.",
        help_format="markdown",
        version=_version,
        result_action="return_value",
    )
    for each in (app, app.meta):
        each.suppress_keyboard_interrupt = False  # of which one line is said
    for place, command in enumerate(COMMANDS):
        app.command(command, sort_key=place)
    app.register_install_completion_command(help=COMPLETION)

    @app.meta.default
    def with_config(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Path | None = None,
    ) -> Any:
        """Run a command.

        Parameters
        ----------
        config
            Take options from this TOML, YAML or JSON file; those on the command line come first.
        """
        app.config = () if config is None else (_config_file(config, app),)
        command, bound, _ = app.parse_args(tokens, exit_on_error=False, print_error=False)
        if command in COMMANDS:  # and not the help
            check_files(command, bound.arguments, [] if config is None else [config])
        return command(*bound.args, **bound.kwargs)

    return app


def _config_file(path: Path, app: App) -> Any:
    """Return a source of options, with unknown keys refused."""
    from cyclopts import config

    from hiertools._core.option_files import read_mapping

    values = read_mapping(path, (".toml", ".yaml", ".yml", ".json"))
    for name, value in values.items():
        if not isinstance(name, str):
            raise OptionError(
                f"{str(path)!r} has the key {name!r}, which is no text and so names no option."
            )
        if name == "config" or name in app:
            raise OptionError(
                f"{str(path)!r} has the key {name!r}, which is no option of a command; the options "
                "stand by themselves, such as permutations: 99 in YAML."
            )
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and not item.strip():
                raise OptionError(
                    f"{str(path)!r} leaves {name} empty; give a value, or leave it out."
                )
    return config.Dict(values, source=str(path), use_commands_as_keys=False)


def _version() -> str:
    from hiertools import __version__

    return __version__


def called(tokens: Sequence[str]) -> object:
    """Call the command that the tokens name, and return what it returns: a status, or nothing."""
    refuse_empty(tokens)
    try:
        return build().meta(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise OptionError(f"{misread(error)} See: hiertools --help") from None
