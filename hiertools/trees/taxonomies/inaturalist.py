"""Categories of the iNaturalist challenges: a JSON list with one rank a field."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools._core.text_files import read_text, why_unreadable
from hiertools.errors import FileFormatError
from hiertools.trees.tree import ClassTree

__all__ = ["from_inaturalist"]

RANKS = ("kingdom", "phylum", "class", "order", "family", "genus")
"""Fields above the species, coarsest first."""

NAMES = ("name", "common_name", "image_dir_name", "id")


@door
def from_inaturalist(
    path: str | os.PathLike[str],
    /,
    *,
    names: Literal["name", "common_name", "image_dir_name", "id"] = "name",
) -> ClassTree:
    """Build a tree from the categories of an iNaturalist challenge.

    Each category names its kingdom, phylum, class, order, family and genus; its ``name`` is the
    species. The challenges of 2017 and 2019 give a ``supercategory`` ("Birds") instead, which then
    is the only rank above. A rank that a category leaves empty is skipped.

    Parameters
    ----------
    path
        ``categories.json``, or an annotation file (``train2021.json``) that has ``categories``.
    names : {"name", "common_name", "image_dir_name", "id"}
        Call classes by this field.

    Returns
    -------
    ClassTree
        With ranks, so that ``level="family"`` works; classes in the order of the file.

    Raises
    ------
    FileFormatError
        No JSON, no categories, a category without the field that `names` asks for.
    TreeError
        Two categories with one name or one place.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "categories.json"
    >>> _ = path.write_text(json.dumps([
    ...     {"id": 0, "name": "Lynx lynx", "family": "Felidae", "genus": "Lynx"},
    ...     {"id": 1, "name": "Puma concolor", "family": "Felidae", "genus": "Puma"}]))
    >>> from_inaturalist(path).rank_order
    ('family', 'genus', 'species')
    """
    checks.option(names, NAMES, "names")
    path = named_path(path)
    categories = _categories(path)
    ranks = [rank for rank in RANKS if any(entry.get(rank) for entry in categories)]
    if not ranks and any(entry.get("supercategory") for entry in categories):
        ranks = ["supercategory"]
    table = {rank: [_text(entry.get(rank)) for entry in categories] for rank in ranks}
    table["species"] = [_required(entry, "name", path) for entry in categories]
    called = [_required(entry, names, path) for entry in categories]
    return ClassTree.from_ranks(table, ranks=list(table), classes=called, missing=[])


def _categories(path: Path) -> list[dict[str, Any]]:
    text = read_text(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise FileFormatError(f"{path.name} is no valid JSON: {why_unreadable(cause)}.") from None
    categories = content.get("categories") if isinstance(content, dict) else content
    if (
        not isinstance(categories, list)
        or not categories
        or not all(isinstance(entry, dict) for entry in categories)
    ):
        raise FileFormatError(
            f"{path.name} holds no categories; expected a list of objects with 'name' and ranks "
            "such as 'family', or an object that has such a list as 'categories'."
        )
    return categories


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None


def _required(entry: dict[str, Any], field: str, path: Path) -> str:
    value = _text(entry.get(field))
    if value is None:
        raise FileFormatError(
            f"{path.name}: category {entry.get('id', entry.get('name', '?'))!r} has no {field!r}; "
            f"its fields are {checks.name_list(entry)}."
        )
    return value
