"""A page of HTML: nothing fetched, light or dark as the reader's screen is.

It reads without scripts. What may be explored besides comes once as data, with scripts of our own.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hiertools.plots import style
from hiertools.reporting.explored import Data, as_json
from hiertools.reporting.html import STYLE as TABLE_STYLE
from hiertools.reporting.html import escaped, table_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE_STYLE = """<style>
:root { color-scheme: light dark; --ink: #1d2025; --page: #ffffff; --quiet: #60666f;
  --box: #f3f5f7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6ea; --page: #15171a; --quiet: #a2a8b2; --box: #202429; } }
body { color: var(--ink); background: var(--page); margin: 0 auto; padding: 1rem 1.1rem 3rem;
  max-width: 56rem; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.6rem 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 0.3rem; }
p { margin: 0.5rem 0; }
.verdict { font-size: 1.1rem; background: var(--box); padding: 0.8rem 1rem; border-radius: 0.5rem; }
.quiet, figcaption, footer { color: var(--quiet); font-size: 0.9rem; }
figure { margin: 0.6rem 0; overflow-x: auto; }
figure svg { width: 100%; height: auto; display: block; }
.pair { display: grid; gap: 0 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.hiertools .pair th, .hiertools .pair td { white-space: normal; padding: 0.2em 0.5em; }
details { margin: 1rem 0; } summary { cursor: pointer; }
a { color: inherit; }
footer { margin-top: 3rem; border-top: 1px solid rgba(128, 128, 128, 0.4); padding-top: 0.6rem; }
h1, h2, .verdict, figcaption, li { overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; margin: 0.8rem 0;
  list-style: none; font-size: 0.95rem; }
.explored { display: none; }
main .hiertools th, main .hiertools td { white-space: normal; overflow-wrap: break-word; }
main .hiertools td.n { white-space: nowrap; }
main .hiertools thead th { max-width: 14rem; vertical-align: bottom; }
@media (max-width: 40rem) {
  main .hiertools th, main .hiertools td { padding: 0.2em 0.3em; font-size: 0.85rem; }
  main .hiertools td.n { white-space: normal; }
  .folds, .folds caption, .folds thead, .folds tbody { display: block; width: 100%; }
  .folds tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(5rem, 1fr));
    border-bottom: 1px solid rgba(128, 128, 128, 0.4); }
  main .hiertools .folds tr > * { border: 0; white-space: normal; }
  main .hiertools .folds tr > :first-child { grid-column: 1 / -1; font-weight: 600; }
  .folds tr > :last-child:not(.n) { grid-column: span 2; }
}
@media print {
  body { max-width: none; font-size: 10.5pt; padding: 0; } nav { display: none; }
  figure, tr { break-inside: avoid; } h2, caption { break-after: avoid; }
  figure, .hiertools .scroll { overflow: visible; }
  figure svg { max-height: 23cm; min-width: 0 !important; }
  main .hiertools th, main .hiertools td { white-space: normal; padding: 0.15em 0.5em; }
  main .hiertools thead th { white-space: normal; }
}
</style>"""


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Parameters
    ----------
    title : str
        Heading; may be empty.
    text : str
        A paragraph below it, as plain text.
    html : str
        Tables, ready as HTML.
    figures : sequence of (Figure, str)
        Figures with their captions. They are closed once drawn.
    folded : bool
        Whether the reader has to open the section.
    shown : {"always", "explored", "still"}
        "explored": only where scripts run. "still": what is explored there, and so only on paper
        and where none do.
    """

    title: str = ""
    text: str = ""
    html: str = ""
    figures: Sequence[tuple[Figure, str]] = field(default=())
    folded: bool = False
    shown: Literal["always", "explored", "still"] = "always"


SCRIPTS = ("state", "tree", "tables", "drawing", "trees", "cells", "mistakes", "start")
"""Files of the explorer, each of which knows only those before it."""

EXPLORE = Section("Explore", html='<div id="explorer"></div>', shown="explored")


def page(
    title: str,
    verdict: str,
    sections: Sequence[Section],
    footer: str = "",
    explored: Data | None = None,
) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    title : str
        Title and first heading.
    verdict : str
        The result in one sentence, shown first.
    sections : sequence of Section
    footer : str
        Plain text at the end.
    explored : dict, optional
        What scripts show in the section `EXPLORE`, of which there must be one.

    Returns
    -------
    str

    Examples
    --------
    >>> html = page("Toads & newts", "They differ.", [Section("Why", "Tails.")])
    >>> html.startswith("<!DOCTYPE html>"), "Toads &amp; newts" in html, "//" in html
    (True, True, False)
    """
    body = [f"<h1>{escaped(title)}</h1>"]
    if verdict:
        body.append(f'<p class="verdict">{escaped(verdict)}</p>')
    body.append(_contents(sections))
    drawn = 0
    for number, section in enumerate(sections, start=1):
        parts = [f"<p>{escaped(section.text)}</p>"] if section.text else []
        if section.html:
            parts.append(f'<div class="hiertools">{_folding(section.html)}</div>')
        for figure, caption in section.figures:
            drawn += 1
            parts.append(
                f"<figure>{figure_svg(figure, f'f{drawn}', caption)}"
                f"<figcaption>{escaped(caption)}</figcaption></figure>"
            )
        about = f'id="s{number}"{_shown(section)}'
        if section.folded:
            body.append(
                f"<details {about}><summary>{escaped(section.title)}</summary>"
                f"{''.join(parts)}</details>"
            )
        else:
            heading = f"<h2>{escaped(section.title)}</h2>" if section.title else ""
            body.append(f"<section {about}>{heading}{''.join(parts)}</section>")
    foot = f"<footer>{escaped(footer)}</footer>" if footer else ""
    script = "" if explored is None else _script()
    sheet, data = "", ""
    if explored is not None:
        sheet = f"<style>\n{_read('explorer.css')}</style>"
        data = (
            f'<script type="application/json" id="data">{as_json(explored)}</script>\n'
            f"<script>{script}</script>"
        )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"{_nothing_else(script)}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title>{PAGE_STYLE}{TABLE_STYLE}{sheet}</head>\n"
        f"<body><main>{''.join(body)}</main>{foot}{data}</body></html>\n"
    )


def _contents(sections: Sequence[Section]) -> str:
    """Return links to the sections, where there are enough to lose one's way."""
    titled = [(i, each) for i, each in enumerate(sections, start=1) if each.title]
    if len(titled) < 3:
        return ""
    links = (
        f'<li{_shown(each)}><a href="#s{i}">{escaped(each.title)}</a></li>' for i, each in titled
    )
    return f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>'


