"""Inputs by atheris, which changes those that reach new code further."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LARGEST = 16_384
"""Bytes of an input; files that are larger are no worse, only slower."""


@contextlib.contextmanager
def imports() -> Iterator[None]:
    """Have every module of hiertools that is imported meanwhile count its branches.

    Kernels are left alone, since numba compiles what it finds in them.
    """
    import atheris

    kernels = Path(__file__).parents[3] / "hiertools" / "_kernels"
    names = [f"hiertools._kernels.{file.stem}" for file in kernels.glob("*.py")]
    with atheris.instrument_imports(include=["hiertools", "hiertools_torch"], exclude=names):
        yield


def go(one: Callable[[bytes], None], corpus: Path, words: Sequence[str], place: Path) -> None:
    """Try inputs until one of them ends the process.

    Parameters
    ----------
    one : function of an input
    corpus : Path
        Folder of inputs to begin with, where those that reach new code are added.
    words : sequence of str
        What stands in inputs often, put in here and there.
    place : Path
        Where an input that ends the process is kept.
    """
    import atheris

    dictionary = place / "words"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words))
    arguments = [
        sys.argv[0], str(corpus), f"-dict={dictionary}", f"-max_len={LARGEST}",
        f"-artifact_prefix={place}/", "-timeout=120", "-rss_limit_mb=6000",
        "-malloc_limit_mb=6000", "-print_pcs=0", "-use_value_profile=0", "-reload=0",
    ]  # fmt: skip
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(chr(b) if 32 < b < 127 and b not in b'"\\' else f"\\x{b:02x}"
                   for b in word.encode())  # fmt: skip
