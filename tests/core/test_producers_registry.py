"""How sources are resolved, and how other packages add theirs."""

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht
from hiertools import (
    ClassRepresentatives,
    DistanceMatrix,
    HiertoolsError,
    MissingDependencyError,
    OptionError,
    RepresentativesError,
)
from hiertools.producers import is_source, list_producers, produce
from hiertools.representatives.producers import registry

REPS = ClassRepresentatives([[1.0, 0], [0, 1], [1, 1]], ["lynx", "wolf", "newt"], "proxy")
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.mark.parametrize(
    "name",
    ["reps.npz", "reps.csv", pytest.param("reps.parquet", marks=pytest.mark.needs("pyarrow"))],
)
def test_files_by_scheme_and_by_ending(tmp_path, name):
    REPS.save(tmp_path / name)
    for source in (f"{tmp_path}/{name}", tmp_path / name, f"{name[5:]}:{tmp_path}/{name}"):
        found = produce(source)
        assert np.array_equal(found.vectors, REPS.vectors)
        assert found.classes == REPS.classes


def test_names_of_imagenet(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(1000, 2))
    np.savez(tmp_path / "bare.npz", vectors=vectors)
    source = f"npz:{tmp_path}/bare.npz"
    words = ht.load_imagenet_head().classes
    found = produce(f"{source}?names=imagenet")
    assert found.classes == words == produce(source, names="words").classes
    assert np.array_equal(found.vectors, vectors)
    synsets = ht.load_imagenet_tree("synsets").classes
    assert produce(f"{source}?names=synsets").classes == synsets
    for tree in ("shipped:imagenet", ht.load_imagenet_tree()):
        assert set(ht.as_tree(tree).classes) == set(found.classes)
    with pytest.raises(OptionError, match="names has no option 'imagnet'.*Did you mean 'imagenet'"):
        produce(f"{source}?names=imagnet")
    with pytest.raises(OptionError, match="names= and classes= both say what the classes are"):
        produce(f"{source}?names=imagenet&classes={tmp_path}/names.txt")
    np.savez(tmp_path / "bare.npz", vectors=vectors[:9])
    with pytest.raises(RepresentativesError, match="9 rows but 1000 class names"):
        produce(f"{source}?names=imagenet")


def test_options_in_the_source(tmp_path):
    np.savez(tmp_path / "bare.npz", vectors=REPS.vectors)
    (tmp_path / "names.txt").write_text("a b\nc\r\nd/é\n", "utf-8")
    (tmp_path / "names.json").write_text('{"x": 2, "y": 0, "z": 1}')
    source = f"npz:{tmp_path}/bare.npz?classes={tmp_path}/names.txt"
    assert produce(source).classes == ("a b", "c", "d/é")
    assert produce(source, classes=["k", "l", "m"]).classes == ("k", "l", "m")
    by_index = produce(f"{tmp_path}/bare.npz", classes=f"{tmp_path}/names.json")
    assert by_index.classes == ("y", "z", "x")
    assert produce(f"{tmp_path}/bare.npz?classes={tmp_path}/names.txt").classes[0] == "a b"


def test_what_is_a_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_source("timm:resnet50")
    assert is_source("my-scheme:x:y")
    assert not is_source("a.npz")
    assert not is_source("C:\\a.npz")
    Path("odd:name.npz").write_bytes(b"")
    assert not is_source("odd:name.npz")
    assert is_source(Path("model.onnx"))
    assert is_source("model.pt?layer=fc")
    assert not is_source(Path("timm:resnet50"))
    assert not is_source(REPS)


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (
            "tim:resnet50",
            OptionError,
            r"no producer .* known schemes: npz:, .*Did you mean 'timm:'",
        ),
        ("proxies.xyz", OptionError, r"neither scheme:rest nor a file of a known ending"),
        ("npz:", OptionError, "says nothing after the colon, for instance 'npz:proxies.npz'"),
        (
            "npz:a.npz?layer=fc",
            OptionError,
            "the producer 'npz' has no option 'layer'; .*'classes'",
        ),
        ("npz:a.npz?classes", OptionError, "'classes' is no option; write name=value"),
        ("npz:a.npz?classes=a&classes=b", OptionError, "gives the option 'classes' twice"),
        ("npz:none.npz", HiertoolsError, "there is no such file"),
    ],
)
def test_bad_sources(source, error, message):
    with pytest.raises(error, match=message):
        produce(source)


