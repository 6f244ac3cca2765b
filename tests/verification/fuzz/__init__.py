"""Can a file, or a command line, make hiertools do anything but answer or refuse in a sentence?

Run with ``make fuzz``; it goes on where it stopped, and
``make fuzz FUZZ_ARGS="--seconds 600 --only npz"`` stops it after ten minutes and keeps to the
targets whose name holds a word. A target is a reader and what is expected of what it returns. It
is given the kept inputs, changed a little, again and again: what reaches code that nothing reached
before is changed further. What `oracle.py` doesn't allow is a finding; its input is kept, and fails
in ``tests/core/test_fuzz.py`` until the reader is mended.

Where is what
-------------
``targets/``
    What is read and how, a file a kind of input; ``targets/__init__.py`` lists them all.
``oracle.py``, ``guard.py``
    What a reader may do, and what the process under test can't do whatever it is told.
``bundles.py``
    Several parts in one input: the members of an archive, the files of a folder.
``corpus.py``, ``cover.py``
    The kept inputs, a small text file a target, and which lines of code each of them reaches.
``atheris_engine.py``, ``hypothesis_engine.py``, ``child.py``
    What makes inputs (atheris is guided by coverage, and hypothesis stands in where it doesn't
    install), in a process of its own for each target.
``rows.py``, ``run.py``, ``page.py``
    The file of rows, what is run next, and the page, ``tests/verification/fuzz.md``.
"""
