"""What every result is and can do. Each kind of result fills in what only it knows."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools.errors import OptionError
from hiertools.results.columns import table_in
from hiertools.results.files import read_result, reading, write_result
from hiertools.results.plots import Plots
from hiertools.results.table import side_by_side, value_of

if TYPE_CHECKING:
    import pandas as pd


def shared_notes(notes: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the notes of several, by their names: one that all share, once, without a name.

    Examples
    --------
    >>> shared_notes({"a": ["tied", "dropped"], "b": ["tied"]})
    ('tied', 'a: dropped')
    """
    owners: dict[str, list[str]] = {}
    for name, own in notes.items():
        for note in dict.fromkeys(own):
            owners.setdefault(note, []).append(name)
    return tuple(
        note if len(names) == len(notes) else f"{', '.join(names)}: {note}"
        for note, names in owners.items()
    )


@behind_doors
class Result(ABC):
    """A table of scores with its notes: saved, read again, shown as text, page and plots."""

    kind: ClassVar[str]
    """What its files say they hold."""

    if TYPE_CHECKING:  # fields of some results and properties of others

        @property
        def scores(self) -> pd.DataFrame:
            """The score table: columns as in `hiertools.results.table.COLUMNS`."""

        @property
        def notes(self) -> tuple[str, ...]:
            """What was left out, and why."""

    def value(self, score: str, level: int | str | None = None, k: int | None = None) -> float:
        """Return one number of the score table.

        Parameters
        ----------
        score : str
        level : int or str, optional
            The level of the row, by its number or its rank. Without it, the row that has none is
            meant, or the only one there is.
        k : int, optional
            The k of the row, likewise.

        Raises
        ------
        OptionError
            No such row, or several.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
        >>> made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
        >>> result = ht.evaluate(made, tree, intervals=False)
        >>> result.value("accuracy"), result.value("accuracy", level=0)
        (0.5, 1.0)
        """
        return value_of(table_in(self, "scores"), score, level, k)

    # ---- views

    @property
    @abstractmethod
    def plot(self) -> Plots:
        """Plots of this result; its repr lists them."""

    @abstractmethod
    def __rich__(self) -> Any:
        """Return what `rich` prints: the parts of the text."""

    def __str__(self) -> str:
        return str(self.__rich__())

    @abstractmethod
    def _repr_html_(self) -> str: ...

    @abstractmethod
    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""

    # ---- saving

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""

    @classmethod
    def from_dict(cls, held: Mapping[str, Any], where: str = "") -> Self:
        """Build a result from what `to_dict` returned; refuse anything else in one sentence.

        `where` says in that sentence where it came from.
        """
        with reading(f"{where}{': ' if where else ''}the saved {cls.kind}"):
            return cls._from_dict(held)

    @classmethod
    @abstractmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> Self:
        """Build a result; whatever goes wrong is told by `from_dict`."""

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the result as JSON, and write it where a path is given."""
        return write_result(self.kind, self.to_dict(), path)

    @classmethod
    def from_json(cls, source: str | os.PathLike[str], /) -> Self:
        """Read a result from a JSON file, or from JSON text."""
        return cls.from_dict(*read_result(cls.kind, source))


@behind_doors
class ResultSet(Result):
    """Several models' results side by side."""

    @property
    @abstractmethod
    def models(self) -> tuple[str, ...]:
        """Names of the models."""

    @abstractmethod
    def _notes_of(self, model: str) -> Iterable[str]:
        """Return the notes on one model."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    def value(
        self,
        score: str,
        level: int | str | None = None,
        k: int | None = None,
        model: str | None = None,
    ) -> float:
        """Return one model's number of the score table.

        Parameters
        ----------
        score, level, k
            As for one result.
        model : str, optional
            Needed where there are several.

        Examples
        --------
        >>> import hiertools as ht
        >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
        >>> good = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
        >>> bad = {"lynx": [1, 0], "wolf": [0, 1], "newt": [1, 0.1], "toad": [0.1, 1]}
        >>> result = ht.compare({"good": good, "bad": bad}, tree, permutations=0)
        >>> result.value("robinson_foulds", model="bad")
        1.0
        """
        if model is None and len(self) > 1:
            raise OptionError(
                f"the result holds {len(self)} models; name one, as in "
                f"model={self.models[0]!r}: there are {checks.name_list(self.models)}."
            )
        chosen = self.models[0] if model is None else checks.option(model, self.models, "models")
        scores = self.scores
        return value_of(scores[scores["model"] == chosen], score, level, k)

    @property
    def table(self) -> pd.DataFrame:
        """One row a score, level and k; one column a model, holding values."""
        return side_by_side(self.scores, self.models)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, and why: a note that all models share, once, without a name."""
        return shared_notes({model: self._notes_of(model) for model in self.models})
