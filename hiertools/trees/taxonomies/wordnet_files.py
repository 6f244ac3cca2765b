"""WordNet's noun files: finding them on this disk, looking up words and synsets in them."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hiertools._core import checks
from hiertools._core.broken import first_line
from hiertools._core.files import bounded_blocks, named_path, read_bytes
from hiertools._core.memory import refuse_lack
from hiertools.errors import ClassMismatchError, FileFormatError, HiertoolsError

DATA, INDEX = "data.noun", "index.noun"

_SYNSET_ID = re.compile(r"n(\d{8})")
_SENSE_NAME = re.compile(r"(.+)\.n\.([0-9]{1,6})", re.IGNORECASE)
_COUNT = re.compile("[0-9]{1,6}")


@dataclass(frozen=True)
class Synset:
    """One meaning: its id ("n02084071"), words, and the ids of its hypernyms, in file order."""

    id: str
    words: tuple[str, ...]
    hypernyms: tuple[str, ...]


@dataclass(frozen=True)
class WordNet:
    """The noun part of a WordNet database."""

    place: str
    data: bytes
    index: bytes

    @cached_property
    def senses(self) -> dict[str, tuple[str, ...]]:
        """Synset ids of each word (lower case, underscores), the most frequent meaning first."""
        found = {}
        for line in self.index.decode("utf-8", "replace").splitlines():
            if not line or line[0] == " ":  # the licence
                continue
            # lemma pos synset_cnt p_cnt [symbols] sense_cnt tagsense_cnt offset [offset ...]
            fields = line.split()
            if len(fields) < 7 or not _COUNT.fullmatch(fields[2]):
                raise FileFormatError(f"{INDEX} of {self.place}: no index line: {line[:60]!r}.")
            found[fields[0]] = tuple("n" + offset for offset in fields[-int(fields[2]) :])
        return found

    def synset(self, synset_id: str) -> Synset:
        """Return one synset; an id is "n" and the position of its line in the file."""
        match = _SYNSET_ID.fullmatch(synset_id)
        start = int(match.group(1)) if match else -1
        line = self.data[start : self.data.find(b"\n", start)] if match else b""
        if (
            not match
            or line[:8] != synset_id[1:].encode()
            or self.data[start - 1 : start]
            not in (
                b"\n",
                b"",
            )
        ):
            raise ClassMismatchError(
                f"{synset_id!r} is no synset of the WordNet in {self.place}; ids differ between "
                "versions (ImageNet's are of 3.0), and files with changed line ends don't work."
            )
        # offset file pos count word id [word id ...] count [symbol offset pos source/target ...]
        fields = line.decode("utf-8", "replace").partition(" | ")[0].split()
        try:
            n_words = int(fields[3], 16)
            words = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * n_words : 2])
            n_pointers = int(fields[4 + 2 * n_words])
            pointers = fields[5 + 2 * n_words :][: 4 * n_pointers]
            if not words or len(pointers) < 4 * n_pointers:
                raise ValueError
        except (ValueError, IndexError):
            raise FileFormatError(
                f"{DATA} of {self.place}: the line of {synset_id} is damaged."
            ) from None
        hypernyms = tuple(
            "n" + offset
            for symbol, offset, part in zip(pointers[0::4], pointers[1::4], pointers[2::4])
            if symbol in ("@", "@i") and part == "n"
        )
        return Synset(synset_id, words, hypernyms)

    def meanings(self, text: str) -> tuple[str, ...]:
        """Return the synset ids that a text can mean; a word with several gives several."""
        if _SYNSET_ID.fullmatch(text):
            return (self.synset(text).id,)
        sense = _SENSE_NAME.fullmatch(text)
        word = (sense.group(1) if sense else text).lower().replace(" ", "_")
        for form in (word, word.replace("-", "_"), word.replace("_", "-"), word.replace("_", "")):
            if form in self.senses:
                found = self.senses[form]
                if not sense:
                    return found
                number = int(sense.group(2))
                return (found[number - 1],) if 1 <= number <= len(found) else ()
        return ()

    def closest(self, text: str) -> str | None:
        """Return the word most like one that WordNet lacks."""
        word = text.lower().replace(" ", "_")
        return checks.closest(word, [form for form in self.senses if form[:2] == word[:2]])


def open_wordnet(folder: str | os.PathLike[str] | None) -> WordNet:
    """Read WordNet's noun files from `folder`, or from where they usually lie."""
    places = (
        [named_path(folder, "the path of WordNet")] if folder is not None else list(usual_places())
    )
    for place in places:
        for inside in (place, place / "dict"):
            if (inside / DATA).is_file() and (inside / INDEX).is_file():
                return WordNet(str(inside), read_bytes(inside / DATA), read_bytes(inside / INDEX))
        if place.suffix == ".zip" and place.is_file():
            return _from_zip(place)
    where = f"in {str(folder)!r}" if folder is not None else "in the usual places"
    raise FileFormatError(
        f"WordNet's noun files ({DATA}, {INDEX}) are not {where}; install Debian's wordnet-base, "
        "or run nltk.download('wordnet'), or say where they lie with folder=."
    )


def _from_zip(path: Path) -> WordNet:
    # nltk.download('wordnet') leaves an archive and reads from that.
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {name.rpartition("/")[2]: name for name in archive.namelist()}
            data, index = (_member(archive, inside[name], path) for name in (DATA, INDEX))
            return WordNet(str(path), data, index)
    except HiertoolsError:
        raise
    except (zipfile.BadZipFile, KeyError):
        raise FileFormatError(
            f"{str(path)!r} is no archive that holds {DATA} and {INDEX}."
        ) from None
    except Exception as cause:  # noqa: BLE001  (a damaged archive can raise nearly anything)
        refuse_lack(cause, f"{str(path)!r}: reading it")
        raise FileFormatError(
            f"{str(path)!r} is no readable archive of {DATA} and {INDEX}: {first_line(cause)}"
        ) from None


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    with archive.open(name) as file:
        return b"".join(bounded_blocks(file, f"{name!r} of {str(path)!r}, unpacked,"))


def usual_places() -> Iterator[Path]:
    """Where WordNet's own tools, Debian, and nltk keep the files."""
    if "WNSEARCHDIR" in os.environ:
        yield Path(os.environ["WNSEARCHDIR"])
    if "WNHOME" in os.environ:
        yield Path(os.environ["WNHOME"])
    corpora = [Path(part) for part in os.environ.get("NLTK_DATA", "").split(os.pathsep) if part]
    corpora.append(Path.home() / "nltk_data")
    corpora += [Path(sys.prefix) / part / "nltk_data" for part in ("", "share", "lib")]
    corpora += [Path("/usr", part, "nltk_data") for part in ("share", "local/share", "lib")]
    for root in corpora:
        yield root / "corpora" / "wordnet"
        yield root / "corpora" / "wordnet.zip"
    yield Path("/usr/share/wordnet")
    yield Path("/usr/local/WordNet-3.0")
