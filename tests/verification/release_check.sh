#!/usr/bin/env bash
# What has to hold before a release, beyond `make check`:
#   bare     the wheel, installed bare (no torch, no test packages) on every supported Python, runs the
#            demo from read-only site-packages;
#   newest   the core tests pass there too: the wheel with the newest versions that pip finds;
#   pinned   they pass on every supported Python with the pinned versions;
#   lowest   they pass there with the lowest versions that pyproject.toml allows and that Python has;
#   audit    no vulnerability is known of a pinned version (where an index answers pip-audit's questions);
#            or was when the copy was made that ADVISORIES names (github.com/pypa/advisory-database).
# Usage: make release-check [PYTHONS="3.11 3.12 3.13"] [PARTS="bare newest pinned lowest audit"]
#                           [KEEP=folder] [JOBS=2] [ADVISORIES=vulns folder of a copy of them]
#                           [TESTS="tests/core/test_compare.py ..."], where time is short
set -euo pipefail
cd "$(dirname "$0")/../.."

PYTHONS="${PYTHONS:-3.11 3.12 3.13}"
PARTS="${PARTS:-bare newest pinned lowest audit}"
JOBS="${JOBS:-2}"
TESTS="${TESTS:-tests/core}"
BUILDER="setuptools>=70.1"  # by which a test installs the sample plug-in; that of Python 3.11 is older
WORK="${KEEP:-$(mktemp -d)}"
mkdir -p "$WORK"
WORK="$(cd "$WORK" && pwd)"
[ -n "${KEEP:-}" ] || trap 'chmod -R u+w "$WORK"; rm -rf "$WORK"' EXIT
export OMP_NUM_THREADS=1

say() { printf '\n== %s\n' "$*"; }

# python3.12 on the path, or any that pyenv holds.
find_python() {
  local candidate
  for candidate in "python$1" "$HOME"/.pyenv/versions/"$1".*/bin/python; do
    if "$candidate" -c 'import venv' 2>/dev/null; then echo "$candidate"; return; fi
  done
  echo "release-check: no Python $1 found; install it or set PYTHONS" >&2
  return 1
}

new_venv() { # new_venv PYTHON FOLDER
  [ ! -d "$2" ] || chmod -R u+w "$2"
  "$1" -m venv --clear "$2"
  "$2/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
}

requirements() { "$WORK/build/bin/python" tests/verification/requirements.py "$1"; }

# Tests that need torch run in `make test`; torch is heavy, and not on offer for every Python on every
# machine. Each test says by its mark what it needs.
core_tests() { # core_tests FOLDER [PYTEST OPTIONS]: the tests that what is installed suffices for
  local venv="$1"
  shift
  "$venv/bin/pytest" -q -n "$JOBS" --dist worksteal $TESTS --as-installed "$@"
}

wheel() {
  say "building the wheel of $(git describe --always --dirty 2>/dev/null || echo 'no commit')"
  new_venv "$(find_python 3.11)" "$WORK/build"
  rm -rf "$WORK/dist"
  "$WORK/build/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$WORK/dist" .
  WHEEL="$(ls "$WORK"/dist/hiertools-*.whl)"
  "$WORK/build/bin/python" - "$WHEEL" <<'PY'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
needed = ["hiertools/py.typed", "hiertools/__init__.pyi", "hiertools/datasets/data/imagenet_head.npz",
          "hiertools/reporting/explorer/trees.js", "hiertools/reporting/explorer/explorer.css"]
missing = [name for name in needed if name not in names]
extra = [n for n in names if n.startswith(("tests/", "docs/", "examples/", "hiertools/datasets/make/"))]
licences = [n for n in names if "licenses/" in n]
assert not missing, f"the wheel lacks {missing}"
assert not extra, f"the wheel should not hold {extra[:5]}"
assert licences, "the wheel holds no licence"
print(f"{len(names)} files, {len(licences)} licences")
PY
}

