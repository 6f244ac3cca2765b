"""Write `reproduction.md` and tables of the studies: ``python docs/reproduction.py``.

The studies are the files of examples/studies; a study's results are the files in
``examples/studies/results/<study>/results``, as `hiertools_torch study --out` leaves them. What
holds of the paper's claims is read off from these, by rules that are written here and know no
numbers. Beside them come ``table.md``, as ``hiertools_torch study --report --out <folder>`` writes
it, and of all studies together ``summary.csv`` and ``comparisons.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from hiertools.inference import holm
from hiertools_torch.studies.long_table import measure_of
from hiertools_torch.studies.study import Study
from hiertools_torch.studies.tables import study_table

ROOT = Path(__file__).parents[1]
STUDIES = ROOT / "examples" / "studies"
PAGE = ROOT / "docs" / "reproduction.md"

RESULTS = STUDIES / "results"

WITHOUT_TREE = [("proxydr", "normface")]
WITH_TREE = [
    ("normface-mds", "normface"),
    ("normface-mds-dynamic", "normface-dynamic"),
    ("proxydr-mds", "proxydr"),
    ("proxydr-mds-dynamic", "proxydr-dynamic"),
    ("corr", "normface"),
]
"""Heads that know the tree, each beside the one that differs from it in nothing else; corr has no
such one."""

PLACED = (
    "The proxies of heads with mds are placed by the tree and stay there, and those of corr follow "
    "it in their loss: that they fit it is no finding. What was learned shows in prototypes and "
    "predictions, which are counted apart."
)

ROBUSTNESS = {
    "quickdraw-345": "All 345 classes of drawings",
    "dimension": "Dimension of the embedding",
    "scale": "Scale of the logits",
    "epochs": "Length of the training",
    "images": "Training images a class",
}
TOLD_OF_LOSSES = (
    ("predictions", "accuracy", None), ("predictions", "average_hierarchical_cost", None),
    ("predictions", "mistake_severity", None),
    ("predictions", "average_hierarchical_distance_at_k", 5),
    ("proxy", "classwise_correlation", None), ("prototype", "classwise_correlation", None),
)  # fmt: skip
"""Kind, score and k of what papers on such losses report."""

SURE = 0.05

HEAD = """# Do the paper's claims hold?

Kim, Parviainen, Berge and Malde (2023) trained 14 heads on five data sets and looked at what
hierarchy the heads' proxies and the classes' prototypes hold. Here the same heads are trained on
data that ship with hiertools, small enough for a CPU. This page is written by `python
docs/reproduction.py` from the result files in `examples/studies/results`; data, configurations,
seeds and endpoints were fixed in the study files of `examples/studies` before any result was
seen.

A difference is "better" or "worse" where its p-value, paired by seed and corrected by Holm over
all tests of its table, is at most 0.05; else the data don't tell, which is not to say that there
is none. Where a study has three seeds, how much a difference varies is known badly: three that
happen to be alike are called sure, and much that is there is not told. Where another has the same
heads with five, believe that one.
"""

TABLES = """Means of all heads over seeds, the best marked, and each head against the reference of
its study, with Holm over the whole study, stand in `table.md` in each folder of
`examples/studies/results`, and as data in `summary.csv` and `comparisons.csv` there.
"""

WHY_DIFFERENT = """## Why it may differ from the paper

