"""Look pinned versions up in a copy of the advisories that pip-audit asks an index for.

Run: python advisories.py PINNED VULNS    (a file of name==version; the folder ``vulns`` of a copy
of https://github.com/pypa/advisory-database). It knows what was known when the copy was made, and
says when that was. Exit status 1: a version is affected.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_affected(version: Version, advisory: dict[str, Any]) -> bool:
    """Tell whether a version is listed, or lies in a range: introduced, and not fixed since."""
    for affected in advisory.get("affected", []):
        if str(version) in map(str, affected.get("versions") or []):
            return True
        for each in affected.get("ranges") or []:
            inside = False
            for event in each["events"] if each["type"] == "ECOSYSTEM" else []:
                ((kind, at),) = event.items()
                since = str(at) == "0" or version >= Version(str(at))
                if kind == "last_affected":
                    inside = inside and version <= Version(str(at))
                elif since:
                    inside = kind == "introduced"
            if inside:
                return True
    return False


def advisories(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        advisory = yaml.load(file.read_text(encoding="utf-8"), LOADER)  # a safe loader
        if "withdrawn" not in advisory:
            yield advisory


def main() -> None:
    pinned, vulns = map(Path, sys.argv[1:3])
    known = {canonicalize_name(folder.name): folder for folder in vulns.iterdir()}
    lines = [line for line in pinned.read_text(encoding="utf-8").split() if "==" in line]
    found, named, latest = [], 0, ""
    for line in lines:
        name, _, version = line.partition("==")
        folder = known.get(canonicalize_name(name))
        named += folder is not None
        for advisory in advisories(folder) if folder else ():
            latest = max(latest, str(advisory["modified"])[:10])
            if is_affected(Version(version), advisory):
                found.append(f"{line}: {advisory['id']} ({', '.join(advisory.get('aliases', []))})")
    print(*found, sep="\n", end="\n" if found else "")
    print(
        f"{len(lines)} versions, {named} of them of packages with advisories in this copy, the "
        f"last of these changed on {latest}; {len(found)} affect a version"
    )
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
