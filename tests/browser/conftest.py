"""A browser, and pages to open in it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

import hiertools as ht

HOSTILE = (
    "<img src=x onerror=hacked=1>",
    "</script><script>hacked=1</script>",
    "\" onmouseover='hacked=1' x=\"",
    "javascript:hacked=1",
    "a name that goes on, " * 6,
    "Ñandú µ",
)
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def tree_of(n):
    """Return a tree of three levels over so many classes, some of them hostile."""
    names = [*HOSTILE, *(f"class {i:03d}" for i in range(n - len(HOSTILE)))]
    places = [("kingdom", f"family {i % 5}", f"genus {i % 20}") for i in range(n)]
    lines = {name: (*place, name) for name, place in zip(names, places, strict=True)}
    return ht.ClassTree.from_lineages(lines)


def results():
    """Return a small result of each kind."""
    rng = np.random.default_rng(0)
    tree = tree_of(60)
    spread = rng.normal(size=(tree.n_nodes, 8))
    genus = tree.parent[tree.class_node]
    vectors = spread[tree.class_node] + spread[genus] + spread[tree.parent[genus]]
    near = ht.ClassRepresentatives(vectors, tree.classes)
    far = ht.ClassRepresentatives(vectors + 3 * rng.normal(size=vectors.shape), tree.classes)
    labels = np.arange(300) % 60
    guessed = np.where(rng.random(300) < 0.6, labels, rng.integers(0, 60, 300))
    names = np.array(tree.classes)
    made = ht.Predictions(names[labels], classes=tree.classes, ranked=names[guessed])
    other = ht.Predictions(names[labels], classes=tree.classes, ranked=names[labels[::-1]])
    options = {"permutations": 0, "intervals": False}
    # A class at an inner node, one at the end of a chain, and a branch without a class.
    above = [-1, 0, 1, 1, 0, *range(4, 304), 0]
    odd = ht.ClassTree(above, ["inner", "a", "b", "deep"], [1, 2, 3, 304])
    few = {"inner": [1, 0], "a": [1, 0.1], "b": [0, 1], "deep": [0.1, 1]}
    said = ht.Predictions(["a", "deep"], classes=odd.classes, ranked=["inner", "b"])
    return {
        "comparison": ht.compare(near, tree, **options),
        "comparisons": ht.compare({"near": near, HOSTILE[0]: far}, tree, **options),
        "evaluation": ht.evaluate(made, tree, intervals=False),
        "evaluations": ht.evaluate({"made": made, "other": other}, tree, intervals=False),
        "odd comparison": ht.compare(few, odd, **options),
        "odd evaluation": ht.evaluate(said, odd, intervals=False),
        "consensus": ht.consensus([ht.infer_tree(near), ht.infer_tree(near), ht.infer_tree(far)]),
    }


@pytest.fixture(scope="session")
def shown():
    """Return the results whose pages there are."""
    return results()


@pytest.fixture(scope="session")
def pages(shown, tmp_path_factory):
    """Return the address of the page of each kind of result."""
    folder = tmp_path_factory.mktemp("pages")
    for kind, result in shown.items():
        result.to_html(folder / f"{kind}.html")
    return {kind: (folder / f"{kind}.html").as_uri() for kind in shown}


@pytest.fixture(scope="session")
def browser():
    """Start Chromium: the one that CHROMIUM names, or the system's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "these tests need Chromium: `make test-browser` as root installs Debian's"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def opened(browser, pages):
    """Return a way to open a page, which must end without an error and without a request."""

    @contextmanager
    def opening(kind, width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        wrong, asked = [], []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
        page.on("request", lambda request: asked.append(request.url))
        page.goto(pages[kind])
        yield page
        hacked = page.evaluate("typeof hacked") if options.get("java_script_enabled", True) else ""
        context.close()
        assert wrong == []
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [pages[kind]]
        assert hacked in ("", "undefined")

    return opening
