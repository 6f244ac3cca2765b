"""The harness of `make calibration`: jobs, files of rows, second attempts, the page."""

from dataclasses import replace

import numpy as np
import pytest
from calibration import rows, run
from calibration.bounds import beyond
from calibration.cited import CITED, PAGES, Cited, figures, names_in, renewed
from calibration.digests import digest
from calibration.jobs import Job, Part
from calibration.page import PAGE, page
from calibration.parts import PARTS, coverage, how_good
from calibration.parts.self_pair import SELF_PAIR
from calibration.parts.verdicts import names_winner, says_it_follows
from calibration.trial import Trial
from scipy.stats import binom


def tenth(trial, share=0.1):
    """Reject in so many of the replicates, and never in another score."""
    for i, _ in enumerate(trial):
        trial.add_p_value("often, level 0", float(i % 10 >= 10 * share))
        trial.add_p_value("never", 1.0)
        trial.add_p_value("sometimes tested", np.nan if i % 2 else 1.0)


def made_up(**changes):
    """Return a part of one job that rejects twice too often."""
    job = Job("made_up", "a tree", "a setting", tenth, classes=5, replicates=200)
    return Part("made_up", "Made up", "Nothing.", (replace(job, **changes),))


def test_the_page_is_what_the_files_give():
    assert PAGE.read_text(encoding="utf-8") == page(PARTS), "write it anew: make calibration"


def test_figures_that_other_pages_cite_are_what_the_files_give():
    pages = [path.read_text(encoding="utf-8") for path in PAGES]
    for text in pages:
        assert text == renewed(text, PARTS), "write it anew: make calibration"
    assert sorted(name for text in pages for name in names_in(text)) == sorted(CITED)


def test_a_cited_figure_is_of_the_last_attempts(tmp_path):
    part = made_up()
    cited = Cited("made_up", "rejected", ("often",))
    assert figures(cited, [part], tmp_path) is None
    told = "of <!-- measured correlations -->some, earlier<!-- end -->."
    assert renewed(told, [part], tmp_path) == told
    again = run.carry_out(run.Task(part, part.jobs[0]), tmp_path)
    assert figures(cited, [part], tmp_path) == "0.10"
    assert figures(Cited("made_up", "rejected"), [part], tmp_path) == "0.00 to 0.10"
    assert figures(Cited("made_up", "rejected", kind="most"), [part], tmp_path) == "0.10"
    assert figures(Cited("made_up", "rejected", kind="least"), [part], tmp_path) == "0.00"
    assert figures(Cited("made_up", "rejected", setting="other"), [part], tmp_path) is None
    job = replace(part.jobs[0], arguments={"share": 0.2})
    run.carry_out(again._replace(job=job), tmp_path)
    assert figures(cited, [part], tmp_path) == "0.20"


def test_names_of_jobs_and_so_their_seeds_are_their_own():
    jobs = [job for part in PARTS for job in part.jobs]
    assert all(job.part == part.name for part in PARTS for job in part.jobs)
    seeds = {job.seed(attempt) for job in jobs for attempt in (1, 2)}
    assert len({job.name for job in jobs}) == len(jobs)
    assert len(seeds) == 2 * len(jobs)
    assert jobs[0].seed(1) == 612814789  # kept: all numbers follow from it


def test_a_tiny_job_runs_is_kept_and_is_not_run_again(tmp_path):
    part = replace(SELF_PAIR, jobs=tuple(replace(job, replicates=3) for job in SELF_PAIR.jobs[:2]))
    first, second = run.missing(part, folder=tmp_path)
    assert run.carry_out(second, tmp_path) is None
    assert list(run.missing(part, folder=tmp_path)) == [first]
    run.carry_out(first, tmp_path)
    assert list(run.missing(part, folder=tmp_path)) == []
    lines = (tmp_path / "self_pair.csv").read_text().splitlines()
    assert len(lines) == 5
    assert lines[1].startswith('two levels,10 classes,,10,0,"classwise_correlation, settings=""')
    again = part.jobs[0].run(1)
    kept = rows.read(part, tmp_path)[part.jobs[0].name][1]
    assert [row.value for row in kept] == pytest.approx([found.value for found in again], rel=1e-5)
    assert '| classwise_correlation, settings="paper" | 0.' in page([part], tmp_path)


