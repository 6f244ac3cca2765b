"""Compiled code on disk: whether it can be kept, or what was kept is whole, decides no call."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from numba.core.caching import FunctionCache

__all__ = ["KeptCode"]


class KeptCode(FunctionCache):  # type: ignore[misc]  # numba has no types
    """What numba keeps of a function, except that nothing about it can fail.

    A disk may be full, a folder removed, a file cut by a power failure; and of two processes that
    compile one function for different types at once, the second may write over the first one's
    code. Then the function is compiled anew.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept for some types, if it is that."""
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  (a damaged file can raise nearly anything)
            with suppress(OSError):
                self.flush()
            return None
        return found if found is not None and tuple(found.signature.args) == tuple(sig) else None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for some types, if that can be done."""
        with suppress(Exception):
            super().save_overload(sig, data)
