"""Every code block of README.md and docs/*.md runs.

- ```python blocks: doctests where they hold ``>>>``, plain code otherwise; one namespace a page.
- ```console blocks: lines after ``$`` are run; the lines below are the output (``...`` matches
  anything, no lines: any output; blanks and line breaks count alike). A last line
  ``(exit status 2)`` expects that status.
- ```sh blocks hold set-up commands, which continuous integration runs by running itself: here it
  is only checked that each names a Makefile target or is a known installer.

Pages run in a folder that holds the files their examples mention (see ``sample_files.py``).
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sample_files import write_sample_files
from sybil import Document, Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LANGUAGES = {"python", "console", "sh", "text", "toml", "yaml", "json", "bibtex", "csv", "html"}
INSTALLERS = ("pip install ", "python -m pip install ", "git clone ", "cd ", "pre-commit install")


def run_console(example: Example) -> str | None:
    """Run the commands of a console block; describe the first difference, if any."""
    env = dict(os.environ, NO_COLOR="1", COLUMNS="100", TERM="dumb", PYTHONIOENCODING="utf-8")
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    for block in re.split(r"^\$ ", str(example.parsed), flags=re.MULTILINE)[1:]:
        command, _, expected = block.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = command[:-1] + more.lstrip("> ")
        status = 0
        if found := re.search(r"^\(exit status (\d+)\)\s*\Z", expected, flags=re.MULTILINE):
            status, expected = int(found[1]), expected[: found.start()]
        done = subprocess.run(
            ["bash", "-c", command],
            env=env,
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        if done.returncode != status:
            return f"$ {command}\nexit status {done.returncode}, not {status}:\n{done.stdout}"
        if expected.strip():
            checker = doctest.OutputChecker()
            if not checker.check_output(expected.strip(), done.stdout.strip(), FLAGS):
                pair = doctest.Example(command, expected)
                return f"$ {command}\n{checker.output_difference(pair, done.stdout, FLAGS)}"
    return None


def check_setup(example: Example) -> str | None:
    """Name the first line of a set-up block that is neither a Makefile target nor an installer."""
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in str(example.parsed).splitlines():
        command = " ".join(shlex.split(line, comments=True))
        words = [word for word in shlex.split(line, comments=True) if "=" not in word]
        known = words[:1] == ["make"] and set(words[1:]) <= set(targets)
        if command and not known and not command.startswith(INSTALLERS):
            return f"line not known to the documentation test: {line!r}"
    return None


PARSERS = (
    PythonCodeBlockParser(doctest_optionflags=FLAGS),
    CodeBlockParser(language="console", evaluator=run_console),
    CodeBlockParser(language="sh", evaluator=check_setup),
    SkipParser(),
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page):
    examples = list(Document.parse(str(page), *PARSERS))
    if examples:
        write_sample_files(Path.cwd())
    for example in examples:
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_fences_name_their_language(page):
    fences = re.findall(r"^ *```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    opening = fences[::2]
    assert len(fences) % 2 == 0, "a fence is not closed"
    assert set(opening) <= LANGUAGES, f"unknown fence languages: {set(opening) - LANGUAGES}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_resolve(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{target} is linked but does not exist"


def test_every_page_is_reached_from_the_index():
    folder = ROOT / "docs"
    reached, waiting = set(), {"index.md"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        text = (folder / page).read_text(encoding="utf-8")
        waiting |= set(re.findall(r"\]\(([\w-]+\.md)", text)) - reached
    assert {page.name for page in folder.glob("*.md")} <= reached