# Numba keeps compiled kernels beside the code or in the home; where it may write to neither, it must
# still run. (Root may write anywhere, unless it lays that right down.)
bare() {
  local version package venv package_folder
  for version in $PYTHONS; do
    say "Python $version: the bare wheel"
    venv="$WORK/bare-$version"
    new_venv "$(find_python "$version")" "$venv"
    "$venv/bin/python" -m pip install --quiet "$WHEEL"
    "$venv/bin/python" -m pip check
    for package in torch pytest sybil ete3; do
      if "$venv/bin/python" -c "import $package" 2>/dev/null; then
        echo "release-check: the bare install brings $package" >&2; exit 1
      fi
    done
    package_folder="$(cd "$WORK" && "$venv/bin/python" -c 'import hiertools, os; print(os.path.dirname(hiertools.__file__))')"
    chmod -R a-w "$package_folder"
    confined=(env HOME=/proc/none)
    if [ "$(id -u)" = 0 ]; then
      confined=(setpriv --bounding-set=-dac_override,-dac_read_search "${confined[@]}")
    fi
    (cd "$WORK" && "${confined[@]}" "$venv/bin/hiertools" demo --permutations 19 \
      --out "demo-$version.html" > "demo-$version.txt" && head -4 "demo-$version.txt")
    chmod -R u+w "$package_folder"
  done
}

newest() {
  local version venv
  for version in $PYTHONS; do
    say "Python $version: the core tests, the newest versions"
    venv="$WORK/newest-$version"
    new_venv "$(find_python "$version")" "$venv"
    "$venv/bin/python" -m pip install --quiet "$WHEEL[onnx,parquet,safetensors]" \
      $(requirements test-minimal) "$BUILDER"
    "$venv/bin/python" -m pip freeze > "$WORK/newest-$version.txt"
    core_tests "$venv"
  done
}

pinned() {
  local version venv
  for version in $PYTHONS; do
    say "Python $version: the core tests, the pinned versions"
    venv="$WORK/core-$version"
    new_venv "$(find_python "$version")" "$venv"
    "$venv/bin/python" -m pip install --quiet -c constraints.txt "$WHEEL[ete3,onnx,parquet,safetensors]" \
      $(requirements test-without-torch)
    core_tests "$venv"
  done
}

lowest() {
  local version venv
  for version in $PYTHONS; do
    say "Python $version: the core tests, the lowest versions allowed"
    venv="$WORK/lowest-$version"
    new_venv "$(find_python "$version")" "$venv"
    "$venv/bin/python" tests/verification/requirements.py lowest > "$WORK/lowest-$version.txt"
    cat "$WORK/lowest-$version.txt"
    "$venv/bin/python" -m pip install --quiet -c "$WORK/lowest-$version.txt" \
      "$WHEEL[ete3,onnx,parquet,safetensors]" $(requirements test-minimal) "$BUILDER"
    (cd "$WORK" && "$venv/bin/hiertools" demo --permutations 19 --out "demo-lowest-$version.html" \
      > "demo-$version.txt" && head -4 "demo-$version.txt")
    # Old versions warn about things since repaired, and print numbers a little differently.
    core_tests "$venv" -W default
  done
}

audit() {
  local venv="$WORK/audit"
  say "known vulnerabilities of the pinned versions"
  new_venv "$(find_python 3.11)" "$venv"
  "$venv/bin/python" -m pip install --quiet pip-audit packaging pyyaml
  grep -o '^[^# ]*==[^ ]*' constraints.txt > "$WORK/pinned.txt"
  "$venv/bin/pip-audit" --no-deps --disable-pip -r "$WORK/pinned.txt" | tee "$WORK/audit.txt"
  # Without an answer it says that it found nothing, and names what it could not ask about.
  asked=$(($(wc -l < "$WORK/pinned.txt") - $(grep -c 'could not be audited' "$WORK/audit.txt" || true)))
  echo "$asked of $(wc -l < "$WORK/pinned.txt") versions could be asked about"
  if [ "$asked" -eq 0 ] && [ -n "${ADVISORIES:-}" ]; then
    "$venv/bin/python" tests/verification/advisories.py "$WORK/pinned.txt" "$ADVISORIES"
    passed="$passed; of vulnerabilities only what that copy knows"
  elif [ "$asked" -eq 0 ]; then
    say "NOT CHECKED: no index answers here; run pip-audit where one does"
    passed="passed, but for known vulnerabilities, which nobody could be asked about"
  fi
}

passed="passed: $PARTS, on Python $PYTHONS"
[ "$TESTS" = tests/core ] || passed="$passed, with these tests alone: $TESTS"
wheel
for part in $PARTS; do "$part"; done
say "release-check $passed"