def test_bad_names(tmp_path):
    np.savez(tmp_path / "bare.npz", vectors=REPS.vectors)
    path = str(tmp_path / "bare.npz")
    with pytest.raises(OptionError, match="classes='none.txt': there is no such file"):
        produce(path, classes="none.txt")
    with pytest.raises(RepresentativesError, match="rows of 2 classes must be 0 to 1, each once"):
        produce(path, classes={"a": 0, "b": 2})
    with pytest.raises(RepresentativesError, match="must go from class name to row"):
        produce(path, classes={"a": "b", "c": 1.5, "d": None})
    with pytest.raises(HiertoolsError, match="3 rows but 2 class names"):
        produce(path, classes=["a", "b"])


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr(registry, "_installed", lambda module: module != "timm")
    with pytest.raises(MissingDependencyError, match=r"timm, which is not .*'hiertools\[vision\]'"):
        produce("timm:resnet50")
    listed = {info.scheme: info for info in list_producers()}
    assert not listed["timm"].available
    assert "hiertools[vision]" in listed["timm"].problem
    assert listed["npz"].available
    assert all(info.describes and info.example for info in listed.values())


def test_examples_of_the_table_name_their_own_scheme():
    for info in list_producers():
        if info.package == "hiertools":
            assert info.example.startswith(f"{info.scheme}:")


@pytest.mark.parametrize("installed", [False, True])
def test_every_field_of_the_list_of_our_producers(monkeypatch, installed):
    monkeypatch.setattr(registry, "_installed", lambda module: installed)
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    ours = [info for info in list_producers() if info.package == "hiertools"]
    assert [info.scheme for info in ours] == list(registry.BUILT_IN)
    for info in ours:
        entry = registry.BUILT_IN[info.scheme]
        missing = " and ".join(entry.needs) if entry.needs and not installed else ""
        told = f"{info.scheme}: needs {missing}, which is not installed; install it with: "
        assert {field.name: getattr(info, field.name) for field in fields(info)} == {
            "scheme": info.scheme,
            "describes": entry.describes,
            "example": entry.example,
            "package": "hiertools",
            "extra": entry.extra,
            "problem": f"{told}pip install 'hiertools[{entry.extra}]'." if missing else "",
        }
        assert info.available == (not missing)
        assert info.example.startswith(f"{info.scheme}:")
        # What needs a library names the extra that brings it, and nothing else does.
        assert bool(entry.needs) == (entry.extra in extras)
        assert entry.needs or entry.extra == ""


# ---- plug-ins


def plugin(path, name, code, scheme="sample"):
    """Lay down a package as pip would have installed it."""
    (path / f"{name}.py").write_text(code)
    info = path / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hiertools.producers]\n{scheme} = {name}:make\n")


GOOD = '''
from hiertools import ClassRepresentatives

def make(rest, *, scale="1"):
    """Vectors out of thin air."""
    return ClassRepresentatives([[1, 0], [0, float(scale)]], rest.split(","))

make.example = "sample:a,b"
make.extra = "everything"
'''


def test_plugins(tmp_path, monkeypatch):
    plugin(tmp_path, "good_plugin_of_the_test", GOOD)
    plugin(tmp_path, "broken_plugin_of_the_test", "import no_such_module", "broken")
    plugin(tmp_path, "thief_plugin_of_the_test", GOOD, "npz")
    monkeypatch.syspath_prepend(tmp_path)
    found = produce("sample:lynx,newt?scale=2")
    assert found.classes == ("lynx", "newt")
    assert found.vectors[1, 1] == 2
    with pytest.raises(OptionError, match="'sample' has no option 'size'; valid ones: 'scale'"):
        produce("sample:lynx,newt", size=2)
    message = (
        "producer 'broken' of the package 'broken_plugin_of_the_test' can't be loaded: "
        "ModuleNotFoundError: No module named 'no_such_module'. Other producers still work"
    )
    with pytest.raises(MissingDependencyError, match=message):
        produce("broken:x")
    listed = [info for info in list_producers() if info.package.endswith("of_the_test")]
    assert [info.scheme for info in listed] == ["broken", "npz", "sample"]
    assert message in listed[0].problem
    assert "built in and can't be taken over" in listed[1].problem
    assert listed[2] == registry.ProducerInfo(
        "sample", "Vectors out of thin air.", "sample:a,b", "good_plugin_of_the_test", "everything"
    )
    with pytest.raises(OptionError, match="known schemes: .* sample:.*Did you mean 'sample:'"):
        produce("smple:x")


