"""Every name that a docstring or a message cites exists: whoever looks it up finds it.

In single backticks stand names: parameters and attributes of what is documented, neighbours in the
file, public names, and commands. In double backticks stands code, of which dotted names of ours and
commands are checked.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hiertools.cli.app
from hiertools import ClassTree

pytestmark = pytest.mark.needs("torch")  # both packages are held together

ROOT = Path(__file__).parents[2]
PACKAGES = ("hiertools", "hiertools_torch")
FACES = (
    "hiertools",
    "hiertools.readers",
    "hiertools.producers",
    "hiertools.taxonomies",
    "hiertools.treedist",
    "hiertools.inference",
    "hiertools.decisions",
    "hiertools.datasets",
)
FILES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "make" not in path.parts
)

ROLE = re.compile(r":[\w:]+:`[^`]*`")
DOUBLE = re.compile(r"``(.+?)``", re.DOTALL)
SINGLE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
OURS = re.compile(r"\b(?:hiertools|hiertools_torch)(?:\.\w+)+")
COMMAND = re.compile(r"(?<![\w./-])(hiertools(?:_torch)?)[ \n]+([a-z][\w-]*)")
OPTION = re.compile(r"(?<![\w-])--([a-z][\w-]*)")
LISTED = re.compile(r"^ *([\w, ]+?)(?: \([^)]*\))? : ?", re.MULTILINE)
SEE_ALSO = re.compile(r"See Also\n *-+\n(.*?)(?:\n *\n|\Z)", re.DOTALL)
NO_MODULES = ("hiertools.producers", "hiertools.tree")
"""An entry point's group, and the name of a file format."""
FILE_ENDINGS = (".svg", ".npz", ".csv", ".json", ".yaml", ".html", ".md", ".txt", ".py", ".pyi")

KEYWORD = re.compile(r"(?:pass|give|with|use|without|leave|set|or|and) (\w+)=(?!=)")

OF_OTHERS = {"index", "compute_full_tree", "ensemble", "refit"}
"""Options of pandas and scikit-learn that messages advise."""

Scope = ast.Module | ast.ClassDef | ast.FunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def parameters(function: ast.FunctionDef) -> set[str]:
    a = function.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
    return {one.arg for one in every}


def members(scope: Scope) -> set[str]:
    """Names that belong to a module, class or function, as whoever reads its docstring sees it."""
    if isinstance(scope, ast.FunctionDef):
        return parameters(scope)
    found = set()
    for node in scope.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.If):  # imports for type checking
            found |= members(ast.Module(node.body, []))
        if isinstance(scope, ast.ClassDef) and isinstance(node, ast.FunctionDef):
            found |= {
                n.attr
                for n in ast.walk(node)
                if isinstance(n, ast.Attribute)
                and isinstance(n.ctx, ast.Store)
                and isinstance(n.value, ast.Name)
                and n.value.id == "self"
            }
            if node.name == "__init__":
                found |= parameters(node)
    return found


def docstrings(path: Path) -> Iterator[tuple[str, str, list[Scope]]]:
    """Yield where, the text, and the scopes around it, the innermost last."""

    def walk(scope, around):
        inside = [*around, scope]
        for node in scope.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                if isinstance(node.value.value, str):
                    yield node.lineno, node.value.value, inside
            elif isinstance(node, ast.ClassDef | ast.FunctionDef):
                yield from walk(node, inside)

    tree = ast.parse(path.read_text(encoding="utf-8"))
    for line, text, inside in walk(tree, []):
        yield f"{name_of(path)}:{line}", text, inside