def _folding(html: str) -> str:
    """Mark tables of many columns: on a phone, each of their rows takes several lines."""
    return re.sub(
        r"<table>(?=(?:<caption>[^<]*</caption>)?<thead><tr>(?:<th[^>]*>[^<]*</th>){6})",
        '<table class="folds">',
        html,
    )


def _shown(section: Section) -> str:
    return "" if section.shown == "always" else f' class="{section.shown}"'


def _nothing_else(script: str) -> str:
    """Return the rule that a page fetches nothing, and runs nothing but this script."""
    rules = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        rules += f"; script-src 'sha256-{digest}'"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _script() -> str:
    files = "".join(_read(f"{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{files}}})();\n'


def _read(name: str) -> str:
    return (Path(__file__).parent / "explorer" / name).read_text(encoding="utf-8")


def figure_svg(figure: Figure, prefix: str, label: str = "") -> str:
    """Return a figure as inline SVG whose text and axes take the page's ink, and close the figure.

    Parameters
    ----------
    figure : Figure
    prefix : str
        Put before every id, so that several figures fit on one page.
    label : str
        What the figure shows, for readers who listen.

    Returns
    -------
    str
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.text import Text

    from hiertools.plots.figures import find_fonts, text_as_text

    buffer = io.StringIO()
    with text_as_text(), mpl.rc_context({"svg.hashsalt": prefix}):
        find_fonts(figure.findobj(Text))  # before texts are measured
        canvas = FigureCanvasSVG(figure)
        # `savefig` would lay the figure out, and resample its images, once more to crop it.
        if (engine := figure.get_layout_engine()) is not None:
            engine.execute(figure)
            figure.set_layout_engine("none")
        for patch in (figure.patch, *(ax.patch for ax in figure.axes)):
            patch.set_facecolor("none")
        shown = figure.get_tightbbox().padded(0.05)
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        canvas.print_svg(buffer, metadata=nothing)  # type: ignore[no-untyped-call]
        top = figure.get_figheight() - shown.y1
        width, height = 72 * shown.width, 72 * shown.height
        box = f"{72 * shown.x0:.2f} {72 * top:.2f} {width:.2f} {height:.2f}"
        plt.close(figure)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    # Tags only: what stands between them are the names that were drawn, and stays as it is.
    svg = re.sub(r"<[^<>]*>", lambda tag: _adapted(tag[0], prefix), svg)
    # Wider than a phone: scrolled there rather than shrunk below reading size.
    size = f"max-width:{width * 1.4:.0f}px;min-width:{width * 1.2:.0f}px"
    opening = f'<svg viewBox="{box}" style="{size}" role="img" aria-label="{escaped(label)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: opening, svg, count=1)
    return "\n".join(line for line in svg.splitlines() if line.strip())


def _adapted(tag: str, prefix: str) -> str:
    """Return a tag of an SVG as it stands on a page: own ids, no namespaces, the page's ink."""
    tag = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', tag)
    tag = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", tag)
    tag = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', tag)
    # Inside HTML no namespaces are declared: not a single address is left on the page.
    tag = re.sub(r' xmlns(:xlink)?="[^"]*"', "", tag).replace("xlink:href", "href")
    if tag.startswith("<path"):
        # A hundredth of a point is less than a screen shows.
        tag = re.sub(r"(?<=\.\d\d)\d+", "", tag)
        tag = re.sub(r'(?<= d=")[^"]+', lambda path: _shorter(path[0]), tag)
    return tag.replace(style.INK, "currentColor").replace("'DejaVu Sans', ", "")


def _shorter(path: str) -> str:
    r"""Return a path in fewer letters: half the bytes of a picture of thousands of classes.

    Examples
    --------
    >>> _shorter("M 1 2 \nL 1 5 \nL 4 5 \nC 1 2 3 4 5 6 \nz")
    'M1 2V5H4C1 2 3 4 5 6z'
    """
    parts, at = [], ["", ""]
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        ends = numbers.split()
        if command == "L" and ends[0] == at[0]:
            parts.append(f"V{ends[1]}")
        elif command == "L" and ends[1] == at[1]:
            parts.append(f"H{ends[0]}")
        else:
            parts.append(command + " ".join(ends))
        at = ends[-2:] or ["", ""]
    return "".join(parts)


def facts_html(facts: Mapping[str, object]) -> str:
    """Return a mapping as a table of two columns.

    Examples
    --------
    >>> "<td>average</td>" in facts_html({"linkage": "average"})
    True
    """
    told = {"name": list(map(str, facts)), "value": list(map(_fact, facts.values()))}
    return table_html(told, {"name": "", "value": ""})


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_fact(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact(part) for part in value)
    return "none" if value is None else str(value)
