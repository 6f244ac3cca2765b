"""Warnings are ignored for a while, in several threads at once, and heard again afterwards."""

import threading
import warnings

import pytest

from hiertools._core.quiet import no_warnings
from hiertools.plots.figures import text_as_text


def test_nothing_is_heard_inside_and_everything_afterwards():
    with no_warnings():
        warnings.warn("inside", stacklevel=1)
    with pytest.warns(UserWarning, match="afterwards"):
        warnings.warn("afterwards", stacklevel=1)


@pytest.mark.parametrize("quiet", [no_warnings, text_as_text])
def test_threads_leave_the_filters_as_they_were(quiet):
    """The second waits until the first is out: else it would put back that one's filters."""
    before = list(warnings.filters)
    inside, go_on, order = threading.Event(), threading.Event(), []

    def first():
        with no_warnings():
            inside.set()
            go_on.wait()
            order.append("first")

    def second():
        with quiet():
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait()
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]
    assert warnings.filters == before
