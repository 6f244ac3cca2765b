"""Every check of input that more than one module needs, and its message.

Checks run at the door: a value that passed one is trusted from there on.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hiertools._core import memory
from hiertools._core.arrays import numbers_of, plain
from hiertools._core.broken import broken_libraries, how_to_mend
from hiertools._core.one_form import nfc_of_all
from hiertools.errors import ClassMismatchError, HiertoolsError, MissingDependencyError, OptionError

T = TypeVar("T")
Name = TypeVar("Name", bound=Hashable)
Array = TypeVar("Array", bound=NDArray[Any])

MOST_NAMED = 5
"""A message lists at most this many names."""

LONGEST_NAMED = 120
"""Characters of a name in such a list; of a longer one its ends are told."""


def name_list(names: Iterable[object], most: int = MOST_NAMED) -> str:
    """Quote names for a message, at most `most` of them, and the ends of very long ones.

    Examples
    --------
    >>> name_list("abcdefg"), name_list(["a" * 1000])[59:66]
    ("'a', 'b', 'c', 'd', 'e' (2 more)", 'aa...aa')
    """
    listed = [str(name) for name in names]
    text = ", ".join(repr(_ends(name)) for name in listed[:most])
    return text if len(listed) <= most else f"{text} ({len(listed) - most} more)"


def repeated(names: Iterable[Name]) -> list[Name]:
    """Return what is listed more than once, in order, at a glance at any length.

    Examples
    --------
    >>> repeated(["ray", "cat", "ray", "eel"])
    ['ray']
    """
    return [name for name, count in Counter(names).items() if count > 1]


def _ends(name: str) -> str:
    half = LONGEST_NAMED // 2
    return name if len(name) <= LONGEST_NAMED else f"{name[:half]}...{name[-half:]}"


_WORDS = re.compile(r"[^\W_]+")


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like `name`, or None where none is near.

    Case, blanks and word separators count little: 'aquarium fish' is near 'aquarium_fish', and
    'lr' is near 'learning_rate'.
    """
    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(_fold(candidate), candidate)
    key = _fold(name)
    if key in folded:
        return folded[key]
    if len(key) > 1:
        for candidate in folded.values():
            if key == "".join(word[0] for word in _WORDS.findall(candidate)).casefold():
                return candidate
    near = difflib.get_close_matches(key, folded, n=1, cutoff=0.6)
    if near:
        return folded[near[0]]
    # 'pick-up' and 'pickup_truck': one holds the other.
    holding = [k for k in folded if len(key) > 3 and (key in k or (len(k) > 3 and k in key))]
    return folded[min(holding, key=lambda k: (abs(len(k) - len(key)), k))] if holding else None


def _fold(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())


def is_list(value: object) -> bool:
    """Tell what goes on entry by entry, in order, from text, mappings, sets, and single values."""
    unlike = isinstance(value, str | bytes | Mapping | set | frozenset)
    return isinstance(value, Iterable) and not unlike and getattr(value, "ndim", 1) != 0


def in_order(values: Any) -> Any:
    """Return a set as a list, in the same order every time; all else as it is.

    Examples
    --------
    >>> in_order({"ray", "cat"}), in_order(("ray", "cat"))
    (['cat', 'ray'], ('ray', 'cat'))
    """
    return sorted(values, key=str) if isinstance(values, set | frozenset) else values


def option(value: T, valid: Collection[T] | Mapping[T, Any], what: str) -> T:
    """Return `value` if it is one of `valid`, else raise an error that lists them."""
    try:
        if value in valid:
            return value
    except (TypeError, ValueError):  # a list or another thing without a hash, an array
        pass
    near = closest(str(value), [str(v) for v in valid])
    hint = f" Did you mean {near!r}?" if near else ""
    listed = ", ".join(repr(v) for v in valid)
    raise OptionError(f"{what} has no option {value!r}; valid ones: {listed}.{hint}")


