"""What a text is made of: paragraphs, tables, lists of notes; aligned as text by ``str``.

``rich`` draws the same parts on a terminal: as wide as that is, and what is told apart from chance
in bold.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hiertools.errors import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text as Styled

Texts = dict[str, list[str]]
"""Columns of texts, by name."""

_NUMBER = re.compile(r"[<\[]?[-+]?\d[^a-zA-Z:]*(%|undefined)?")


def looks_numeric(cells: Iterable[str]) -> bool:
    """Tell whether a column of texts holds numbers, to be set to the right.

    Examples
    --------
    >>> looks_numeric(["0.5* (0.1)", ""]), looks_numeric(["[-0.1, 0.2]"]), looks_numeric(["r50"])
    (True, True, False)
    """
    told = [cell for cell in cells if cell and cell != "undefined"]
    return bool(told) and all(_NUMBER.fullmatch(cell) for cell in told)


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: letters of East Asia take two.

    Examples
    --------
    >>> width("owl"), width("梟"), width("e" + chr(0x301))
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )  # fmt: skip


GAP = "  "
"""Between columns."""

LINE = 96
"""Letters in a line of a paragraph, where no terminal says how wide it is."""


@dataclass(frozen=True)
class Paragraph:
    """Sentences, in lines of some length."""

    text: str

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return textwrap.fill(visible(self.text), LINE, break_on_hyphens=False)

    def __rich__(self) -> Styled:
        from rich.text import Text as Styled

        return Styled(visible(self.text))


@dataclass(frozen=True)
class TextTable:
    """A table of texts; number-like columns, beyond the first, stand to the right.

    Parameters
    ----------
    columns : mapping of str to list of str
    headings : mapping of str to str
        What columns are called, if not by their names.
    titles : sequence of (str, int)
        Parts the rows: a title, and the number of rows below it, which have headings of their own.
    told : str
        A line below, about the cells.
    """

    columns: Texts
    headings: Mapping[str, str] = field(default_factory=dict)
    titles: Sequence[tuple[str, int]] = ()
    told: str = ""

    def __bool__(self) -> bool:
        return any(map(bool, self.columns.values()))

    @cached_property
    def aligned(self) -> list[list[str]]:
        """Each column's heading and cells, safe to print, filled up with blanks."""
        columns = []
        for place, (name, texts) in enumerate(self.columns.items()):
            heading = visible(self.headings.get(str(name), str(name)))
            cells = [heading, *(visible(str(text)) for text in texts)]
            wide = max(map(width, cells))
            blanks = [" " * (wide - width(cell)) for cell in cells]
            right = place > 0 and looks_numeric(cells[1:])
            columns.append(
                [blank + cell if right else cell + blank for blank, cell in zip(blanks, cells)]
            )
        return columns

    def sections(self) -> Iterator[tuple[str, range]]:
        """Yield each title and the places of its rows; the headings are at 0."""
        first = 1
        for title, count in self.titles or [("", len(self.aligned[0]) - 1)]:
            yield visible(title), range(first, first + count)
            first += count

    def __str__(self) -> str:
        if not self:
            return ""
        rows = [GAP.join(line).rstrip() for line in zip(*self.aligned, strict=True)]
        told = [
            "\n".join([*([title] if title else []), rows[0], *(rows[place] for place in places)])
            for title, places in self.sections()
        ]
        return "\n\n".join(told) + (f"\n{self.told}" if self.told else "")

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text as Styled

        for number, (title, places) in enumerate(self.sections()):
            if title:
                yield Styled(("\n" if number else "") + title, "bold")
            for block, columns in enumerate(self._abreast(options.max_width)):
                if block:
                    yield ""
                yield Styled(GAP.join(column[0] for column in columns).rstrip(), "bold")
                for place in places:
                    cells = [(column[place], _style(column[place])) for column in columns]
                    line = Styled(GAP).join(Styled(*cell) for cell in cells)
                    line.rstrip()
                    yield line
        if self.told:
            yield Styled(self.told, "dim")

    def _abreast(self, room: int) -> Iterator[list[list[str]]]:
        """Yield as many columns as stand side by side, then the others, each time after the first.

        Nothing is cut, however narrow a terminal is.
        """
        first, *others = self.aligned
        block, taken = [first], width(first[0])
        for column in others:
            wide = len(GAP) + width(column[0])
            if len(block) > 1 and taken + wide > room:
                yield block
                block, taken = [first], width(first[0])
            block.append(column)
            taken += wide
        yield block


@dataclass(frozen=True)
class Notes:
    """Sentences, each with a dash before it."""

    sentences: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.sentences)

    def __str__(self) -> str:
        return "\n".join(f"- {visible(sentence)}" for sentence in self.sentences)

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        from rich.table import Table
        from rich.text import Text as Styled

        listed = Table.grid(padding=(0, 1))
        for sentence in self.sentences:
            listed.add_row("-", Styled(visible(sentence)))
        yield listed


def _style(cell: str) -> str:
    return "bold" if "*" in cell and looks_numeric([cell]) else ""


Part = str | Paragraph | TextTable | Notes


@dataclass(frozen=True)
class Text:
    """Parts with an empty line between each two; those that are empty are left out.

    Examples
    --------
    >>> print(Text("Two animals.", TextTable({"class": ["ant", "whale"], "x": ["1.0", "-2.5"]})))
    Two animals.
    <BLANKLINE>
    class     x
    ant     1.0
    whale  -2.5
    """

    parts: tuple[Part, ...]

    def __init__(self, *parts: Part) -> None:
        object.__setattr__(self, "parts", tuple(part for part in parts if part))

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.parts))

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        from rich.text import Text as Styled

        for place, part in enumerate(self.parts):
            if place:
                yield ""
            if isinstance(part, str):
                yield Styled("\n".join(map(visible, part.split("\n"))))
            else:
                yield part
