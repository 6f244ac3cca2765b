#!/usr/bin/env bash
# What has to hold before a release, beyond `make check`:
#   1. the wheel, installed bare (no torch, no test packages) on every supported Python, runs the demo
#      from read-only site-packages;
#   2. the core tests pass on every supported Python with the pinned versions;
#   3. they pass with the lowest versions that pyproject.toml allows;
#   4. no vulnerability is known of a pinned version (where the index answers pip-audit's questions).
# Usage: make release-check [PYTHONS="3.11 3.12 3.13"] [KEEP=folder]
set -euo pipefail
cd "$(dirname "$0")/../.."

PYTHONS="${PYTHONS:-3.11 3.12 3.13}"
WORK="${KEEP:-$(mktemp -d)}"
mkdir -p "$WORK"
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
  "$1" -m venv "$2"
  "$2/bin/python" -m pip install --quiet --upgrade "pip>=25.1"
}

# Tests that need torch run in `make test`; torch is heavy, and not on offer for every Python on every
# machine. Each test says by its mark what it needs.
core_tests() { # core_tests FOLDER [PYTEST OPTIONS]: the tests that what is installed suffices for
  local venv="$1"
  shift
  "$venv/bin/python" -m pytest -q -n 2 --dist worksteal tests/core --as-installed "$@"
}

say "building the wheel"
new_venv "$(find_python 3.11)" "$WORK/build"
"$WORK/build/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$WORK/dist" .
WHEEL="$(ls "$WORK"/dist/hiertools-*.whl)"
"$WORK/build/bin/python" - "$WHEEL" <<'PY'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
needed = ["hiertools/py.typed", "hiertools/__init__.pyi", "hiertools/datasets/data/imagenet_head.npz"]
missing = [name for name in needed if name not in names]
extra = [n for n in names if n.startswith(("tests/", "docs/", "examples/", "hiertools/datasets/make/"))]
licences = [n for n in names if "licenses/" in n]
assert not missing, f"the wheel lacks {missing}"
assert not extra, f"the wheel should not hold {extra[:5]}"
assert licences, "the wheel holds no licence"
print(f"{len(names)} files, {len(licences)} licences")
PY

for version in $PYTHONS; do
  say "Python $version: the bare wheel"
  python="$(find_python "$version")"
  venv="$WORK/bare-$version"
  new_venv "$python" "$venv"
  "$venv/bin/python" -m pip install --quiet "$WHEEL"
  "$venv/bin/python" -m pip check
  for package in torch pytest sybil ete3; do
    if "$venv/bin/python" -c "import $package" 2>/dev/null; then
      echo "release-check: the bare install brings $package" >&2; exit 1
    fi
  done
  # Numba keeps compiled kernels beside the code or in the home; where it may write to neither, it
  # must still run. (Root may write anywhere, unless it lays that right down.)
  chmod -R a-w "$("$venv/bin/python" -c 'import hiertools, os; print(os.path.dirname(hiertools.__file__))')"
  confined=(env HOME=/proc/none)
  if [ "$(id -u)" = 0 ]; then
    confined=(setpriv --bounding-set=-dac_override,-dac_read_search "${confined[@]}")
  fi
  (cd "$WORK" && "${confined[@]}" "$venv/bin/hiertools" demo --permutations 19 \
    --out "demo-$version.html" > "demo-$version.txt" && head -4 "demo-$version.txt")

  say "Python $version: the core tests"
  venv="$WORK/core-$version"
  new_venv "$python" "$venv"
  "$venv/bin/python" -m pip install --quiet -c constraints.txt -e ".[ete3,onnx,parquet,safetensors]" \
    $("$WORK/build/bin/python" tests/verification/requirements.py test-without-torch)
  core_tests "$venv"
done

say "Python 3.11: the lowest versions allowed"
venv="$WORK/lowest"
new_venv "$(find_python 3.11)" "$venv"
"$WORK/build/bin/python" tests/verification/requirements.py lowest > "$WORK/lowest.txt"
cat "$WORK/lowest.txt"
"$venv/bin/python" -m pip install --quiet -c "$WORK/lowest.txt" -e ".[ete3,onnx,parquet,safetensors]" \
  $("$WORK/build/bin/python" tests/verification/requirements.py test-minimal) "setuptools>=70.1"
(cd "$WORK" && "$venv/bin/hiertools" demo --permutations 19 --out demo-lowest.html > demo.txt && head -4 demo.txt)
# Old versions warn about things since repaired, and print numbers a little differently.
core_tests "$venv" -W default

say "known vulnerabilities of the pinned versions"
venv="$WORK/audit"
new_venv "$(find_python 3.11)" "$venv"
"$venv/bin/python" -m pip install --quiet pip-audit
grep -o '^[^# ]*==[^ ]*' constraints.txt > "$WORK/pinned.txt"
"$venv/bin/pip-audit" --no-deps --disable-pip -r "$WORK/pinned.txt" | tee "$WORK/audit.txt"
# Without an answer it says that it found nothing, and names what it could not ask about.
asked=$(($(wc -l < "$WORK/pinned.txt") - $(grep -c 'could not be audited' "$WORK/audit.txt" || true)))
echo "$asked of $(wc -l < "$WORK/pinned.txt") versions could be asked about"
[ "$asked" -gt 0 ] || say "NOT CHECKED: no index answers here; run pip-audit where one does"

say "release-check passed"