def options(values: Iterable[Any], valid: Collection[Any], what: str) -> tuple[Any, ...]:
    """Check each of `values` as `option` does; one text is one value."""
    values = [values] if isinstance(values, str) else in_order(values)
    if not is_list(values) and not isinstance(values, Mapping):
        raise OptionError(f"{what} must be a name or a list of names; got {values!r}.")
    return tuple(option(value, valid, what) for value in values)


LARGEST_COUNT = 2**31 - 1


def whole_number(value: Any, what: str, *, least: int = 0, most: int | None = LARGEST_COUNT) -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or int(value) < least:
        raise OptionError(f"{what} must be a whole number of at least {least}; got {value!r}.")
    if most is not None and int(value) > most:
        raise OptionError(f"{what} must be at most {most:,}; got {value!r}.")
    return int(value)


def whole_numbers(values: object, what: str, *, least: int = 0) -> tuple[int, ...]:
    """Return one or several whole numbers, each once, in ascending order; one at least."""
    listed = list(values) if is_list(values) else [values]  # type: ignore[call-overload]
    if not listed:
        raise OptionError(f"{what} is empty; give one whole number or several.")
    return tuple(sorted({whole_number(value, what, least=least) for value in listed}))


def number_between(value: object, what: str, low: float, high: float = np.inf) -> float:
    """Return `value` as a float above `low` and below `high`."""
    is_number = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not is_number or not low < float(value) < high:  # type: ignore[arg-type]
        kind = "a positive number" if (low, high) == (0, np.inf) else "a number"
        between = "" if high == np.inf else f" between {low:g} and {high:g}"
        raise OptionError(f"{what} must be {kind}{between}; got {value!r}.")
    return float(value)  # type: ignore[arg-type]


def text_keys(named: Mapping[Any, T], what: str) -> dict[str, T]:
    """Return a mapping with its keys as text; refuse two that become one text."""
    found: dict[str, T] = {}
    for key, value in named.items():
        if str(key) in found:
            raise OptionError(
                f"two of the {what} are called {str(key)!r} once their names are text; give each "
                "a name of its own."
            )
        found[str(key)] = value
    writable(found, what, OptionError)
    return found


def level_list(levels: object) -> tuple[int | str, ...] | None:
    """Return levels, one or several, as a tuple in their order, each once; None for all.

    Examples
    --------
    >>> level_list("family"), level_list([1, 0, 1])
    (('family',), (1, 0))
    """
    if levels is None:
        return None
    listed = list(levels) if is_list(levels) else [levels]  # type: ignore[call-overload]
    for level in listed:
        if not isinstance(level, str):
            whole_number(level, "levels: what is no name of a rank")
    return tuple(dict.fromkeys(listed))


def class_names(
    names: object,
    where: str,
    error: type[HiertoolsError] = ClassMismatchError,
    *,
    any_order: bool = False,
) -> tuple[str, ...]:
    """Return class names as unique `str` in Unicode NFC, otherwise verbatim.

    Where `any_order` is as good as another, as if some classes are chosen, they may be a set.

    Only str (and numpy str) are names. Whole numbers are refused rather than spelt out, because
    ``295`` and ``"0295"`` would silently become different classes.
    """
    if isinstance(names, set | frozenset):
        if not any_order:
            raise error(f"{where}: a set of class names has no order; give a list, one name a row.")
        names = in_order(names)
    if not is_list(names) and not isinstance(names, Mapping):
        raise error(f"{where}: class names must be a list, one name an entry; got {names!r}.")
    listed = list(names)  # type: ignore[call-overload]
    plain = set(map(type, listed)) <= {str}
    bad = [] if plain else [name for name in listed if not isinstance(name, str)]
    if bad:
        convert = "bytes.decode()" if isinstance(bad[0], bytes) else "str()"
        raise error(
            f"{where}: class names must be text, but {len(bad)} of {len(listed)} are not, "
            f"first {bad[0]!r} ({type(bad[0]).__name__}); convert them with {convert} first."
        )
    normal = nfc_of_all(listed if plain else map(str, listed))
    writable(normal, where, error)
    if "" in normal:
        raise error(f"{where}: a class name is empty; give every class a name.")
    if len(set(normal)) < len(normal):
        twice = repeated(normal)
        raise error(
            f"{where}: {len(twice)} class name(s) occur more than once: {name_list(twice)}; "
            "class names must be unique."
        )
    return normal


