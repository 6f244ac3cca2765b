"""Weights from the network: had at once, or known at once not to be.

Libraries of model hubs try again and again, silently, where nothing answers; one waits without
end. A single question, asked first, tells whether anything answers.
"""

from __future__ import annotations

import contextlib
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

__all__ = ["fetching"]

PATIENCE = 5.0
"""Seconds that the hub gets for its first answer."""

SILENCE = 20.0
"""Seconds without a byte after which a download is given up."""


@contextlib.contextmanager
def fetching(*, hub: bool = True) -> Iterator[None]:
    """Let libraries fetch models for a while: where the hub doesn't answer, from their cache only.

    Holds for `huggingface_hub` (timm, transformers, sentence-transformers) and for plain downloads
    (torchvision, with ``hub=False``). A proxy, a mirror (``HF_ENDPOINT``) and ``HF_HUB_OFFLINE``
    are heeded.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE if before is None else min(before, SILENCE))
    settings = _settings() if hub else None
    offline = settings is not None and settings.HF_HUB_OFFLINE
    try:
        if settings is not None and not offline and not _answers(settings.ENDPOINT):
            settings.HF_HUB_OFFLINE = True
        yield
    finally:
        if settings is not None:
            settings.HF_HUB_OFFLINE = offline
        socket.setdefaulttimeout(before)


def _settings() -> Any:
    """Return the settings of the hub's library, or None where it isn't installed."""
    try:
        from huggingface_hub import constants
    except Exception:  # noqa: BLE001  (or broken, which whoever needs it will say)
        return None
    return constants


def _answers(address: str) -> bool:
    """Tell whether anything answers at an address, be it that it knows no such page."""
    question = urllib.request.Request(address, method="HEAD")
    try:
        with urllib.request.urlopen(question, timeout=PATIENCE):
            return True
    except urllib.error.HTTPError:
        return True
    except urllib.error.URLError as cause:
        # An unknown certificate is the library's own concern.
        return "CERTIFICATE" in str(cause.reason).upper()
    except (OSError, ValueError):
        return False