The paper fine-tunes ResNet-50 and Inception-v3, which others had taught on ImageNet, on
photographs of 32 to 128 pixels, for 50 to 100 epochs. Here a small network starts from nothing,
on drawings of 28 and emoji of 32 pixels, for 12 epochs, with AdamW and a rate that rises and
falls. ImageNet's own hierarchy is thus in the paper's backbones and not in these. The trees
differ, too: the paper's have 3 to 8 levels; that of the drawings was written for hiertools, and
Unicode's has 2 or 3 levels. Where a claim fails here, it fails for these small networks on these
images; `examples/studies/cifar100.yaml` and the four files beside it are the paper's own studies,
for those who have the data and a GPU.
"""


@dataclass(frozen=True)
class Evidence:
    """What is known of one study."""

    name: str
    endpoints: Sequence[str]
    runs: int
    table: pd.DataFrame
    devices: Sequence[str] = ()
    seeds: int = 0

    @property
    def finished(self) -> int:
        """The number of runs whose results are in."""
        return len(self.table[["data", "configuration", "seed"]].drop_duplicates())


def evidence() -> dict[str, Evidence]:
    """Return what the committed results hold of each study."""
    found = {}
    for path in sorted(STUDIES.glob("*.yaml")):
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
        folder = RESULTS / path.stem
        known = (folder / "results").is_dir()
        study = Study.read(folder) if known else Study(folder, path.stem, {})
        devices = sorted({str(result.values["device"]) for result in study.results.values()})
        seeds = len(plan["seeds"])
        runs = len(plan["data"]) * len(plan["configurations"]) * seeds
        found[path.stem] = Evidence(path.stem, plan["endpoints"], runs, study.table, devices, seeds)
    return found


def page(studies: Mapping[str, Evidence]) -> str:
    """Return the text of the page."""
    main = [studies[name] for name in ("quickdraw", "emoji") if name in studies]
    parts = [
        HEAD,
        "## In short\n",
        *in_short(main, studies.get("random")),
        "## How much is in\n",
        table(
            ("study", "runs in", "of", "seeds", "computed on"),
            [(s.name, s.finished, s.runs, s.seeds, ", ".join(s.devices)) for s in studies.values()],
        ),
        TABLES,
        "## (a) ProxyDR against NormFace, neither knowing the tree\n",
        *(claim(study, WITHOUT_TREE) for study in main),
        "## (b) Heads that know the tree, under the same options\n",
        PLACED + "\n",
        *(claim(study, WITH_TREE) for study in main),
        "## (c) Networks that nothing was taught\n",
        untaught(studies["random"]) if "random" in studies else "",
        "## Does it hold when other things change?\n",
        *robustness(studies),
        "## The losses that the literature compares with\n",
        losses(studies["losses"]) if "losses" in studies else "",
        WHY_DIFFERENT,
    ]
    return "\n".join(parts)


def in_short(main: Sequence[Evidence], random: Evidence | None) -> Iterator[str]:
    """Yield a sentence a claim and study."""
    for title, pairs, counted in (
        ("(a) ProxyDR against NormFace, neither knowing the tree", WITHOUT_TREE, "all endpoints"),
        ("(b) Heads that know the tree", WITH_TREE, "prototypes and predictions"),
    ):
        said = []
        for study in main:
            rows = compared(study.table, study.endpoints, pairs)
            if len(rows):
                learned = rows if pairs is WITHOUT_TREE else rows[rows["kind"] != "proxy"]
                said.append(f"{study.name}: {counts(learned)}")
        if said:
            yield f"- {title}, {counted}: {'; '.join(said)}."
    if random is not None and len(random.table):
        rows, above = above_chance(random)
        yield (
            "- (c) Prototypes of networks that nothing was taught: every seed is above chance in "
            f"{above} of {len(rows)} rows."
        )
    yield ""


def counts(rows: pd.DataFrame) -> str:
    """Say how many endpoints are better, worse, and not told."""
    better, worse = (int((rows["is"] == word).sum()) for word in ("better", "worse"))
    return f"better in {better} of {len(rows)}, worse in {worse}"


def claim(study: Evidence, pairs: Sequence[tuple[str, str]]) -> str:
    """Tell each endpoint of each pair, and count what was decided."""
    rows = compared(study.table, study.endpoints, pairs)
    title = f"### {study.name}\n"
    if not len(rows):
        return f"{title}\nToo few runs are in: a pair needs two seeds in common.\n"
    lines = [title]
    for (one, other), part in rows.groupby(["configuration", "reference"], sort=False):
        lines.append(f"- {finding(str(one), str(other), part)}")
    shown = [
        (row["configuration"], row["reference"], row["measure"], row["n_seeds"],
         interval(row), p_text(row["p_holm"]), row["is"] or "not told")
        for _, row in rows.iterrows()
    ]  # fmt: skip
    head = ("head", "against", "endpoint", "seeds", "difference [95 %]", "p (Holm)", "is")
    return "\n".join([*lines, "", table(head, shown)])


def compared(
    scores: pd.DataFrame, endpoints: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Compare pairs of configurations on each data set; Holm's correction is over all rows."""
    frames = []
    for one, other in pairs:
        both = scores[scores["configuration"].isin([one, other])]
        kinds = set(both["kind"] + "/" + both["score"])
        known = [endpoint for endpoint in endpoints if endpoint in kinds]
        if both["configuration"].nunique() < 2 or not known:
            continue
        named = (both["kind"] + "/" + both["score"]).isin(known)
        frame = study_table(both[named], reference=other, endpoints=known).comparisons
        frames.append(frame[frame["endpoint"].astype(bool)])
    if not frames:
        return pd.DataFrame()
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[rows["p_value"].notna()].reset_index(drop=True)
    if not len(rows):
        return rows
    rows["p_holm"] = holm(rows["p_value"].to_numpy(dtype=float))
    measures = [measure_of(row) for row in rows.to_dict("records")]
    ahead = rows["difference"] * [measure.sign for measure in measures]
    sure = rows["p_holm"] <= SURE
    rows["is"] = np.where(sure & (ahead > 0), "better", np.where(sure & (ahead < 0), "worse", ""))
    rows["measure"] = [measure.label for measure in measures]
    return rows


