"""Build the documentation site: gather the pages, write those that tables make, call Sphinx.

    make docs                       into build/docs
    python docs/site/build.py --fast    without executing notebooks and gallery

Pages are Markdown that also reads well where the repository is browsed, so they hold no directives.
What Sphinx needs beyond them is made here: `docs/index.md` is the one table of contents, each of
its sections a page of the site; links out of `docs/` lead to where the file lies on the site.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GATHERED = ROOT / "build" / "docs-pages"
SCRIPTS = ROOT / "build" / "docs-gallery"
SITE = ROOT / "build" / "docs"

MOVED = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages that lie beside `docs/`, and what they are called on the site."""

NOTEBOOKS = "examples/notebooks"

MADE = {
    "Measures": "- [One page a measure](measures/index.md): formula, what it rewards, range, "
    "chance, source.",
    "Examples": "- [Gallery](gallery/index.rst): every plot.",
}
"""What sections list beside the pages that they name: made here, so not there to be linked."""

sys.path.insert(0, str(HERE))


def main(arguments: list[str]) -> int:
    """Build the site and return Sphinx's exit status: 1 where it warned of anything."""
    from sphinx.cmd.build import main as sphinx

    gather()
    fast = ["-D", "nb_execution_mode=off", "-D", "sphinx_gallery_conf.plot_gallery=0"]
    return int(
        sphinx([
            "-W", "--keep-going", "-q", "-c", str(HERE), *(fast if "--fast" in arguments else []),
            str(GATHERED), str(SITE),
        ])
    )  # fmt: skip


def gather() -> None:
    """Write every page that Sphinx reads; one that has not changed is left untouched."""
    import api
    import gallery
    import measures

    fill(SCRIPTS, gallery.scripts())

    pages: dict[str, str | bytes] = {}
    for path in sorted((ROOT / "docs").glob("**/*.md")):
        pages[path.relative_to(ROOT / "docs").as_posix()] = path.read_text("utf-8")
    for name, moved in MOVED.items():
        pages[moved] = (ROOT / name).read_text("utf-8")
    for path in sorted((ROOT / NOTEBOOKS).glob("*.md")):
        pages[f"notebooks/{path.name}"] = path.read_text("utf-8")
    pages = {name: relinked(name, str(text), set(pages)) for name, text in pages.items()}
    pages |= sections(str(pages["index.md"]))
    pages |= measures.pages()
    pages |= api.pages()
    for path in [*(ROOT / "docs").glob("**/*.svg"), *(ROOT / "docs").glob("**/*.png")]:
        pages[path.relative_to(ROOT / "docs").as_posix()] = path.read_bytes()
    for path in (HERE / "static").glob("*"):
        pages[f"_static/{path.name}"] = path.read_bytes()
    fill(GATHERED, pages, but="gallery/")


def fill(folder: Path, files: Mapping[str, str | bytes], but: str = "/") -> None:
    """Let a folder hold these files and no others, `but` those that Sphinx itself writes there."""
    for name, content in files.items():
        write(folder / name, content)
    for path in folder.glob("**/*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in files and not name.startswith(but):
            path.unlink()


def write(path: Path, content: str | bytes) -> None:
    """Write a file if that changes it: Sphinx reads anew what is younger than its page."""
    data = content.encode() if isinstance(content, str) else content
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def relinked(name: str, content: str, known: set[str]) -> str:
    """Return a page with its links turned to where their targets lie on the site.

    A file that is no page of the site is named, not linked.
    """
    beside = {moved: ROOT / path for path, moved in MOVED.items()}
    if name in beside:
        folder = beside[name].parent
    elif name.startswith("notebooks/"):
        folder = ROOT / NOTEBOOKS
    else:
        folder = (ROOT / "docs" / name).parent
    up = "../" * name.count("/")

    def turned(found: re.Match[str]) -> str:
        label, target, anchor = found["label"], found["target"], found["anchor"] or ""
        if "://" in target or not target:
            return found[0]
        path = (folder / target).resolve().relative_to(ROOT).as_posix()
        place = MOVED.get(path) or path.removeprefix("docs/").replace(NOTEBOOKS, "notebooks")
        if place in known or path.startswith("docs/"):
            return f"[{label}]({up}{place}{anchor})"
        return label if "`" in label else f"{label} (`{path}`)"

    link = r"(?<!!)\[(?P<label>[^\]]*)\]\((?P<target>[^)#\s]*)(?P<anchor>#[^)\s]*)?\)"
    parts = re.split(r"(^```.*?^```$)", content, flags=re.MULTILINE | re.DOTALL)
    return "".join(p if p.startswith("```") else re.sub(link, turned, p) for p in parts)


def sections(index: str) -> dict[str, str]:
    """Return the index and one page for each of its sections, with their tables of contents."""
    before, *parts = re.split(r"^## ", index, flags=re.MULTILINE)
    pages, names, shown = {}, [], []
    for part in parts:
        title, _, body = part.partition("\n")
        name = title.strip().lower().replace(" ", "-")
        body = body.strip() + "\n"
        if title in MADE:
            body = f"\n{MADE[title]}\n{body}"
        inside = list(targets(body))
        pages[f"{name}.md"] = f"# {title}\n{body}\n{toctree(inside)}"
        names.append(name)
        shown.append(f"[{title}]({name}.md)\n{body}")
    whole = before + "\n".join(f"## {part}" for part in shown)
    pages["index.md"] = f"{whole}\n{toctree([*names, 'api/index'])}"
    return pages


def targets(text: str) -> Iterator[str]:
    """Yield the pages that a text links to, without their ending."""
    yield from re.findall(r"\]\(([\w/-]+)\.(?:md|rst)\)", text)


def toctree(names: list[str]) -> str:
    """Return a hidden table of contents: it makes the side bars, the lists above are read."""
    listed = "\n".join(dict.fromkeys(names))
    return f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n\n{listed}\n```\n"


if __name__ == "__main__":
    shutil.rmtree(SITE, ignore_errors=True)
    sys.exit(main(sys.argv[1:]))
