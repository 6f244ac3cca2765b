"""The harness of `make bench` stays alive: every row runs, small; nothing is asked of the time."""

from dataclasses import replace

import pytest
from bench import measuring, run, store
from bench.child import measure
from bench.growth import Curve, plot
from bench.left import LEFT
from bench.page import PAGE, page, verdicts_of
from bench.rows import Item, Row, Side, Theme, Timed, Wanted, ours
from bench.themes import THEMES
from bench.themes.linkage import LINKAGE


@pytest.mark.filterwarnings("ignore")  # of peers
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_row_runs_small_and_sides_agree(theme):
    for row in theme.rows:
        run.tried(Item(theme, row, row.quick))


def test_the_page_is_what_the_files_give():
    assert PAGE.read_text(encoding="utf-8") == page(THEMES), "make bench BENCH_ARGS=--page"


def test_names_are_unique():
    assert len({theme.name for theme in THEMES}) == len(THEMES)
    for theme in THEMES:
        assert len({row.name for row in theme.rows}) == len(theme.rows)


def counted(value):
    """Return a side's `make` that notes its sizes."""
    asked = []

    def make(size):
        asked.append(size)
        return lambda: value

    make.asked = asked
    return make


def test_a_side_is_warmed_up_small_and_called_until_there_is_enough(monkeypatch):
    monkeypatch.setattr("bench.child.ENOUGH", 1e-5)
    make = counted(7)
    side = ours(make, fresh=True)
    found = measure(Row("a row", side, quick=2), side, 5)
    assert make.asked[0] == 2
    assert set(make.asked[1:]) == {5}
    assert len(make.asked) == 2 + len(found["wall"])
    assert found["value"] == 7
    assert found["peak"] > 0


def test_what_times_itself_is_believed():
    side = Side("R", lambda _size: lambda: Timed(2.0, 1.5, 0.25, 3.0), cold=True)
    found = measure(Row("a row", side), side, 5)
    assert (found["wall"], found["cpu"], found["peak"], found["value"]) == ([2.0], [1.5], 0.25, 3.0)


def made_up(**changes):
    """Return a theme of one row with a peer that is here, one that is not, and one too large."""
    row = Row(
        "a row",
        ours(counted(1.0)),
        (
            Side("peer", counted(2.0)),
            Side("absent", counted(1.0), needs=("no_such_module",)),
            Side("large", counted(1.0), memory=lambda _size: 1e9),
            Side("small only", counted(1.0), upto=1),
        ),
        sizes=(2_000, 4_000), large=(8_000,), same=1e-9, growth=True,
        wanted=(Wanted(2_000, ratio=0.5, of="peer"), Wanted(2_000, seconds=9.0, gb=0.001)),
    )  # fmt: skip
    return Theme("made_up", "Made up", "Nothing.", (replace(row, **changes),))


def fake(monkeypatch, seconds):
    """Let sides take so many seconds, without processes; rows of no file have no state."""
    monkeypatch.setattr(measuring, "_run", lambda item, side, _end: {
        "wall": [seconds[side.name] * item.size], "cpu": [1.0], "peak": 0.5, "rise": 0.1,
        "value": side.make(item.size)(), "compiled": 0, "spent": 0.0,
    })  # fmt: skip
    for module in (measuring, run.machine):
        monkeypatch.setattr(module, "rows_state", lambda theme: "rows")
        monkeypatch.setattr(module, "code_state", lambda: "code")


def asked(**changes):
    options = dict.fromkeys(("again", "missing"), False) | changes
    return type("Options", (), options)


def test_a_row_is_kept_at_once_and_not_measured_again(tmp_path, monkeypatch):
    theme = made_up()
    fake(monkeypatch, {"hiertools": 1e-3, "peer": 4e-3})
    small, middle = run.items((theme,))
    assert [item.size for item in run.items((theme,), large=True)] == [2_000, 4_000, 8_000]
    assert run.to_measure([small, middle], asked(), tmp_path) == [small, middle]
    assert run.measure_all([small], float("inf"), tmp_path) == 0
    assert run.to_measure([small, middle], asked(), tmp_path) == [middle]
    assert run.to_measure([small, middle], asked(again=True), tmp_path) == [middle, small]
    monkeypatch.setattr(run.machine, "code_state", lambda: "changed")
    assert run.to_measure([small, middle], asked(), tmp_path) == [middle, small]
    assert run.to_measure([small, middle], asked(missing=True), tmp_path) == [middle]


