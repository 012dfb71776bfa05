"""Tree objects: entries and every defect, by table, and a property that the fast answer is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.facts import Defect
from lanegate.core.objects import MOST_DEFECTS, is_plain_tree, tree_defects, tree_entries

ID = bytes(range(20))


def tree(*entries: tuple[str, bytes], length: int = 20) -> bytes:
    return b"".join(b"%b %b\0%b" % (mode.encode(), name, bytes(range(length))) for mode, name in entries)


def what(*entries: tuple[str, bytes]) -> list[tuple[str, bytes | None]]:
    return [(defect.what, defect.path) for defect in tree_defects(tree(*entries), 20)]


def test_entries_in_order() -> None:
    raw = tree(("100644", b"a b"), ("40000", b"dir\n"), ("120000", b"\xff"))
    assert tree_entries(raw, 20) == [(b"100644", b"a b", ID), (b"40000", b"dir\n", ID), (b"120000", b"\xff", ID)]
    assert tree_entries(b"", 20) == []


def test_entries_with_long_ids_that_hold_any_byte() -> None:
    raw = b"100644 a\0" + b"\n\0 1" * 8 + b"40000 b\0" + b"1" * 32
    assert tree_entries(raw, 32) == [(b"100644", b"a", b"\n\0 1" * 8), (b"40000", b"b", b"1" * 32)]


@pytest.mark.parametrize(
    "raw", [b"x", tree(("100644", b"a"))[:-1], b"?" + tree(("100644", b"a")), tree(("100644", b""))]
)
def test_what_is_no_row_of_entries_has_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not a tree object"):
        tree_entries(raw, 20)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [("100644", b"a"), ("100755", b"b"), ("120000", b"c"), ("160000", b"d"), ("40000", b"e")],
        [("100644", b"a.b"), ("40000", b"a"), ("100644", b"a0")],
        [("100644", b".gitattributes"), ("100644", b".gitignore"), ("100644", b"git"), ("100644", b"x.git")],
        [("100644", b"...")],
        [("100644", b"a b."), ("100644", b"git~2"), ("100644", "ü".encode()), ("100644", b"\xff")],
        [("100644", b"c\\d")],
        [("100644", b".gita"), ("100644", ".gi\u200dtb".encode())],
    ],
)
def test_honest_trees(entries: list[tuple[str, bytes]]) -> None:
    assert what(*entries) == []


@pytest.mark.parametrize(
    "name",
    [
        b".git",
        b".GIT",
        b".Git.",
        b".git ",
        b".git. .",
        b".git:x",
        b".git::$INDEX_ALLOCATION",
        b"git~1",
        b"GIT~1.",
        b"git~1:a",
        b"x\\.git",
        b".git\\x",
        b"a\\GIT~1\\b",
        ".g\u200cit".encode(),
        "\ufeff.git".encode(),
        ".GIT\u206f".encode(),
        "\u202a.git .".encode(),
        b".git\xff",
    ],
)
def test_spellings_of_dot_git(name: bytes) -> None:
    assert what(("40000", name)) == [("tree entry whose name is .git to some file system", name)]


#: What HFS+ leaves out, as git has it (utf8.c: next_hfs_char); beside each stretch stand letters that it keeps.
LEFT_OUT = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufeff"
KEPT = "\u200b\u2010\u2029\u202f\u2069\u2070\ufefe\uff00"


@pytest.mark.parametrize("letter", LEFT_OUT + KEPT, ids=lambda letter: f"{ord(letter):04x}")
def test_what_hfs_leaves_out_of_a_name(letter: str) -> None:
    told = what(("40000", f".g{letter}it".encode()))
    assert bool(told) == (letter in LEFT_OUT)


@pytest.mark.parametrize("mode", ["040000", "100664", "100600", "0", "140000", "160755", "40755", "120777", "1006440"])
def test_other_modes(mode: str) -> None:
    assert what((mode, b"a")) == [(f"tree entry of mode {mode}", b"a")]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("40000", b".")], [("tree entry named . or ..", b".")]),
        ([("40000", b"..")], [("tree entry named . or ..", b"..")]),
        ([("100644", b"a/b")], [("slash in the name of a tree entry", b"a/b")]),
        ([("100644", b"a"), ("100644", b"b/")], [("slash in the name of a tree entry", b"b/")]),
        ([("100644", b"")], [("tree entry without a name", b"")]),
        ([("100644", b"a\n")], [("control character in the name of a tree entry", b"a\n")]),
        ([("100644", b"\x7f")], [("control character in the name of a tree entry", b"\x7f")]),
        ([("100644", b"b"), ("100644", b"a")], [("tree entry out of order", b"a")]),
        ([("40000", b"a"), ("100644", b"a.b")], [("tree entry out of order", b"a.b")]),
        ([("100644", b"a.b"), ("100644", b"a")], [("tree entry out of order", b"a")]),
        ([("100644", b"a0"), ("40000", b"a")], [("tree entry out of order", b"a")]),
        ([("100644", b"a"), ("100644", b"a")], [("duplicate tree entry", b"a")]),
        ([("100644", b"a"), ("100644", b"a-"), ("40000", b"a")], [("duplicate tree entry", b"a")]),
        ([("8", b"a")], [("tree entry of mode 8", b"a")]),
        ([("é", b"a")], [("tree entry of mode \\xc3\\xa9", b"a")]),
        ([("", b"a")], [("tree entry of mode ", b"a")]),
        ([("1" * 13, b"a")], [("tree entry of mode " + "1" * 12, b"a")]),
        ([("100664", b"100644")], [("tree entry of mode 100664", b"100644")]),
        (
            [(mode, b"%d" % n) for n, mode in enumerate(["40000", "100644", "100755", "120000", "160000", "777"])],
            [("tree entry of mode 777", b"5")],
        ),
    ],
)
def test_defects(entries: list[tuple[str, bytes]], expected: list[tuple[str, bytes]]) -> None:
    assert what(*entries) == expected


@pytest.mark.parametrize("name", [b".git", b"..", b".git:x", b"git~1", b"a\n", b"\xff\\.git"])
def test_a_bad_name_is_told_between_honest_ones_whatever_the_ids(name: bytes) -> None:
    """An id is any bytes: here letters only, so that nothing but the name is remarkable."""
    names = sorted([b" first", name, b"zz"])
    raw = b"".join(
        b"40000 %b\0%b" % (each, letter * 20) for each, letter in zip(names, (b"i", b"j", b"k"), strict=True)
    )
    assert [defect.path for defect in tree_defects(raw, 20)] == [name]


def test_defects_beside_long_ids() -> None:
    raw = tree(("100664", b"a"), ("100644", b"b"), ("40000", b".."), length=32)
    assert [defect.path for defect in tree_defects(raw, 32)] == [b"a", b"..", b".."]


def test_a_path_is_told_with_its_folder() -> None:
    assert tree_defects(tree(("40000", b".git")), 20, b"src/ui/")[0].path == b"src/ui/.git"


@pytest.mark.parametrize(
    "raw", [b"100644", b"100644 a", tree(("100644", b"a"))[:-1], b"100644 a\0", b"x\0" + tree(("100644", b"a"))]
)
def test_truncated(raw: bytes) -> None:
    assert tree_defects(raw, 20) == (Defect("truncated tree object", b""),)


def test_the_number_of_defects_told_is_bounded() -> None:
    assert len(tree_defects(tree(*[("1", b"%d" % number) for number in range(1000)]), 20)) == MOST_DEFECTS


NAMES = st.sampled_from(
    [b"a", b"a.b", b"b", b".git", b".gitx", b"git~1", b"\xc3\xbc", b"..", b"a/", b"", b"\n", b"B", b"a0", b"x."]
)
ENTRIES = st.tuples(st.sampled_from(["100644", "40000", "100644", "100755", "040000"]), NAMES)


@given(st.lists(ENTRIES, max_size=5).map(lambda entries: tree(*entries)) | st.binary())
def test_a_plain_tree_has_no_defects_and_what_is_no_tree_has(raw: bytes) -> None:
    try:
        entries = tree_entries(raw, 20)
    except ValueError:
        assert tree_defects(raw, 20)
        return
    assert not (is_plain_tree(entries) and tree_defects(raw, 20))


def test_an_ordinary_tree_is_plain() -> None:
    raw = tree(("100644", b".gitignore"), ("100755", b"A b~"), ("120000", b"src.x"), ("40000", b"src"))
    assert is_plain_tree(tree_entries(raw, 20))
