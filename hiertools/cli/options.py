"""Options that several commands share, with one meaning each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hiertools.cli.targets import Output

Metric = Literal["euclidean", "angular", "cosine", "raw_euclidean"]
Linkage = Literal["single", "complete", "average", "weighted", "centroid", "median", "ward", "nj"]
SettingsName = Literal["default", "paper"]
OnMissing = Literal["error", "drop"]

Json = Annotated[bool, Parameter(negative="", help="Print JSON instead of text.")]
HTML = Output((".html", ".htm"))
Html = Annotated[Path | None, Parameter(help="Write a report, one self-contained HTML file."), HTML]
Save = Annotated[
    Path | None,
    Parameter(help="Write the result as JSON, to show or compare later."),
    Output((".json",)),
]
Seed = Annotated[int, Parameter(help="Seed of all randomness.")]
Threads = Annotated[
    int | None, Parameter(help="At most this many threads; default as many as there are cores.")
]
Permutations = Annotated[
    int, Parameter(help="Random relabellings behind chance levels and p-values; 0 for none.")
]
Center = Annotated[
    bool,
    Parameter(
        negative="",
        help="Subtract the mean vector first: a softmax layer is defined only up to one.",
    ),
]
OnMissingOption = Annotated[
    OnMissing, Parameter(help="What to do about classes that the tree lacks.")
]
ClassNames = Annotated[
    Path | None, Parameter(help="Text file with the names of the rows, one a line.")
]
