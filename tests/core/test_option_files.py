"""Files of options: read whole, each name once, and nothing in them passed over."""

from pathlib import Path

import pytest

from hiertools._core.option_files import read_mapping
from hiertools.cli import run
from hiertools.errors import FileFormatError

ENDINGS = (".toml", ".yaml", ".yml", ".json")
KINDS = [
    "a.toml",
    "a.json",
    *(pytest.param(f"a.{kind}", marks=pytest.mark.needs("yaml")) for kind in ("yaml", "yml")),
]


def text_of(name, *pairs):
    """Write options as the ending of a name has it."""
    if name.endswith("json"):
        return "{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}"
    sign = "=" if name.endswith("toml") else ":"
    return "".join(f"{key}{sign} {value}\n" for key, value in pairs)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_kind_is_read_however_an_editor_saved_it(name, encoding):
    text = text_of(name, ("metric", '"cosine"'), ("seed", 3)).replace("\n", "\r\n")
    Path(name).write_bytes(text.encode(encoding))
    assert read_mapping(name, ENDINGS) == {"metric": "cosine", "seed": 3}


@pytest.mark.parametrize("name", KINDS)
def test_no_option_is_there_twice(name):
    Path(name).write_text(text_of(name, ("seed", 3), ("seed", 4)))
    with pytest.raises(FileFormatError, match=r"more than once|Cannot overwrite"):
        read_mapping(name, ENDINGS)


@pytest.mark.needs("yaml")
def test_a_merge_key_of_yaml_may_stand_beside_what_it_brings():
    Path("a.yaml").write_text("base: &b {seed: 1, dim: 2}\nmine: {<<: *b, seed: 3}\n")
    assert read_mapping("a.yaml", ENDINGS)["mine"] == {"seed": 3, "dim": 2}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_without_content_holds_no_options(name):
    Path(name).write_text("\n")
    assert read_mapping(name, ENDINGS) == {}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.json", b"[" * 100_000, "is not valid JSON: it is nested deeper"),
        ("a.json", b'"text"', "holds no options by their names"),
        ("a.json", b'{"metric": "cosin\xe9"}', "is not UTF-8 text"),
        ("a.toml", b"seed = ", "is not valid TOML"),
        ("a.ini", b"[a]", "must end in .toml, .yaml, .yml or .json."),
    ],
)
def test_what_is_no_file_of_options_is_told_in_a_sentence(name, content, told):
    Path(name).write_bytes(content)
    with pytest.raises(FileFormatError, match=told):
        read_mapping(name, ENDINGS)


def test_a_folder_is_no_file_of_options():
    Path("a.toml").mkdir()
    with pytest.raises(FileFormatError, match="'a.toml' can't be read"):
        read_mapping("a.toml", ENDINGS)


@pytest.mark.parametrize("key", ["compare", "show", "compare-trees", "config"])
def test_no_key_is_passed_over_because_a_command_has_its_name(key, capsys):
    Path("a.json").write_text(f'{{"{key}": {{"permutations": 0}}}}')
    assert run(["compare", "--config", "a.json", "a.npz", "t.nwk"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"hiertools: 'a.json' has the key '{key}', which is no option")
    assert told.count("\n") == 1