@functools.cache
def find(dotted: str):
    """Import what a dotted name stands for; None where there is no such thing."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            fields = getattr(thing, "__annotations__", {})
            if not hasattr(thing, part) and part not in fields:
                return None
            thing = getattr(thing, part, fields.get(part))
        return thing if thing is not None else dotted
    return None


@functools.cache
def public() -> frozenset[str]:
    names: set[str] = set()
    for face in (*FACES, "hiertools_torch"):
        names |= set(importlib.import_module(face).__all__)
    return frozenset(names)


@functools.cache
def commands(package: str) -> dict[str, frozenset[str]]:
    """The options of each command, as the real command line has them."""
    if package == "hiertools":
        app = hiertools.cli.app.build()
    else:
        app = importlib.import_module("hiertools_torch.cli").app
    found = {}
    for name in app:
        if not name.startswith("-"):
            arguments = app[name].assemble_argument_collection()
            found[name] = frozenset(n.lstrip("-") for a in arguments for n in a.names)
    return found


def known_command(package: str, name: str) -> bool:
    return name in commands(package)


def attributes(thing: object) -> set[str]:
    """Names that a class has, or parameters that a function takes."""
    if isinstance(thing, type):
        kinds = thing.__mro__
        return {
            name for kind in kinds for name in (*vars(kind), *vars(kind).get("__annotations__", ()))
        }
    return set(inspect.signature(thing).parameters) if callable(thing) else set()


def public_thing(dotted: str):
    """Return what a name stands for in the first face that has it."""
    first = dotted.partition(".")[0]
    for face in FACES:
        if first in importlib.import_module(face).__all__:
            return find(f"{face}.{dotted}")
    return None


def resolves(cited: str, text: str, path: Path, inside: list[Scope]) -> bool:
    """Tell whether a name in single backticks leads anywhere from where it stands."""
    if found := COMMAND.fullmatch(cited):
        return known_command(found[1], found[2])
    first, _, rest = cited.partition(".")
    if first in PACKAGES:
        private = any(part.startswith("_") for part in cited.split("."))
        return not private and find(cited) is not None
    module = name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    for scope in reversed(inside):
        if first in members(scope):
            return not rest or not isinstance(scope, ast.Module) or bool(find(f"{module}.{cited}"))
    if public_thing(cited) is not None or find(cited) is not None:
        return True
    if rest:
        return False
    # Bases, and the types of parameters: "equal `classes`" of two trees.
    kinds = [
        find(f"{module}.{ast.unparse(base)}") for s in inside for base in getattr(s, "bases", ())
    ]
    if isinstance(inside[-1], ast.FunctionDef):
        a = inside[-1].args
        noted = {ast.unparse(one.annotation) for one in [*a.args, *a.kwonlyargs] if one.annotation}
        kinds += [public_thing(note) for note in noted if NAME.match(note)]
    # Options "as for `hiertools.evaluate`", and what the text itself lists under "Returns".
    kinds += [
        find(other) or public_thing(other) for other in SINGLE.findall(text) if NAME.match(other)
    ]
    listed = {name for line in LISTED.findall(text) for name in re.findall(r"\w+", line)}
    beside = (path.parent / f"{cited}.py").exists()
    return (
        beside
        or cited in listed
        or hasattr(builtins, cited)
        or any(cited in attributes(kind) for kind in kinds if kind is not None)
    )


def broken(path: Path) -> list[str]:
    """Name the citations of a file that lead nowhere."""
    found = []
    for where, text, inside in docstrings(path):
        plain = DOUBLE.sub("", ROLE.sub("", text))
        for cited in SINGLE.findall(plain):
            if not (NAME.match(cited) or COMMAND.fullmatch(cited)):
                found.append(f"{where}: `{cited}` is no name; code stands in double backticks")
            elif not resolves(cited, plain, path, inside):
                found.append(f"{where}: `{cited}` is not to be found")
        for code in DOUBLE.findall(text):
            found += [f"{where}: {fault}" for fault in wrong_names(code) + wrong_commands(code)]
        for section in SEE_ALSO.findall(text):
            for names in re.findall(r"^ *(\w[\w., ]*?)(?: :.*)?$", section, re.MULTILINE):
                for name in names.split(","):
                    if not resolves(name.strip(), "", path, inside):
                        found.append(f"{where}: See Also {name.strip()} is not to be found")
    return found


def wrong_commands(text: str) -> list[str]:
    return [
        f"there is no command {package} {name}"
        for package, name in COMMAND.findall(text)
        if not known_command(package, name)
    ]


def wrong_names(code: str) -> list[str]:
    """Name what a text cites of ours that does not exist: dotted names, and readers."""
    faults = [
        f"{name} is not to be found"
        for name in OURS.findall(code)
        if find(name) is None and not name.endswith(FILE_ENDINGS) and name not in NO_MODULES
    ]
    faults += [
        f"ClassTree has no {name}"
        for name in re.findall(r"ClassTree\.(\w+)", code)
        if not hasattr(ClassTree, name)
    ]
    return faults


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_docstrings_cite_exists(path):
    assert broken(path) == []


def test_the_guard_sees_what_leads_nowhere(tmp_path):
    text = """