def writable(texts: Iterable[str], where: str, error: type[HiertoolsError]) -> None:
    """Refuse text that no file can hold: half of a surrogate pair, or a zero byte.

    The names of files and folders that are not in UTF-8 reach Python with such halves. Behind a
    zero byte arrays of text end, and a file that holds one is taken for no text.
    """
    listed = list(texts)
    joined = "".join(listed)
    if "\0" in joined:
        odd = next(text for text in listed if "\0" in text)
        raise error(
            f"{where}: the name {odd!r} holds a zero byte, which arrays and files of text can't "
            "keep; take it out."
        )
    try:
        joined.encode("utf-8")
    except UnicodeEncodeError:
        odd = next(text for text in listed if any("\ud800" <= char <= "\udfff" for char in text))
        raise error(
            f"{where}: the name {odd!r} holds half of a character, which no file can hold; if it "
            "is that of a file or folder, rename that in UTF-8."
        ) from None


def finite(array: NDArray[Any], what: str, error: type[HiertoolsError]) -> None:
    """Refuse NaN and infinities, saying how many and where the first one is."""
    good = np.isfinite(array)
    if not good.all():
        first = tuple(int(i) for i in np.argwhere(~good)[0])
        place = first[0] if len(first) == 1 else first
        raise error(
            f"{what} must be finite, but {int((~good).sum())} of {array.size} values are NaN or "
            f"infinite, first at {place}."
        )


LARGEST = 1e100
"""Lengths, heights and distances may be as large as this: their squares can still be summed."""

SMALLEST = 1e-100
"""Numbers that are all smaller than this have squares that are lost, and their spread with them."""


def in_range(array: NDArray[Any], what: str, error: type[HiertoolsError]) -> None:
    """Refuse NaN, infinities and numbers so large that sums of their squares would overflow."""
    finite(array, what, error)
    size = np.abs(array)
    if array.size and size.max() > LARGEST:
        raise error(
            f"{what} must be at most {LARGEST:g} in size, or sums of their squares overflow, but "
            f"{int((size > LARGEST).sum())} of {array.size} are larger, the largest "
            f"{size.max():.3g}; divide all of them by one number."
        )


def permutations(rows: object, n: int) -> NDArray[np.int64]:
    """Return rows (P, n), each an order of 0 to n - 1, as compiled code needs them: checked."""
    array = np.atleast_2d(np.asarray(rows))
    good = array.ndim == 2 and array.shape[1] == n and (not array.size or array.dtype.kind in "iu")
    if good and array.size:
        good = int(array.min()) >= 0 and int(array.max()) < n
        if good:  # each number of each row met once
            cells = array.astype(np.int64) + n * np.arange(len(array))[:, None]
            good = bool((np.bincount(cells.ravel(), minlength=cells.size) == 1).all())
    if not good:
        raise OptionError(
            f"permutations must have shape (P, {n}), each row an order of 0 to {n - 1}; got shape "
            f"{array.shape}."
        )
    return np.ascontiguousarray(array, dtype=np.int64)


