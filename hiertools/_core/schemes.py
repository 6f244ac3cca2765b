"""``"scheme:rest?name=value"``: one way from such a text to the function that it names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hiertools._core import checks
from hiertools.errors import OptionError


def source_options(query: str, source: str) -> dict[str, str]:
    """Return the options written behind the question mark of a source.

    Examples
    --------
    >>> source_options("classes=species.txt&ranks=order,family", "ncbi:taxdump?...")
    {'classes': 'species.txt', 'ranks': 'order,family'}
    """
    options: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise OptionError(f"{source!r}: {part!r} is no option; write name=value.")
        if name in options:
            raise OptionError(f"{source!r} gives the option {name!r} twice.")
        options[name] = value
    return options


def unknown_scheme(source: str, scheme: str, known: Iterable[str], what: str) -> OptionError:
    """Build the error for a scheme that is not known; `what` says what it should name."""
    schemes = list(known)
    near = checks.closest(scheme, schemes)
    hint = f" Did you mean {near + ':'!r}?" if near else ""
    listed = ", ".join(f"{name}:" for name in schemes)
    return OptionError(f"{source!r} names no {what}; known schemes: {listed}.{hint}")


def call_source(
    function: Callable[..., Any],
    rest: str,
    source: str,
    options: Mapping[str, Any],
    *,
    what: str,
    hint: str = "",
) -> Any:
    """Call the function of a scheme with what follows the colon, and its options.

    Parameters
    ----------
    function : callable
        Takes the rest, and options as keywords.
    rest : str
        What stands behind the colon: ``"path?name=value"``.
    source : str
        The whole text, for messages.
    options : mapping
        Options given as arguments; they take precedence over those in the text.
    what : str
        What the function belongs to, for messages: "the taxonomy 'ncbi'".
    hint : str
        What could follow the colon, where nothing does.
    """
    main, _, query = rest.partition("?")
    if not main:
        raise OptionError(f"{source!r} says nothing after the colon{hint}.")
    given = {**source_options(query, source), **options}
    check_names(function, given, what)
    return function(main, **given)


def check_names(function: Callable[..., Any], given: Iterable[str], what: str) -> None:
    """Refuse names that are no options of a function; `what` it belongs to, for messages."""
    try:
        first, *others = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a callable of C says nothing about itself
        return
    if any(p.kind is p.VAR_KEYWORD for p in (first, *others)):
        return
    valid = [p.name for p in others if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for name in given:
        if not valid:
            raise OptionError(f"{what} has no options; leave {name!r} out.")
        checks.option(name, valid, what)
