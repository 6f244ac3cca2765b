"""`Run`: a run folder, read."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from hiertools._core.checks import option
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import named_path
from hiertools._core.plain_json import read_json
from hiertools._core.text_files import why_unreadable
from hiertools.errors import FileFormatError
from hiertools.evaluation.evaluate import evaluate as evaluate_predictions
from hiertools_torch.config import Config, read_record
from hiertools_torch.runs.provenance import check_exported, is_exported, read_provenance

if TYPE_CHECKING:
    import pandas as pd

    from hiertools import ClassRepresentatives, ClassTree, Evaluation, EvaluationSet
    from hiertools.evaluation.arguments import EvaluateOptions, OneReading, SeveralReadings
    from hiertools.evaluation.predictions import Predictions

__all__ = ["Run"]

KINDS = {"proxy": "representatives.npz", "prototype": "prototypes.npz"}


@behind_doors
class Run:
    """What a training run left in its folder.

    Parameters
    ----------
    folder : path
        A run folder, as `train` makes it.

    Raises
    ------
    FileFormatError
        The folder is no run folder.

    Examples
    --------
    >>> import hiertools as ht, hiertools_torch, tempfile
    >>> run = hiertools_torch.train(
    ...     subset="cat,dog,car,bus", epochs=1, width=4, out=tempfile.mkdtemp()
    ... )
    >>> ht.compare(run.representatives("prototype"), run.tree, permutations=0).scores.shape[0] > 0
    True
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = named_path(folder, "the path of the run folder")
        if not (self.folder / "config.yaml").is_file():
            raise FileFormatError(
                f"{self.folder} is no run folder: it holds no config.yaml. Runs are made by "
                "`hiertools_torch train`."
            )

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def config(self) -> Config:
        """Every option of the run."""
        return read_record(self.folder / "config.yaml")

    @property
    def finished(self) -> bool:
        """Whether the run has been trained to its end and exported."""
        return is_exported(self.folder) and bool(self.provenance.get("finished"))

    @property
    def provenance(self) -> dict[str, Any]:
        """What the exported files were made from: options, checkpoint, data, versions, digests."""
        return read_provenance(self.folder)

    @cached_property
    def tree(self) -> ClassTree:
        """Tree of the classes."""
        import hiertools as ht

        return ht.read_tree(self._file("tree.json"))

    @property
    def log(self) -> pd.DataFrame:
        """One row an epoch: losses, accuracies, correlations with the tree, scale, diagnostics."""
        import pandas as pd

        path = self._present("log.csv")
        # While a run goes on, its log does, too.
        if is_exported(self.folder):
            check_exported(self.folder, "log.csv")
        try:
            return pd.read_csv(path)
        except ValueError as cause:
            raise self._damaged(path, cause) from None

    @property
    def results(self) -> dict[str, dict[str, float]]:
        """Scores on the test images, of the best and of the last checkpoint."""
        path = self._file("results.json")
        try:
            values: Any = read_json(path.read_bytes())
        except (ValueError, RecursionError) as cause:
            raise self._damaged(path, cause) from None
        if not isinstance(values, dict) or not all(isinstance(v, dict) for v in values.values()):
            raise self._damaged(path, "it must hold the scores of each checkpoint")
        return values

    def representatives(self, kind: str = "proxy") -> ClassRepresentatives:
        """Return the class representatives.

        Parameters
        ----------
        kind : {"proxy", "prototype"}
            The head's class vectors (proxies, or the weights of a softmax layer), or the normalised
            mean training feature of each class.
        """
        import hiertools as ht

        return ht.read_representatives(self._file(KINDS[option(kind, KINDS, "kind")]))

    def predictions(self) -> Predictions:
        """Return labels, logits and features of the test images."""
        import hiertools as ht

        return ht.read_predictions(self._file("predictions.npz"))

    @overload
    def evaluate(
        self, *, representatives: OneReading = None, **options: Unpack[EvaluateOptions]
    ) -> Evaluation: ...
    @overload
    def evaluate(
        self, *, representatives: SeveralReadings, **options: Unpack[EvaluateOptions]
    ) -> EvaluationSet: ...
    @door(passes_to=evaluate_predictions)
    def evaluate(
        self, *, representatives: Any = None, **options: Unpack[EvaluateOptions]
    ) -> Evaluation | EvaluationSet:
        """Score the predictions with `hiertools.evaluate`, which takes the options."""
        import hiertools as ht

        found: Evaluation | EvaluationSet = ht.evaluate(
            self.predictions(), self.tree, representatives=representatives, **options
        )
        return found

    def _file(self, name: str) -> Path:
        """Return the path of an exported file after checking that it is the one exported."""
        path = self._present(name)
        check_exported(self.folder, name)
        return path

    def _damaged(self, path: Path, cause: Exception | str) -> FileFormatError:
        told = cause if isinstance(cause, str) else why_unreadable(cause)
        return FileFormatError(
            f"{path} is damaged: {told}; write it again with `hiertools_torch export "
            f"{self.folder}`."
        )

    def _present(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise FileFormatError(
                f"{path} does not exist: the run is not finished; go on with `hiertools_torch "
                f"train --resume --out {self.folder}`, or export what there is with "
                f"`hiertools_torch export {self.folder}`."
            )
        return path