def test_a_cell_beyond_its_bound_is_run_once_more_and_both_are_shown(tmp_path):
    part = made_up()
    assert "not yet run" in page([part], tmp_path)
    (task,) = run.missing(part, folder=tmp_path)
    again = run.carry_out(task, tmp_path)
    assert list(run.missing(part, folder=tmp_path)) == [again]
    assert (again.attempt, again.only) == (2, {"often"})
    assert run.carry_out(again, tmp_path) is None
    assert list(run.missing(part, folder=tmp_path)) == []
    first, second = rows.read(part, tmp_path)[task.job.name].values()
    assert [(row.score, row.value, row.n, row.replicates) for row in first] == [
        ("often, level 0", 0.1, 200, 200), ("never", 0.0, 200, 200),
        ("sometimes tested", 0.0, 100, 200),
    ]  # fmt: skip
    assert [(row.score, row.value, row.replicates) for row in second] == [
        ("often, level 0", 0.1, 800)
    ]
    assert first[0].seed != second[0].seed
    text = page([part], tmp_path)
    assert "| often, level 0 | **0.100, again 0.100 (!)** |" in text
    assert "| sometimes tested | 0.000 (of 100) |" in text
    assert "| Made up | 1 | 0 | 3 | 1 | 1 |" in text


def always(trial, p_value):
    for _ in trial:
        trial.add_p_value("score", p_value)


def certain(p_value):
    return made_up(simulate=always, arguments={"p_value": p_value})


def test_rows_whose_numbers_have_changed_are_run_again(tmp_path):
    run.carry_out(next(run.missing(certain(0.3), folder=tmp_path)), tmp_path)
    assert list(run.missing(certain(0.3), stale=True, folder=tmp_path)) == []
    (task,) = run.missing(certain(0.4), stale=True, folder=tmp_path)
    assert task.attempt == 1
    assert list(run.missing(certain(0.4), folder=tmp_path)) == []


def test_a_digest_sees_what_a_verdict_hides_but_no_rounding():
    told = [digest(certain(p_value).jobs[0]) for p_value in (0.3, 0.3 + 1e-15, 0.4)]
    assert told[0] == told[1] != told[2]


def test_rows_of_jobs_that_are_no_more_are_forgotten(tmp_path):
    run.carry_out(next(run.missing(made_up(), folder=tmp_path)), tmp_path)
    renamed = made_up(setting="another")
    assert rows.read(renamed, tmp_path) == {}
    run.carry_out(next(run.missing(renamed, folder=tmp_path)), tmp_path)
    assert "a setting" not in (tmp_path / "made_up.csv").read_text()


@pytest.mark.parametrize("n", [20, 1000, 4000])
def test_two_monte_carlo_errors(n):
    """Beside the normal approximation where there are many, and the binomial tail itself."""
    counts = np.arange(n + 1)
    error = np.sqrt(0.05 * 0.95 / n)
    judged = np.array([beyond("rejected", count / n, n) for count in counts])
    tail = binom.pmf(counts, n, 0.05)[::-1].cumsum()[::-1]
    assert np.array_equal(judged, tail < 0.02275013)
    if n >= 1000:
        assert judged.argmax() / n == pytest.approx(0.05 + 2 * error, abs=0.1 * error + 1.5 / n)
    assert [beyond("covered", share, 1000) for share in (0.90, 0.91, 0.95)] == [True, False, False]
    assert [beyond("moved", value, 1) for value in (0.0, 1e-6)] == [False, True]
    assert [beyond("outside", value, 1000) for value in (0.0, 0.001)] == [False, True]
    assert not beyond("covered", np.nan, 0)
    assert not beyond("mean", 5.0, 10)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_simulation_still_runs(part, monkeypatch):
    """With what the package's functions are called today, and take; two replicates of the least."""
    monkeypatch.setattr(coverage, "FURTHER", 1)
    monkeypatch.setattr(how_good, "FURTHER", 1)
    for simulate in dict.fromkeys(job.simulate for job in part.jobs):
        job = next(job for job in part.jobs if job.simulate is simulate)
        found = job.run(1, replicates=2)
        assert found
        assert all(measured.n <= 2 or measured.what in ("passed by", "missed by")
                   for measured in found)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        ("Of 2 models, Alphanet follows the tree most closely: 0.4 (Alphanet).", True),
        ("precision_at_1, level 0: Betanet better than Alphanet by 0.2, p = 0.01.", True),
        ("No test says that Alphanet follows the tree more closely than Betanet.", False),
        ("No difference between models holds among 11 tests (Holm).", False),
        ("Alphanet 0.4, Betanet 0.3; neither is told apart from the other.", False),
    ],
)
def test_a_winner_is_heard_where_one_is_named(text, winner):
    assert names_winner(text) is winner


def test_a_tree_is_followed_where_a_sentence_says_so():
    assert says_it_follows("The model's arrangement of 44 classes clearly follows the tree: 0.5.")
    assert not says_it_follows(
        "The model's arrangement follows the tree no more than chance would."
    )


def test_replicates_of_a_trial_do_not_depend_on_how_many_there_are():
    few, more = ([rng.random() for rng in Trial(7, n)] for n in (2, 4))
    assert more[:2] == few
