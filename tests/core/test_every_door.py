"""Whatever is public refuses what it does not have, or can't take, in its own name."""

import contextlib
import inspect
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from public_calls import BAD, CALLS, PUBLIC, TREE, entered, write_files
from public_signatures import named_in, refused_kinds, spoken

import hiertools as ht
from hiertools import producers, taxonomies
from hiertools._core.doors import OWN_CHECK
from hiertools._core.kinds import exact_types, is_of, parameters_of

WORKING = {name: call for name, call in CALLS.items() if call is not None}

DECIDED_ELSEWHERE = {
    "checkpoint_series": lambda: producers.checkpoint_series(["r.npz"], TREE, unheard_of=1),
    "produce": lambda: ht.produce("r.npz", unheard_of=1),
    "resolve_taxonomy": lambda: taxonomies.resolve_taxonomy("folder:folder", unheard_of=1),
    "tree_distance": lambda: ht.tree_distance(TREE, TREE, unheard_of=1),
    "read_tree": lambda: ht.read_tree("t.nwk", unheard_of=1),
    "write_tree": lambda: ht.write_tree(TREE, "t.nwk", unheard_of=1),
}
"""Functions whose options what they read, or their method, decides."""

OF_THE_CALLER = ("names", "read", "keep", "encode", "function", "draw")
"""Arguments that may be functions of the caller's, which raise what they like."""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files()
    yield
    plt.close("all")


def test_there_is_a_call_of_everything_that_is_public():
    assert set(PUBLIC) <= set(CALLS)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in DECIDED_ELSEWHERE])
def test_an_unknown_argument_is_refused_in_the_name_of_what_was_called(name):
    with pytest.raises(ht.OptionError, match="has no argument 'unheard_of'") as refused:
        PUBLIC[name](unheard_of=1)
    assert named_in(name, refused.value)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", DECIDED_ELSEWHERE)
def test_an_unknown_option_of_what_is_read_is_refused(name):
    with pytest.raises(ht.OptionError, match="has no (argument|option) 'unheard_of'"):
        DECIDED_ELSEWHERE[name]()


@pytest.mark.parametrize("name", PUBLIC)
def test_a_value_of_the_wrong_kind_is_refused_in_the_name_of_what_was_called(name):
    for argument, call in refused_kinds(PUBLIC[name]):
        with pytest.raises(ht.OptionError, match=rf"{argument} must be ") as refused:
            call()
        assert named_in(name, refused.value)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", WORKING)
def test_a_missing_argument_and_one_too_many_are_refused(name):
    function, arguments = WORKING[name]
    entered(function, **arguments)
    parameters = inspect.signature(function).parameters.values()
    if any(p.default is p.empty and "VAR" not in p.kind.name for p in parameters):
        with pytest.raises(ht.OptionError, match=rf"{spoken(name)}\(\) needs the argument"):
            entered(function)
    with pytest.raises(ht.OptionError, match=rf"{spoken(name)}\(\)"):
        list(function(*[TREE] * 30))


@pytest.mark.parametrize("name", WORKING)
def test_a_subject_goes_by_its_place_alone(name):
    function, arguments = WORKING[name]
    for argument, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            message = (
                rf"{spoken(name)}\(\) takes '{argument}' by its place alone; .* without {argument}="
            )
            with pytest.raises(ht.OptionError, match=message):
                function(**{argument: arguments[argument]})


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", [name for name in WORKING if not name.endswith("to_html")])
def test_no_value_of_any_kind_ends_in_a_raw_error(name):
    function, arguments = WORKING[name]
    for argument, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        for value in BAD:
            if callable(value) and argument in OF_THE_CALLER:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with contextlib.suppress(ht.HiertoolsError):
                    entered(function, **{**arguments, argument: value})
        plt.close("all")


NEVER = {"random_state": -1, "seed": -1, "confidence_level": 95.0}
"""What no seed and no level can be, whether or not the call comes to need them."""

NOT_ASKED = (
    "RiskMinimiser.__init__", "BackOff.__init__", "ConformalNodes.__init__", "Retrieval.__init__",
)  # fmt: skip
"""Estimators check their parameters in ``fit`` or ``predict``, as those of scikit-learn; a result
holds what it is given."""


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, (function, _) in WORKING.items() if name not in NOT_ASKED
        for argument in NEVER if argument in inspect.signature(function).parameters
    ],
)  # fmt: skip
def test_a_seed_or_a_level_that_is_none_is_refused_by_its_name(name, argument):
    function, arguments = WORKING[name]
    with pytest.raises(ht.OptionError, match=rf"{argument} must be "):
        entered(function, **{**arguments, argument: NEVER[argument]})


def test_a_warning_names_the_line_of_the_user():
    with pytest.warns(ht.HiertoolsWarning, match="have no samples") as seen:
        ht.prototypes([[1.0, 0.0]], ["a"], ["a", "b"])
    assert seen[0].filename == __file__


def test_doors_check_the_same_whether_at_once_or_closely():
    """A value whose type needs no closer look is of the kind; the look itself says so."""
    values = [*BAD, TREE, np.int64(1), np.float64(1.0), np.bool_(True), [1.0], ["x", 1], ("x",)]
    for function in PUBLIC.values():
        for name, parameter in parameters_of(function).items():
            types = exact_types(parameter.annotation)
            for value in values if name not in OWN_CHECK else ():
                if types is None or type(value) in types:
                    assert is_of(value, parameter.annotation), (function, name, value)