def unmasked(values: object, what: str, error: type[HiertoolsError]) -> NDArray[Any]:
    """Return `values`, perhaps tensors, as an array; refuse masked ones, which numpy would show."""
    values = plain(values, what, error)
    values = numbers_of(values)
    parts = values if isinstance(values, list | tuple) else (values,)
    hidden = 0
    # Else there can be no masked array; and long lists hold few types.
    if "numpy.ma" in sys.modules and any(
        issubclass(kind, np.ma.MaskedArray) for kind in set(map(type, parts))
    ):
        masked = [part for part in parts if isinstance(part, np.ma.MaskedArray)]
        hidden = sum(int(np.ma.getmaskarray(part).sum()) for part in masked)
    if hidden:
        raise error(
            f"{what} must be complete, but {hidden} of their values are masked; fill them "
            "(array.filled(...)) or leave those rows out."
        )
    try:
        return np.asarray(values)
    except (TypeError, ValueError):  # rows of several lengths
        raise error(f"{what} must be an array of numbers; got {type(values).__name__}.") from None


def real_array(values: object, what: str, error: type[HiertoolsError]) -> NDArray[Any]:
    """Return `values` as an array of real numbers of their own type, or say what else they are."""
    array = unmasked(values, what, error)
    if array.dtype.kind == "c":
        raise error(f"{what} must be real numbers; got complex ones.")
    if array.dtype.kind == "O":
        raise error(
            f"{what} must be an array of numbers; got {type(values).__name__} of objects; make "
            "it one with np.array(values, dtype=float)."
        )
    if array.dtype.kind not in "fiub":
        raise error(f"{what} must be numbers; got an array of {array.dtype}.")
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 8
    return _of_64_bits(array, what, error) if wide else array


def _of_64_bits(array: NDArray[Any], what: str, error: type[HiertoolsError]) -> NDArray[Any]:
    """Return numbers of more bits in the 64 that all is computed in; refuse those beyond them."""
    with np.errstate(over="ignore", under="ignore"):
        narrow = array.astype(np.float64)
    beyond = (np.isinf(narrow) & ~np.isinf(array)) | ((narrow == 0) & (array != 0))
    if beyond.any():
        raise error(
            f"{what}: {int(beyond.sum())} of {array.size} numbers lie beyond the range of 64 bits "
            "(2e-308 to 1.8e308); divide or multiply all of them by one number."
        )
    return narrow


def numeric(values: object, what: str, error: type[HiertoolsError]) -> NDArray[np.float64]:
    """Return `values` as a float64 array (a copy), or say what else they are."""
    array = real_array(values, what, error)
    memory.require(8.0 * array.size, f"a copy of {what} ({array.size:,} numbers)", "give fewer.")
    return doubles(array)


def doubles(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers as a new array of float64; a NaN that signals becomes one that doesn't."""
    with np.errstate(invalid="ignore"):
        return np.array(array, dtype=np.float64)


def read_only(array: Array) -> Array:
    """Return `array` with writing switched off."""
    array.setflags(write=False)
    return array


def missing_classes(
    missing: Sequence[str], total: int, place: str, candidates: Iterable[str], advice: str
) -> ClassMismatchError:
    """Build the error for classes that have no place in `place`, with the closest names there."""
    pool = list(candidates)
    near = [closest(name, pool) for name in missing[:MOST_NAMED]]
    found = [name for name in near if name is not None]
    hint = f" Closest names there: {name_list(found)}." if found else ""
    plural = "class has" if total == 1 else "classes have"
    return ClassMismatchError(
        f"{len(missing)} of {total} {plural} no place in {place}: {name_list(missing)}.{hint} "
        f"{advice}"
    )


def need(module: str, extra: str, purpose: str) -> Any:
    """Import an optional library, or say which extra brings it, or that it is broken.

    Libraries that are installed and don't fit each other (torchvision built for another torch)
    raise nearly anything.
    """
    import importlib

    name = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as cause:
        raise MissingDependencyError(
            f"{purpose} needs {name}, which can't be imported ({cause}); "
            f"install it with: pip install 'hiertools[{extra}]'."
        ) from None
    except Exception as cause:  # noqa: BLE001
        libraries = broken_libraries(cause) or [name]
        raise MissingDependencyError(
            f"{purpose} needs {name}, which is installed but {how_to_mend(cause, libraries)}"
        ) from None