def verdict(one: str, other: str, rows: pd.DataFrame) -> str:
    """Say in a sentence what the endpoints tell of two heads."""
    better, worse = (int((rows["is"] == word).sum()) for word in ("better", "worse"))
    total = len(rows)
    if not better and not worse:
        return f"**{one}** and **{other}** are not told apart by any of {total} endpoints."
    said = [f"better than **{other}** in {better}"] if better else []
    said += [f"worse {'' if better else f'than **{other}** '}in {worse}"] if worse else []
    rest = total - better - worse
    silent = f"{rest} {'does' if rest == 1 else 'do'}n't tell"
    return f"**{one}** is {' and '.join(said)} of {total} endpoints; {silent}."


def finding(one: str, other: str, rows: pd.DataFrame) -> str:
    """Return the verdict, and what was learned apart where proxies are told the tree."""
    learned = rows[rows["kind"] != "proxy"]
    if (one, other) not in WITH_TREE or not 0 < len(learned) < len(rows):
        return verdict(one, other, rows)
    return f"{verdict(one, other, rows)} Prototypes and predictions: {counts(learned)}."


def untaught(study: Evidence) -> str:
    """Tell the prototypes of untrained networks beside chance."""
    if not len(study.table):
        return "No run is in yet.\n"
    rows, above = above_chance(study)
    head = ("images", "network", "endpoint", "seeds", "mean", "chance", "largest p")
    said = f"In {above} of {len(rows)} rows every seed is above chance (its p at most {SURE})."
    return f"{said}\n\n{table(head, rows)}"


def above_chance(study: Evidence) -> tuple[list[tuple[Any, ...]], int]:
    """Return a row an endpoint of each network, and in how many every seed is above chance."""
    summary = study_table(study.table).summary
    rows, above = [], 0
    for _, row in summary.iterrows():
        if f"{row['kind']}/{row['score']}" not in study.endpoints:
            continue
        sure = bool(row["p_value"] <= SURE)
        above += sure
        rows.append(
            (row["data"], row["configuration"], measure_of(row).label, row["n_seeds"],
             f"{row['mean']:.3f}", f"{row['chance']:.3f}", p_text(row["p_value"]))
        )  # fmt: skip
    return rows, above


def robustness(studies: Mapping[str, Evidence]) -> Iterator[str]:
    """Yield, for each study of one factor, claims (a) and (b) at each of its points."""
    for name, title in ROBUSTNESS.items():
        study = studies.get(name)
        if study is None:
            continue
        yield f"### {title}\n"
        said = []
        for pairs in (WITHOUT_TREE, WITH_TREE):
            rows = compared(study.table, study.endpoints, pairs)
            if len(rows):
                each = rows.groupby(["data", "configuration", "reference"], sort=False)
                said += [f"- {point}: {finding(*pair, part)}" for (point, *pair), part in each]
        yield "\n".join(said) + "\n" if said else "Too few runs are in.\n"


def losses(study: Evidence) -> str:
    """Tell what each loss does to accuracy, mistakes and hierarchy."""
    frame = study.table
    if not len(frame):
        return "No run is in yet.\n"
    wanted = np.zeros(len(frame), dtype=bool)
    for kind, score, k in TOLD_OF_LOSSES:
        held = (frame["kind"] == kind) & (frame["score"] == score) & frame["level"].isna()
        wanted |= held & (frame["k"].isna() if k is None else frame["k"].eq(k).fillna(False))
    return study_table(frame[wanted], reference="normface").markdown()


def interval(row: Mapping[Any, Any]) -> str:
    """Return a difference with its interval."""
    told = f"{row['difference']:+.3f}"
    if np.isnan(row["ci_low"]):
        return f"{told} (no interval: few values)"
    return f"{told} [{row['ci_low']:+.3f}, {row['ci_high']:+.3f}]"


def p_text(p: float) -> str:
    """Return a p-value as text."""
    return "–" if pd.isna(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table as Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def summaries() -> dict[Path, str]:
    """Return the text of each file of tables: those of each study, and of all as data."""
    texts = {}
    summary: list[pd.DataFrame] = []
    comparisons: list[pd.DataFrame] = []
    for folder in sorted(path.parent for path in RESULTS.glob("*/study.json")):
        study = Study.read(folder)
        texts[folder / "table.md"] = study.markdown()
        found = study.summary()
        for frames, frame in ((summary, found.summary), (comparisons, found.comparisons)):
            named = (frame["kind"] + "/" + frame["score"]).isin(study.endpoints)
            told = frame[named].drop(columns="endpoint", errors="ignore")
            told.insert(0, "study", folder.name)
            frames.append(told)
    for name, frames in (("summary", summary), ("comparisons", comparisons)):
        rows = pd.concat(frames, ignore_index=True)
        texts[RESULTS / f"{name}.csv"] = rows.to_csv(
            index=False, lineterminator="\n", float_format="%.6g"
        )
    return texts


if __name__ == "__main__":
    for path, text in {PAGE: page(evidence()), **summaries()}.items():
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path.relative_to(ROOT)}.")
