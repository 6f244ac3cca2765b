"""Trees from WordNet's noun files, on small files in the true format."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.taxonomies import from_wordnet, resolve_taxonomy
from hiertools.trees.taxonomies.wordnet_files import usual_places

LICENCE = "  1 This software and database is being provided to you, the LICENSEE, by  \n"

# key: words, hypernyms (keys). "dog" has two, of which the second one is nearer to the root.
NOUNS: dict[str, tuple[list[str], list[str]]] = {
    "entity": (["entity"], []),
    "thing": (["physical_entity"], ["entity"]),
    "animal": (["animal", "beast"], ["thing"]),
    "canine": (["canine", "canid"], ["animal"]),
    "dog": (["dog", "domestic_dog"], ["canine", "pet"]),
    "pet": (["domestic_animal"], ["thing"]),
    "wolf": (["wolf"], ["canine"]),
    "puppy": (["puppy"], ["dog"]),
    "machine": (["machine"], ["thing"]),
    "crane machine": (["crane"], ["machine"]),
    "crane bird": (["crane"], ["animal"]),
    "crank": (["crane"], ["machine"]),
    "Laika": (["Laika"], ["dog"]),
}


def write_wordnet(folder: Path, nouns=NOUNS) -> dict[str, str]:
    """Write data.noun and index.noun; return the id of each key."""

    def line(key: str, id_of: dict[str, str]) -> str:
        words, above = nouns[key]
        symbol = "@i" if key == "Laika" else "@"
        pointers = [f"~ {id_of['entity'][1:]} n 0000", f"#m {id_of['entity'][1:]} n 0000"]
        pointers[1:1] = [f"{symbol} {id_of[up][1:]} n 0000" for up in above]
        listed = " ".join(f"{word} 0" for word in words)
        return (
            f"{id_of[key][1:]} 05 n {len(words):02x} {listed} {len(pointers):03d} "
            f'{" ".join(pointers)} | what a {key} is; "not @ 00000000"  \n'
        )

    # An id is the position of its line, and has eight digits whatever it is.
    dummy = dict.fromkeys(nouns, "n00000000")
    id_of, position = {}, len(LICENCE)
    for key in nouns:
        id_of[key] = f"n{position:08d}"
        position += len(line(key, dummy).encode())
    (folder / "data.noun").write_text(LICENCE + "".join(line(key, id_of) for key in nouns))
    senses: dict[str, list[str]] = {}
    for key, (words, _) in nouns.items():
        for word in words:
            senses.setdefault(word.lower(), []).append(id_of[key][1:])
    (folder / "index.noun").write_text(
        LICENCE
        + "".join(
            f"{word} n {len(found)} 2 @ ~ {len(found)} 0 {' '.join(found)}  \n"
            for word, found in sorted(senses.items())
        )
    )
    return id_of


@pytest.fixture
def place(tmp_path):
    return tmp_path, write_wordnet(tmp_path)


def lineages(tree: ht.ClassTree) -> dict[str, str]:
    return {name: "/".join(path) for name, path in tree.to_lineages().items()}


def test_words_senses_and_ids(place):
    folder, id_of = place
    tree = from_wordnet(["wolf", "dog.n.01", id_of["crane bird"]], folder=folder)
    assert lineages(tree) == {
        "wolf": "physical entity/animal/canine/wolf",
        "dog.n.01": "physical entity/animal/canine/dog",
        id_of["crane bird"]: "physical entity/animal/crane",
    }


@pytest.mark.parametrize("word", ["Domestic Dog", "domestic-dog", "domestic_dog", "domestic dog"])
def test_case_blanks_and_hyphens_do_not_matter(place, word):
    tree = from_wordnet({"d": word, "w": "wolf"}, folder=place[0])
    assert lineages(tree)["d"].endswith("canine/dog")


def test_a_class_above_another_and_an_instance(place):
    tree = from_wordnet(["dog", "puppy", "Laika"], folder=place[0])
    assert lineages(tree)["Laika"] == "physical entity/animal/canine/dog/Laika"
    assert tree.n_children[tree.class_node].tolist() == [2, 0, 0]


def test_a_class_that_is_the_root(place):
    tree = from_wordnet(["entity", "physical entity"], folder=place[0])
    assert tree.parent.tolist() == [-1, 0]
    assert tree.class_node.tolist() == [0, 1]


def test_rules_for_several_hypernyms(place):
    first = from_wordnet(["puppy", "wolf"], folder=place[0])
    longest = from_wordnet(["puppy", "wolf"], folder=place[0], hypernyms="longest")
    shortest = from_wordnet(["puppy", "wolf"], folder=place[0], hypernyms="shortest")
    assert first == longest
    assert lineages(first)["puppy"] == "physical entity/animal/canine/dog/puppy"
    assert lineages(shortest)["puppy"] == "physical entity/domestic animal/dog/puppy"
    with pytest.raises(
        ht.TreeError,
        match=r"1 of 2 classes lie below several parents in WordNet: 'puppy'; 'dog', for one, is a "
        r"kind of 'canine' and 'domestic animal'\. Choose hypernyms='first'",
    ):
        from_wordnet(["puppy", "wolf"], folder=place[0], hypernyms="error")
    assert from_wordnet(["crane.n.02", "wolf"], folder=place[0], hypernyms="error").n_classes == 2


def test_siblings_of_one_word_get_their_ids(place):
    folder, id_of = place
    tree = from_wordnet({"lifter": "crane.n.01", "handle": "crane.n.03"}, folder=folder)
    assert lineages(tree) == {
        "lifter": f"physical entity/machine/crane ({id_of['crane machine']})",
        "handle": f"physical entity/machine/crane ({id_of['crank']})",
    }


def test_a_word_with_several_meanings_is_told(place):
    with pytest.warns(
        ht.HiertoolsWarning,
        match=r"1 of 2 classes have several meanings in WordNet: 'crane' \(3 meanings\); the most "
        r"frequent was taken\. Name a sense \('crane\.n\.02'\)",
    ):
        tree = from_wordnet(["crane", "wolf"], folder=place[0])
    assert "machine" in lineages(tree)["crane"]
    with pytest.raises(ht.TreeError, match=r"'crane' \(3 meanings\); name a sense"):
        from_wordnet(["crane", "wolf"], folder=place[0], senses="error")


def test_classes_from_text_and_files(place, tmp_path):
    folder, _ = place
    plain = from_wordnet(["wolf", "dog"], folder=folder)
    assert from_wordnet("wolf, dog", folder=folder) == plain
    file = tmp_path / "classes.txt"
    file.write_text("wolf\n\nHund\tdog\n")
    assert from_wordnet(file, folder=folder) == from_wordnet(str(file), folder=folder)
    assert from_wordnet(file, folder=folder).classes == ("wolf", "Hund")
    assert resolve_taxonomy(f"wordnet:wolf,dog?folder={folder}") == plain
    assert resolve_taxonomy(f"wordnet:{file}?folder={folder}&hypernyms=longest").n_classes == 2


def test_places_where_the_files_lie(place, tmp_path, monkeypatch):
    folder, _ = place
    plain = from_wordnet(["wolf", "dog"], folder=folder)
    for variable in ("WNSEARCHDIR", "WNHOME", "NLTK_DATA"):
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "home"
    (home / "dict").mkdir(parents=True)
    for name in ("data.noun", "index.noun"):
        (home / "dict" / name).write_bytes((folder / name).read_bytes())
    with monkeypatch.context() as patch:
        patch.setenv("WNHOME", str(home))
        assert from_wordnet(["wolf", "dog"]) == plain
    with monkeypatch.context() as patch:
        patch.setenv("WNSEARCHDIR", str(folder))
        assert from_wordnet(["wolf", "dog"]) == plain
    archive = tmp_path / "nltk" / "corpora" / "wordnet.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("data.noun", "index.noun"):
            file.write(folder / name, f"wordnet/{name}")
    monkeypatch.setenv("NLTK_DATA", str(tmp_path / "nltk"))
    assert from_wordnet(["wolf", "dog"]) == plain
    assert from_wordnet(["wolf", "dog"], folder=archive) == plain
    assert Path("/usr/share/wordnet") in list(usual_places())
    monkeypatch.setattr("hiertools.trees.taxonomies.wordnet_files.usual_places", lambda: iter(()))
    with pytest.raises(ht.FileFormatError, match="usual places; install Debian's wordnet-base"):
        from_wordnet(["wolf", "dog"])


def test_bad_input(place, tmp_path):
    folder, id_of = place

    def refused(error, match, classes, **options):
        with pytest.raises(error, match=match):
            from_wordnet(classes, **{"folder": folder, **options})

    refused(
        ht.ClassMismatchError,
        r"2 of 3 classes have no place in the WordNet in .*: 'wolff', 'zzz'\. Closest names there: "
        r"'wolf'\. Say what to look up with a mapping",
        ["dog", "wolff", "zzz"],
    )
    refused(ht.ClassMismatchError, "no place in the WordNet", ["dog.n.02", "wolf"])
    refused(ht.ClassMismatchError, "'n00000007' is no synset .* differ between", ["n00000007"])
    refused(ht.ClassMismatchError, "'n99999999' is no synset", ["n99999999"])
    refused(
        ht.TreeError, "classes 'dog' and 'domestic dog' are one synset", ["dog", "domestic dog"]
    )
    refused(ht.ClassMismatchError, "occur more than once: 'dog'", ["dog", "dog"])
    refused(ht.OptionError, "no class is named", [])
    refused(ht.OptionError, "nothing to look up for class 'dog'", {"dog": " "})
    refused(ht.FileFormatError, r"there is no file 'nothing\.txt'", "nothing.txt")
    refused(ht.FileFormatError, "are not in '.*nowhere'", ["dog"], folder=tmp_path / "nowhere")
    refused(ht.OptionError, "no option 'last'; valid ones: 'first'", ["dog"], hypernyms="last")
    (tmp_path / "bad.zip").write_bytes(b"PK")
    refused(ht.FileFormatError, "no archive that holds", ["dog"], folder=tmp_path / "bad.zip")
    data = (folder / "data.noun").read_text()
    (folder / "data.noun").write_text(data.replace("05 n 02 dog", "05 n zz dog"))
    refused(ht.FileFormatError, f"the line of {id_of['dog']} is damaged", ["dog"])
    (folder / "index.noun").write_text("dog n\n")
    refused(ht.FileFormatError, "no index line: 'dog n'", ["dog"])


def test_changed_line_ends_are_told(place):
    folder, id_of = place
    raw = (folder / "data.noun").read_bytes()
    (folder / "data.noun").write_bytes(raw.replace(b"\n", b"\r\n"))
    with pytest.raises(ht.ClassMismatchError, match="changed line ends"):
        from_wordnet([id_of["wolf"]], folder=folder)


def test_a_cycle_is_refused(tmp_path):
    write_wordnet(tmp_path, {**NOUNS, "canine": (["canine"], ["dog"])})
    with pytest.raises(ht.TreeError, match="a cycle of hypernyms among"):
        from_wordnet(["wolf", "dog"], folder=tmp_path)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_rules_by_definition(tmp_path_factory, data):
    """On a random graph: the shortest and longest of all paths up, and the first parent."""
    n = data.draw(st.integers(2, 9))
    above = [
        data.draw(st.lists(st.integers(0, i - 1), min_size=1, max_size=3, unique=True))
        for i in range(1, n)
    ]
    nouns = {"entity": (["w0"], [])}
    key = ["entity", *(f"k{i}" for i in range(1, n))]
    for i, ups in enumerate(above, start=1):
        nouns[key[i]] = ([f"w{i}"], [key[up] for up in ups])
    folder = tmp_path_factory.mktemp("wordnet")
    write_wordnet(folder, nouns)

    def depths(i: int) -> set[int]:
        return {d + 1 for up in above[i - 1] for d in depths(up)} if i else {0}

    names = [f"w{i}" for i in range(1, n)]
    for rule, pick in (("shortest", min), ("longest", max), ("first", None)):
        tree = from_wordnet(names, folder=folder, hypernyms=rule)
        for i, name in enumerate(names, start=1):
            node = tree.class_node[tree.class_index[name]]
            if pick is not None:
                assert tree.depth[node] == pick(depths(i))
            else:
                parent = tree.labels[tree.parent[node]]
                assert parent == (f"w{above[i - 1][0]}" if above[i - 1][0] else "")