def test_the_page_tells_goals_missing_peers_and_other_numbers(tmp_path, monkeypatch):
    theme = made_up()
    assert "| 2,000 | hiertools | not yet measured |" in page((theme,), tmp_path)
    fake(monkeypatch, {"hiertools": 1e-3, "peer": 4e-3})
    run.measure_all(list(run.items((theme,))), float("inf"), tmp_path)
    text = page((theme,), tmp_path)
    assert "2 reached, 1 not reached, 0 not yet measured." in text
    assert "| peer | 8.00 (8.00) | 1.00 | 0.50 (0.10) | 0.25 (1.00) | gives 2, ours 1 |" in text
    assert "wanted 0.50 of peer, measured 0.25; wanted 9.00 s, measured 2.00" in text
    assert "**wanted 0.001 GB, measured 0.50 (!)**" in text
    assert "absent: not installed: no_such_module; large: needs about 1000000000.0 GB" in text
    assert "small only" not in text
    assert "| a row | peer | 2,000 to 4,000 | C^1.00 |  |" in text
    plot((theme,), tmp_path / "plot.svg", tmp_path)
    assert "peer  ~ C^1.00" in (tmp_path / "plot.svg").read_text()


def test_the_page_says_what_is_left_where_a_goal_is_missed_alone(tmp_path, monkeypatch):
    assert LEFT.keys() <= {row.name for theme in THEMES for row in theme.rows}
    monkeypatch.setitem(LEFT, "a row", "Nothing, for the peer does nothing.")
    fake(monkeypatch, {"hiertools": 1e-3, "peer": 4e-3})
    theme = made_up(wanted=(Wanted(2_000, ratio=0.5, of="peer"),))
    run.measure_all(list(run.items((theme,))), float("inf"), tmp_path)
    assert "What is left" not in page((theme,), tmp_path)
    missed = made_up(wanted=(Wanted(2_000, ratio=0.1, of="peer"),))
    told = "*What is left.* Nothing, for the peer does nothing."
    assert told in page((missed,), tmp_path)


def test_figures_of_a_peer_that_is_gone_are_shown_as_stored(tmp_path, monkeypatch):
    fake(monkeypatch, {"hiertools": 1e-3, "peer": 4e-3})
    (item, _) = run.items((made_up(),))
    run.measure_all([item], float("inf"), tmp_path)
    gone = made_up(peers=(replace(item.row.peers[0], needs=("no_such_module",)),), wanted=())
    (item, _) = run.items((gone,))
    run.measure_all([item], float("inf"), tmp_path)
    date = store.read(gone, tmp_path)["a row", 2_000]["date"][:10]
    assert f"stored, of {date}; gives 2, ours 1 |" in page((gone,), tmp_path)


def test_what_would_not_end_in_time_is_left_for_later(tmp_path, monkeypatch, capsys):
    fake(monkeypatch, {"hiertools": 1.0, "peer": 1.0})
    small, middle = run.items((made_up(),))
    run.measure_all([small], float("inf"), tmp_path)
    assert run.seconds_expected(middle, tmp_path) == pytest.approx(4_000 * 2**2.2)
    run.measure_all([small, middle], run.time.monotonic() + 60, tmp_path)
    assert "later; about 18379 s" in capsys.readouterr().out
    assert list(store.read(small.theme, tmp_path)) == [("a row", 2_000)]
    run.measure_all([middle], run.time.monotonic() + 60, tmp_path)  # the first, so begun
    assert len(store.read(small.theme, tmp_path)) == 2


def test_a_side_that_is_stopped_leaves_an_unfinished_row(tmp_path, monkeypatch):
    fake(monkeypatch, {"hiertools": 1.0, "peer": 1.0})
    inner = measuring._run

    def stop(item, side, end):
        if side.name == "peer":
            raise measuring.OutOfTime
        return inner(item, side, end)

    monkeypatch.setattr(measuring, "_run", stop)
    (item, _) = run.items((made_up(),))
    run.measure_all([item], float("inf"), tmp_path)
    assert "stopped before all sides were through" in page((item.theme,), tmp_path)
    assert run.to_measure([item], asked(), tmp_path) == [item]


def test_a_kept_lead_may_shrink_by_a_quarter():
    wanted = Wanted(1, ratio=0.4, of="peer", kept=True)
    for wall, met in ((0.49, True), (0.51, False)):
        result = {"sides": {"hiertools": {"wall": wall}, "peer": {"wall": 1.0}}}
        assert [verdict.met for verdict in verdicts_of(wanted, result)] == [met]


def test_exponents_are_slopes_of_logarithms():
    curve = Curve("row", "side", (500, 1_000, 5_000, 10_000), (9, 1, 25, 100), (9, 9, 1, 2))
    assert curve.exponents == pytest.approx((2.0, 1.0))


def test_a_side_runs_in_a_process_of_its_own(tmp_path):
    row = LINKAGE.rows[0]
    found = measuring._run(Item(LINKAGE, row, 30), row.side("scipy linkage"), float("inf"))
    assert found["peak"] > found["rise"] >= 0
    assert len(found["wall"]) > 0
