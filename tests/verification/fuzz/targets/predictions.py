"""Predictions, read whole and batch by batch."""

from __future__ import annotations

from pathlib import Path

import hiertools as ht
from fuzz.again import predictions_again
from fuzz.oracle import expect
from fuzz.target import Target
from fuzz.targets.vectors import WORDS_OF_ARRAYS, WORDS_OF_TABLES, members, whole
from hiertools.evaluation import batches


def _read(path: Path, folder: Path) -> None:
    """Read a file at once, and as `evaluate` does; both accept it or neither does."""
    made = ht.read_predictions(path)
    predictions_again(made, folder)
    before = batches._BATCH_BYTES
    batches._BATCH_BYTES = 32
    try:
        several = list(batches.prediction_batches(path))
    finally:
        batches._BATCH_BYTES = before
    expect(sum(batch.n_samples for batch in several) == made.n_samples, "other samples in batches")


def _table(data: bytes, folder: Path) -> None:
    _read(whole(data, folder, "given.csv"), folder)


def _npz(data: bytes, folder: Path) -> None:
    _read(members(data, folder), folder)


def _parquet(data: bytes, folder: Path) -> None:
    _read(whole(data, folder, "given.parquet"), folder)


TARGETS = (
    Target("predictions-table", "tables of predictions", _table,
           ("read_predictions", "as_predictions"),
           ("label", "prediction", "prediction_1", "prediction_2", "confidence", "embedding_0",
            *WORDS_OF_TABLES)),
    Target("predictions-npz", "arrays of predictions", _npz, (),
           ("\n%% labels\n", "\n%% scores\n", "\n%% ranked\n", "\n%% confidence\n",
            "\n%% embeddings\n", "\n%% sets\n", "\n%% score_kind\n", "probability", "logit",
            *WORDS_OF_ARRAYS)),
    Target("predictions-parquet", "predictions as Parquet", _parquet, (),
           ("PAR1", "label", "prediction"), ("pyarrow",)),
)  # fmt: skip
