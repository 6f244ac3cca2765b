"""Options by their names, from TOML, YAML or JSON: read whole, and each name once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from hiertools._core.checks import name_list, repeated
from hiertools._core.files import named_path
from hiertools._core.text_files import read_text, why_unreadable, without_mark
from hiertools.errors import FileFormatError, HiertoolsError, MissingDependencyError

__all__ = ["read_mapping"]


def read_mapping(path: str | Path, endings: Collection[str]) -> dict[Any, Any]:
    """Read a file of options, whatever they are called; one without content holds none.

    Parameters
    ----------
    path
        Its ending says what it is.
    endings
        Those that are taken, of ``.toml``, ``.yaml``, ``.yml`` and ``.json``.

    Raises
    ------
    FileFormatError
        There is no such file, it has another ending, can't be parsed, is no mapping, or names an
        option twice, of which only one would count.
    MissingDependencyError
        YAML needs PyYAML.
    """
    path = named_path(path, "the path of the configuration file")
    kind = path.suffix.lower()
    if kind not in endings:
        *others, last = endings
        raise FileFormatError(
            f"the configuration file {str(path)!r} must end in {', '.join(others)} or {last}."
        )
    text = without_mark(_text(path))
    try:
        values = _PARSERS[kind](text)
    except MissingDependencyError as cause:
        raise type(cause)(f"reading {str(path)!r} needs {cause}") from None
    except HiertoolsError as cause:
        raise type(cause)(f"the configuration file {str(path)!r}: {cause}") from None
    except (ValueError, RecursionError, AttributeError) as cause:  # AttributeError: PyYAML's own
        raise FileFormatError(
            f"the configuration file {str(path)!r} is not valid "
            f"{kind[1:].upper().replace('YML', 'YAML')}: "
            f"{' '.join(why_unreadable(cause).split()).rstrip('.')}."
        ) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise FileFormatError(
            f"the configuration file {str(path)!r} holds no options by their names, such as "
            "permutations: 99 in YAML."
        )
    return values


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except FileFormatError as cause:
        if path.is_file() and str(cause).endswith(" is empty."):
            return ""
        raise


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text.replace("\r\n", "\n"))


def _json(text: str) -> Any:
    def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _refuse_twice(name for name, _ in pairs)
        return dict(pairs)

    return json.loads(text, object_pairs_hook=each_once) if text.strip() else None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingDependencyError("PyYAML: pip install pyyaml, or write TOML or JSON.") from None

    class EachOnce(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            if isinstance(node, yaml.MappingNode):
                named = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
                _refuse_twice(key.value for key in named if not key.tag.endswith(":merge"))
            return super().construct_mapping(node, deep=deep)

    try:
        return yaml.load(text, Loader=EachOnce)
    except yaml.YAMLError as cause:
        raise ValueError(str(cause)) from None


def _refuse_twice(names: Iterable[str]) -> None:
    twice = repeated(names)
    if twice:
        raise FileFormatError(
            f"{name_list(twice)} is there more than once, of which only one would count; give one."
        )


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
}
