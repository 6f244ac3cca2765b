"""Are the p-values, intervals, tests and verdicts of hiertools what they say? By simulation.

Run with ``make calibration``; it goes on where it stopped, and
``make calibration CALIBRATION_ARGS="--seconds 600 --only ties"`` stops it after ten minutes and
keeps to the jobs whose name holds a word. A job is a few cells of the page: one situation (a part,
a shape, a setting) with some of the scores. It takes minutes, and as soon as it is done its rows
stand in ``results/<part>.csv``. ``docs/calibration-table.md`` is written from those files alone.

Where is what
-------------
``parts/``
    What is simulated, a file a part: functions that fill a `Trial`, and the list of their jobs.
``jobs.py``, ``trial.py``, ``bounds.py``
    What a job is, what a simulation collects, and what may not be passed.
``rows.py``, ``digests.py``, ``run.py``
    The files of rows, whether they would come out the same today, and what is run next.
``page.py``
    The page.
``populations.py``, ``trees.py``
    Random models of known quality; real class trees and random models on them.
"""
