"""What stands behind the colon of ``"scheme:rest?name=value"``."""

from __future__ import annotations

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
