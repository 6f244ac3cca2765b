"""What libraries say that fail; which of them can't be imported, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["broken_libraries", "first_line", "how_to_mend"]

OURS = ("hiertools", "hiertools_torch", "__main__", "importlib", "runpy")


def broken_libraries(cause: BaseException) -> list[str]:
    """Return the libraries whose import failed, the one that was asked for first.

    Those that it imports in turn follow: of timm, torchvision and torch, the last two may not fit
    each other. None where it was not an import that failed.
    """
    found: dict[str, None] = {}
    trace = cause.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        # The body of a module runs while it is imported, and what it calls.
        if name not in OURS and (found or frame.f_code.co_name == "<module>"):
            found[name] = None
        trace = trace.tb_next
    missing = cause.name if isinstance(cause, ImportError) else None
    if not found and missing and missing.partition(".")[0] not in OURS:
        found[missing.partition(".")[0]] = None
    return list(found)


def first_line(cause: BaseException) -> str:
    r"""Return what an error says first, without a stop at its end.

    Examples
    --------
    >>> first_line(OSError("no route to host.\nTry again."))
    'no route to host'
    """
    told = str(cause).strip() or type(cause).__name__
    return told.splitlines()[0].rstrip(". ")


def how_to_mend(cause: BaseException, libraries: Sequence[str]) -> str:
    """Return the end of a sentence on libraries that are broken, or don't fit each other.

    Examples
    --------
    >>> how_to_mend(RuntimeError("operator torchvision::nms does not exist"), ["timm", "torch"])
    "can't be imported (operator torchvision::nms does not exist): timm and torch are broken, or \
of versions that don't fit each other; remove them, then install them together: pip uninstall timm \
torch; pip install timm torch."
    >>> how_to_mend(ModuleNotFoundError("No module named 'torch'", name="torch"), ["torch"])
    "can't be imported (No module named 'torch'); install it with: pip install torch."
    """
    from importlib.metadata import packages_distributions

    brought = packages_distributions()
    names = " ".join(dict.fromkeys(brought.get(name, [name])[0] for name in libraries))
    told = first_line(cause)
    if isinstance(cause, ModuleNotFoundError) and [cause.name] == [*libraries]:
        return f"can't be imported ({told}); install it with: pip install {names}."
    if len(libraries) == 1:
        what = f"{libraries[0]} is broken, or does not fit this Python; remove it, then install it"
    else:
        listed = f"{', '.join(libraries[:-1])} and {libraries[-1]}"
        what = (
            f"{listed} are broken, or of versions that don't fit each other; remove them, then "
            "install them together"
        )
    return f"can't be imported ({told}): {what}: pip uninstall {names}; pip install {names}."