def documented(tree: ClassTree, width=3):
    \'\'\'See `width`, `tree`, `classes`, `compare`, `ClassTree.from_newick`, `hiertools compare`.

    But `height`, `hiertools.no_such`, `ClassTree.from_thin_air`, `hiertools show-scores`, `a + b`,
    `hiertools._core.checks`, ``hiertools.gone.x``, ``ClassTree.from_air()``, ``hiertools fly``.

    See Also
    --------
    path_distances : is there
    no_such_function : is not
    \'\'\'
"""
    path = tmp_path / "sample.py"
    path.write_text(text.replace("\\'", "'"), encoding="utf-8")
    seen = " ".join(broken(path))
    wrong = [
        "height",
        "hiertools.no_such",
        "ClassTree.from_thin_air",
        "hiertools show-scores",
        "a + b",
    ]
    wrong += ["hiertools._core.checks", "hiertools.gone.x", "from_air", "hiertools fly"]
    wrong += ["no_such_function"]
    assert [name for name in wrong if name not in seen] == []
    assert len(broken(path)) == len(wrong)


# ---- messages


def messages(path: Path) -> Iterator[tuple[str, str]]:
    """Yield where and text of every string that is no docstring; {} for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skip = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skip |= {id(part) for part in node.values}
            text = "".join(
                part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip
        ):
            text = node.value
        else:
            continue
        yield f"{name_of(path)}:{node.lineno}", text


@functools.cache
def parameters_of_public_things() -> frozenset[str]:
    """Names of all options: of public functions, classes and their methods, and of the configs."""
    names: set[str] = set()
    for face in (*FACES, "hiertools_torch"):
        module = importlib.import_module(face)
        for name in module.__all__:
            thing = getattr(module, name)
            makers = [thing]
            if isinstance(thing, type):
                makers += [getattr(thing, n, None) for n in dir(thing) if not n.startswith("_")]
            for maker in makers:
                if callable(maker):
                    try:
                        names |= set(inspect.signature(maker).parameters)
                    except ValueError:  # some of numpy's and Python's own have none
                        continue
    return frozenset(names)


OTHER_COMMANDS = frozenset({"nworkers", "nthreads", "standalone", "nproc-per-node"})
"""Options of Dask's and PyTorch's commands, which studies start or tell users of."""


def test_what_messages_cite_exists():
    faults = []
    for path in FILES:
        package = path.relative_to(ROOT).parts[0]
        options = frozenset({"help"}).union(*commands(package).values(), OTHER_COMMANDS)
        for where, text in messages(path):
            quoted = " ".join(SINGLE.findall(text))
            faults += [f"{where}: {fault}" for fault in wrong_names(text) + wrong_commands(quoted)]
            if path.name != "page.py":  # whose style sheet has variables of this form
                faults += [
                    f"{where}: no command has an option --{option}"
                    for option in OPTION.findall(text)
                    if option not in options
                ]
            faults += [
                f"{where}: nothing public takes {name}="
                for name in KEYWORD.findall(text)
                if name not in parameters_of_public_things() | OF_OTHERS
            ]
    assert faults == []