def test_a_plugin_that_returns_something_else(monkeypatch):
    point = EntryPoint("odd", "builtins:str", "hiertools.producers")
    monkeypatch.setattr(registry, "_entry_points", lambda: {"odd": point})
    with pytest.raises(OptionError, match="the producer 'odd' must return ClassRep.* returned str"):
        produce("odd:x")
    point = EntryPoint("odd", "test_producers_registry:distances", "hiertools.producers")
    monkeypatch.setattr(registry, "_entry_points", lambda: {"odd": point})
    assert isinstance(produce("odd:x"), DistanceMatrix)


def distances(rest):
    return DistanceMatrix([0.5], ["a", "b"])


@pytest.mark.needs("setuptools")
def test_the_sample_plugin_installs_and_works(tmp_path):
    source = tmp_path / "source"
    (source / "word_vectors").mkdir(parents=True)
    for name in ("pyproject.toml", "word_vectors/__init__.py"):
        (source / name).write_bytes((PLUGIN / name).read_bytes())
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    install += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*install, str(source)], check=True, capture_output=True, timeout=300)
    (tmp_path / "vectors.txt").write_text("lynx 1 0\nwolf 0 1\nred 1 1\nfox 3 1\nox 5 5\n")
    (tmp_path / "names.txt").write_text("lynx\nwolf\nred_fox\n")
    code = (
        "import json, hiertools.producers as p\n"
        "reps = p.produce('word-vectors:vectors.txt?classes=names.txt')\n"
        "info = [i for i in p.list_producers() if i.scheme == 'word-vectors'][0]\n"
        "print(json.dumps([reps.classes, reps.vectors.tolist(), info.package, info.describes]))"
    )
    path = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    classes, vectors, package, describes = json.loads(done.stdout)
    assert classes == ["lynx", "wolf", "red_fox"]
    assert vectors == [[1, 0], [0, 1], [2, 1]]
    assert package == "hiertools-word-vectors"
    assert describes == "Mean word vector of each class name."


def test_listing_producers_loads_no_framework():
    code = (
        "import sys, hiertools.producers as p; p.list_producers();"
        "print([m for m in ('torch', 'timm', 'transformers', 'onnx') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "[]"


def test_compare_takes_what_a_producer_makes(tmp_path):
    REPS.save(tmp_path / "reps.npz")
    np.savez(tmp_path / "bare.npz", vectors=REPS.vectors)
    (tmp_path / "c.csv").write_text(",lynx,wolf,newt\nlynx,8,2,0\nwolf,3,7,0\nnewt,1,0,9\n")
    tree = {"lynx": "mammal/lynx", "wolf": "mammal/wolf", "newt": "newt"}
    plain = ht.compare(REPS, tree, permutations=0)
    source = f"npz:{tmp_path}/reps.npz"
    assert ht.compare(source, tree, permutations=0).scores.equals(plain.scores)
    named = ht.compare(f"npz:{tmp_path}/bare.npz", tree, classes=REPS.classes, permutations=0)
    assert named.scores.equals(plain.scores)
    several = ht.compare({"a": source, "b": f"confusion:{tmp_path}/c.csv"}, tree, permutations=0)
    assert isinstance(several, ht.ComparisonSet)
    assert ht.as_representatives(source) == REPS
    assert ht.infer_tree(source) == ht.infer_tree(REPS)
    with pytest.raises(RepresentativesError, match="holds distances .* and no vectors"):
        ht.as_representatives(f"confusion:{tmp_path}/c.csv")
    with pytest.raises(OptionError, match="Did you mean 'timm:'"):
        ht.compare("tim:resnet50", tree)
