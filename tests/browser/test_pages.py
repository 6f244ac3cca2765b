"""Pages in a real browser: what is pointed at, typed and chosen shows everywhere it should."""

from __future__ import annotations

import csv
import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

expect.set_options(timeout=20_000)  # a busy machine is no mistake
KINDS = ("comparison", "comparisons", "evaluation", "evaluations", "consensus")
TREES = ".tall canvas"


def table(page, title):
    return page.locator(".full", has=page.get_by_role("heading", name=title))


def rows(page, title):
    return table(page, title).locator("tbody tr")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_its_screen(kind, width, opened):
    with opened(kind, width) as page:
        assert page.locator("#explorer .tall").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [("comparisons", 1280, "light"), ("comparison", 390, "dark"), ("evaluation", 390, "light")],
)
def test_everybody_can_use_a_page(kind, width, scheme, opened):
    with opened(kind, width, color_scheme=scheme, bypass_csp=True) as page:
        serious = [
            (each["id"], [node["html"][:200] for node in each["nodes"]])
            for each in Axe().run(page).response["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert serious == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_scripts_the_page_is_the_still_one(kind, opened):
    with opened(kind, java_script_enabled=False) as page:
        assert page.locator("figure svg").first.is_visible()
        assert not page.locator("#explorer").is_visible()
        assert all(each.is_visible() for each in page.locator("section.still").all())


@pytest.mark.parametrize("kind", ["odd comparison", "odd evaluation"])
def test_odd_trees_are_explored(kind, opened):
    with opened(kind) as page:
        for shown in ("every class", "main branches"):
            page.get_by_label("Show").first.select_option(shown)
            closed(page, "0 branches closed, 4 classes shown.")
        page.get_by_label("Search").fill("deep")
        page.locator(".found button").first.click()
        expect(page.locator(".info strong")).to_have_text("deep")


def test_on_paper_the_page_is_the_still_one(opened):
    with opened("comparison") as page:
        still = page.locator("section.still").first
        assert not still.is_visible()
        page.emulate_media(media="print")
        assert still.is_visible()
        assert not page.locator("#explorer").is_visible()


SHADES = "document.querySelector('.cells canvas').toDataURL()"


def test_what_is_pointed_at_is_lit_everywhere(opened):
    with opened("comparison", bypass_csp=True) as page:
        page.evaluate(f"window.before = {SHADES}")
        row = rows(page, "Every class").nth(3)
        name = row.locator("th").text_content()
        row.hover()
        expect(page.locator(".info strong")).to_have_text(name)
        expect(row).to_have_class("lit")
        page.wait_for_function(f"{SHADES} !== window.before")
        page.mouse.move(0, 0)
        expect(page.locator(".info strong")).to_have_count(0)
        expect(page.locator("tr.lit")).to_have_count(0)
        # In the trees: the table turns to the page of the class that is pointed at.
        page.get_by_label("Show").select_option("every class")
        canvas = page.locator(TREES)
        canvas.hover(position={"x": 300, "y": 60})
        lit = table(page, "Every class").locator("tr.lit th")
        expect(lit).to_have_count(1)
        expect(page.locator(".info strong")).to_have_text(lit.text_content())


def closed(page, text):
    expect(page.locator(TREES)).to_have_attribute("aria-description", re.compile(re.escape(text)))


def test_branches_open_and_close(opened):
    with opened("comparison") as page:
        page.get_by_label("Show").select_option("level 1")
        closed(page, "Left: 5 branches closed, 0 classes shown.")
        canvas = page.locator(TREES)
        canvas.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        closed(page, "Left: 8 branches closed, 0 classes shown.")
        page.keyboard.press("ArrowLeft")
        closed(page, "Left: 5 branches closed")
        page.keyboard.press("Enter")
        expect(page.locator(".info strong")).to_have_text(re.compile("^family"))
        canvas.click(position={"x": 300, "y": 12})
        closed(page, "Left: 8 branches closed")
        page.get_by_role("button", name="Whole tree").click()
        page.get_by_label("Colour by").select_option("groups")
        page.get_by_role("button", name="Zoom in").click()


def test_search_finds_classes_and_branches(opened):
    with opened("comparison") as page:
        told = page.locator(".info strong")
        page.get_by_label("Search").fill("img src")
        page.locator(".found button").first.click()
        expect(told).to_have_text("<img src=x onerror=hacked=1>")
        expect(table(page, "Every class").locator("tr.lit")).to_have_count(1)
        page.get_by_label("Search").fill("family 3")
        page.locator(".found button", has_text="family 3").click()
        expect(told).to_have_text("family 3")
        expect(table(page, "Every branch").locator("tr.lit th")).to_have_text("family 3")
        page.get_by_label("Search").fill("no such thing")
        expect(page.locator(".found")).to_have_text("nothing of that name")


def test_tables_are_sorted_filtered_and_downloaded_whole(opened, shown):
    result = shown["comparison"]
    fit = result.per_class["correlation"]
    best = result.per_class["class"][fit.sort_values(ascending=False).index]
    with opened("comparison") as page:
        full = table(page, "Every class")
        first = rows(page, "Every class").first.locator("th")
        counted = full.locator("[role=status]")
        full.get_by_role("button", name="fit", exact=True).click()
        expect(full.locator("th[aria-sort=descending]")).to_have_text(re.compile("^fit"))
        assert first.text_content() == best.iloc[0]
        full.get_by_role("button", name="fit").click()
        expect(full.locator("th[aria-sort=ascending]")).to_have_text(re.compile("^fit"))
        assert first.text_content() == best.iloc[-1]
        full.get_by_role("button", name="Next").click()
        expect(counted).to_have_text("26 to 50 of 60 rows")
        full.get_by_label("Filter").fill("fit < 0.2")
        expect(counted).to_have_text(re.compile(f"of {(fit < 0.2).sum()} rows, 60 in all"))
        full.get_by_label("Filter").fill("")
        expect(counted).to_have_text("1 to 25 of 60 rows")
        with page.expect_download() as download:
            full.get_by_role("button", name="Download CSV").click()
        text = download.value.path().read_text(encoding="utf-8-sig")
        told = {row["class"]: float(row["fit"]) for row in csv.DictReader(io.StringIO(text))}
        wanted = dict(zip(result.per_class["class"], fit))
        assert told == pytest.approx(wanted, rel=1e-5)


def test_mistakes_are_followed_down_to_classes(opened, shown):
    wrong = shown["evaluation"].confusions
    with opened("evaluation") as page:
        listed = table(page, "Mistakes, class by class")
        everything = f"1 to 25 of {len(wrong)} rows"
        expect(listed.locator("[role=status]")).to_have_text(everything)
        page.locator(".matrix td button").first.click()
        expect(listed.locator("[role=status]")).to_have_text(re.compile(f", {len(wrong)} in all"))
        expect(listed.locator("h3")).to_have_text(re.compile("taken for"))
        page.locator(".matrix td button[aria-pressed=true]").click()
        expect(listed.locator("[role=status]")).to_have_text(everything)
        page.locator(".matrix th button").first.click()
        expect(page.locator(".way strong")).not_to_have_text("all classes")
        page.get_by_role("button", name="all classes").click()
        expect(page.locator(".way strong")).to_have_text("all classes")


def test_another_model_is_chosen(opened, shown):
    result = shown["comparisons"]
    with opened("comparisons") as page:
        for model in reversed(result.models):
            page.get_by_label("Model", exact=True).select_option(model)
            told = result[model].per_class.iloc[0]
            row = rows(page, "Every class").first
            expect(row.locator("th")).to_have_text(told["class"])
            expect(row.locator("td").first).to_have_text(f"{told['correlation']:.3f}")
