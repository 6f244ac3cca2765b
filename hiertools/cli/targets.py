"""Files that a command writes: fit to be written, and never one that it reads.

A command says with its types what its options are: `Output` marks a file to write, `Input` a text
that may name files to read; whatever else is a path is read. `check_files` then holds them against
each other before any work is done.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from hiertools._core.files import check_target
from hiertools.errors import OptionError


@dataclass(frozen=True)
class Output:
    """Marks an option as a file to write, whose name must end in one of these if there are any."""

    endings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Input:
    """Marks a text as a source: a path, NAME=FILE, or scheme:rest?name=value."""


@dataclass(frozen=True)
class Target:
    """A file to write, and the option that names it."""

    option: str
    path: Path


def check_files(
    command: Callable[..., Any], arguments: Mapping[str, Any], also_read: Iterable[Path] = ()
) -> None:
    """Refuse what a command was asked to write where it can't, or where it would destroy.

    Parameters
    ----------
    command : callable
        The command, its options marked.
    arguments : mapping
        What it is about to be called with.
    also_read : iterable of path
        Files that are read for the command, such as its configuration.
    """
    hints = get_type_hints(command, include_extras=True)
    targets: list[Target] = []
    sources: list[str | Path] = [*also_read]
    for name, value in arguments.items():
        marks = getattr(hints[name], "__metadata__", ())
        output = next((mark for mark in marks if isinstance(mark, Output)), None)
        if output is not None:
            if value is not None:
                targets.append(_fit(Target(f"--{name.replace('_', '-')}", value), output.endings))
            continue
        is_source = any(isinstance(mark, Input) for mark in marks)
        items = value if isinstance(value, list | tuple) else [value]
        read = Path | str if is_source else Path
        sources.extend(item for item in items if isinstance(item, read))
    keep_apart(targets, sources)


def keep_apart(targets: Iterable[Target], sources: Iterable[str | Path]) -> None:
    """Refuse targets that are a file that is read, lie in a folder that is, or are one another."""
    read = [path for source in sources for path in named_paths(source)]
    before: list[Target] = []
    for target in targets:
        for other in before:
            if same_file(target.path, other.path):
                raise OptionError(
                    f"{other.option} and {target.option} would both write {str(target.path)!r}; "
                    "give each a file of its own."
                )
        for path in read:
            if same_file(target.path, path):
                raise OptionError(
                    f"{target.option} would write over {str(path)!r}, which is read here; give it "
                    "a file of its own."
                )
            if path.is_dir() and _lies_in(target.path, path):
                raise OptionError(
                    f"{target.option} would write {str(target.path)!r} into the folder "
                    f"{str(path)!r}, which is read here; write it elsewhere."
                )
        before.append(target)


def check_ending(target: Target, endings: tuple[str, ...]) -> None:
    """Refuse a file whose name says that it holds something else."""
    if endings and target.path.suffix.lower() not in endings:
        wanted = f"{', '.join(endings[:-1])} or {endings[-1]}" if endings[1:] else endings[0]
        raise OptionError(f"{target.option} {str(target.path)!r} must end in {wanted}.")


def _fit(target: Target, endings: tuple[str, ...]) -> Target:
    check_target(target.path)
    check_ending(target, endings)
    return target


def named_paths(source: str | Path) -> Iterator[Path]:
    """Yield every file and folder that is there and that a source may mean.

    Examples
    --------
    >>> for name in ("model.pt", "names.txt"):
    ...     _ = Path(name).write_text("")
    >>> sorted(map(str, named_paths("a=torch:model.pt?layer=fc&classes=names.txt")))
    ['model.pt', 'names.txt']
    """
    if isinstance(source, Path):
        texts = [str(source)]
    else:
        whole = [source, source.partition("=")[2]]
        whole += [text.partition(":")[2] for text in whole]
        texts = list(whole)
        for text in whole:
            main, _, query = text.partition("?")
            texts += [main, *(part.partition("=")[2] for part in query.split("&"))]
    for text in dict.fromkeys(texts):
        if text and os.path.exists(text):
            yield Path(text)


def same_file(a: Path, b: Path) -> bool:
    """Tell whether two paths are one file, by whatever spelling or link; they need not exist."""
    try:
        if os.path.samefile(a, b):
            return True
    except OSError:  # one of them is yet to be made
        pass
    return os.path.normcase(os.path.realpath(a)) == os.path.normcase(os.path.realpath(b))


def _lies_in(path: Path, folder: Path) -> bool:
    return any(
        same_file(above, folder) for above in Path(os.path.realpath(path)).parents if above.exists()
    )
