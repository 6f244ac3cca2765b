"""The harness of `make kills`, and kills before each operation on a file that is written."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from kills import run
from kills.jobs.writers import WRITERS
from kills.page import PAGE, page
from kills.rows import Row, keep, read

HERE = Path(run.__file__).parent


def test_the_page_is_what_the_rows_give_and_nothing_is_wrong():
    rows = read()
    assert PAGE.read_text(encoding="utf-8") == page(rows), "write it anew: make kills"
    assert [row for row in rows if row.wrong] == []
    kills = Counter(row.job for row in rows if row.number)
    assert set(kills.values()) == {run.KILLS}
    assert {job.name for job in WRITERS} <= set(kills)


def test_rows_of_a_job_take_the_place_of_those_it_had(tmp_path):
    path = tmp_path / "kills.csv"
    first, other = Row("a", 1, "0.5", "nothing, yet", 0, ""), Row("b", 0, "", "", 2, "differs")
    for job, row in (("a", first), ("b", other), ("a", first._replace(number=2))):
        keep(job, [row], path)
    assert read(path) == [first._replace(number=2), other]


def test_a_writer_that_is_killed_before_any_operation_leaves_one_content_or_the_other():
    command = [sys.executable, str(HERE), "--step", "1", "--only", "save tree .nwk"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout) == (0, "save tree .nwk: 20 kills\n"), done.stderr


@pytest.mark.parametrize("what", ["damaged", "differs"])
def test_what_is_wrong_is_seen(what, tmp_path):
    job = next(job for job in WRITERS if job.name == "save tree .nwk")
    held, whole = run.reference(job, tmp_path)
    folder = run.fresh(tmp_path)
    held.write[1](folder / "file.nwk")
    assert run.left(job, held, folder) == ("the second", 0, "")
    if what == "damaged":
        (folder / "file.nwk").write_text("((c000,", encoding="utf-8")
        assert run.left(job, held, folder)[2].startswith("ValueError")
    else:
        (folder / ".file.nwk.0.part").touch()
        assert run.left(job, held, folder, whole) == (
            "the second", 1, "differs: .file.nwk.0.part, file.nwk",
        )  # fmt: skip
