"""Malformed commits and trees on a server whose own fsck is off, as it is by default (THREATS: "Malformed trees pass").

Some of them git itself refuses to follow before any hook runs (`GIT`); then it is enough that nothing moved.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import (
    GITLINK,
    LANE,
    MAIN,
    SYMLINK,
    Arena,
    arena,
    blob,
    codes_in,
    commit_tree,
    commit_with,
    hash_object,
    raw_commit,
    tree,
    tree_with,
)
from tests.support import Clone

GIT = "git"
PEOPLE = b"author Bob <bob@x> 1700000000 +0000\ncommitter Bob <bob@x> 1700000000 +0000\n"
SIGNATURE = b"gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n"
MESSAGE = b"\nChange\n\nLane: ui\n"


def lax(folder: Path) -> Arena:
    return arena(folder, config={"receive.fsckObjects": "false", "transfer.fsckObjects": "false"})


def judged(at: Arena, commit: str, code: str | None, ref: str = LANE) -> None:
    """Push a commit: accepted (None), refused with a code, or refused by git or by lanegate (GIT)."""
    if code is None:
        at.accepts(f"{commit}:{ref}")
    elif code != GIT:
        at.refuses(f"{commit}:{ref}", codes=[code])
    else:
        before = at.refs()
        ran = at.clone.push(f"{commit}:{ref}")
        assert not ran.ok, ran.both
        assert at.refs() == before
        assert codes_in(ran) <= {"LG604", "LG903"}
        assert "Traceback" not in ran.both
        at.sound()


def start(clone: Clone) -> bytes:
    return f"tree {clone.out('rev-parse', 'HEAD^{tree}')}\nparent {clone.head()}\n".encode()


#: (name, the commit object after its `tree` and `parent` headers, code).
COMMITS: list[tuple[str, bytes, str | None]] = [
    ("honest", PEOPLE + MESSAGE, None),
    ("signature_honest", PEOPLE + SIGNATURE + MESSAGE, None),
    ("unknown_headers_honest", PEOPLE + b"change-id kzz\nHG:extra a:b\n" + MESSAGE, None),
    ("mergetag_honest", PEOPLE + b"mergetag object 1\n type commit\n tag v\n \n text\n" + MESSAGE, None),
    ("encoding", PEOPLE + b"encoding ISO-8859-1\n" + MESSAGE, "LG604"),
    ("encoding_utf7", PEOPLE + b"encoding UTF-7\n" + MESSAGE, "LG604"),
    ("two_signatures", PEOPLE + SIGNATURE + SIGNATURE + MESSAGE, "LG604"),
    ("two_kinds_of_signature", PEOPLE + SIGNATURE + b"gpgsig-sha256 x\n" + MESSAGE, "LG604"),
    ("two_authors", PEOPLE[:40] + b"\n" + PEOPLE + MESSAGE, GIT),
    ("second_author_after", PEOPLE + b"author Ana <ana@x> 1 +0000\n" + MESSAGE, "LG604"),
    ("second_committer", PEOPLE + b"committer Ana <ana@x> 1 +0000\n" + MESSAGE, "LG604"),
    ("second_tree", PEOPLE + b"tree " + b"4" * 40 + b"\n" + MESSAGE, "LG604"),
    ("parent_after_author", PEOPLE + b"parent HEAD\n" + MESSAGE, "LG604"),
    ("committer_first", b"".join(reversed(PEOPLE.splitlines(keepends=True))) + MESSAGE, "LG604"),
    ("no_author", PEOPLE.split(b"\n", 1)[1] + MESSAGE, "LG604"),
    ("nul_in_the_message", PEOPLE + b"\nChange\0\n\nLane: ui\n", "LG604"),
    ("nul_hides_a_lane", PEOPLE + b"\nChange\n\nLane: core\0\n\nLane: ui\n", "LG604"),
    ("nul_in_a_header", PEOPLE + b"x a\0b\n" + MESSAGE, "LG604"),
    ("header_without_value", PEOPLE + b"strange\n" + MESSAGE, "LG604"),
    ("continuation_of_the_committer", PEOPLE + b" more\n" + MESSAGE, "LG604"),
    ("message_not_utf8_honest", PEOPLE + b"\n\xff\xfe\n\nLane: ui\n", None),
]


@pytest.mark.parametrize(("rest", "code"), [pytest.param(rest, code, id=name) for name, rest, code in COMMITS])
def test_commit_objects(tmp_path: Path, rest: bytes, code: str | None) -> None:
    at = lax(tmp_path)
    other = commit_with(at.clone, {})
    at.plant(f"{other}:{LANE}")
    rest = rest.replace(b"HEAD", other.encode())
    judged(at, raw_commit(at.clone, start(at.clone) + rest), code, MAIN)


def test_duplicate_and_many_parents(tmp_path: Path) -> None:
    at = lax(tmp_path)
    head, top = at.clone.head(), at.clone.out("rev-parse", "HEAD^{tree}")
    side = commit_tree(at.clone, top, head, message="Side\n\nLane: ui\n")
    other = commit_tree(at.clone, top, head, message="Other\n\nLane: ui\n")
    same = f"tree {top}\nparent {head}\nparent {head}\n".encode() + PEOPLE + b"\nMerge\n\nLane: ui\n"
    judged(at, raw_commit(at.clone, same), "LG603")
    judged(at, commit_tree(at.clone, top, head, side, other, message="Merge\n\nLane: ui\n"), "LG603")
    judged(at, commit_tree(at.clone, top, head, side, message="Merge\n"), None)


def with_folder(clone: Clone, raw: bytes) -> str:
    """A commit that adds the folder src/ui/new, whose tree object is `raw`."""
    below = hash_object(clone, "tree", raw)
    for parent in ("src/ui", "src", ""):
        name = {"src/ui": "new", "src": "ui", "": "src"}[parent]
        rows = {name: (mode, oid) for mode, name, oid in _entries(clone, f"HEAD:{parent}")}
        rows[name] = ("40000", below)
        ordered = sorted(rows, key=lambda name: name + "/" if rows[name][0] == "40000" else name)
        below = tree(clone, *[(rows[name][0], name.encode(), rows[name][1]) for name in ordered])
    return commit_tree(clone, below, "HEAD")


def _entries(clone: Clone, treeish: str) -> list[tuple[str, str, str]]:
    rows = [line.split(None, 3) for line in clone.out("ls-tree", treeish).splitlines()]
    return [(mode.lstrip("0"), name, oid) for mode, _, oid, name in rows]


F, T = b"f", b"t"
#: (name, the entries of a new folder as (mode, name, a blob's id or a tree's), code).
TREES: list[tuple[str, list[tuple[str, bytes, bytes]], str | None]] = [
    ("honest", [("100644", b"a", F), ("100755", b"b", F), ("40000", b"c", T), (SYMLINK, b"d", F)], None),
    ("submodule_honest", [(GITLINK, b"a", F)], None),
    ("folder_sorts_as_with_a_slash_honest", [("100644", b"a.b", F), ("40000", b"a", T), ("100644", b"a0", F)], None),
    ("mode_100664", [("100664", b"a", F)], "LG604"),
    ("mode_100600", [("100600", b"a", F)], "LG604"),
    ("mode_with_leading_zero", [("040000", b"a", T)], "LG604"),
    ("mode_0", [("0", b"a", F)], GIT),
    ("mode_100000", [("100000", b"a", F)], "LG604"),
    ("mode_140000", [("140000", b"a", F)], GIT),
    ("duplicate", [("100644", b"a", F), ("100644", b"a", F)], "LG604"),
    ("duplicate_file_and_folder", [("100644", b"a", F), ("40000", b"a", T)], "LG604"),
    ("duplicate_far_apart", [("100644", b"a", F), ("100644", b"a.b", F), ("40000", b"a", T)], "LG604"),
    ("unsorted", [("100644", b"b", F), ("100644", b"a", F)], "LG604"),
    ("unsorted_folder", [("40000", b"a", T), ("100644", b"a.b", F)], "LG604"),
    ("empty_name", [("100644", b"", F)], GIT),
    ("dot", [("40000", b".", T)], "LG604"),
    ("dot_dot", [("40000", b"..", T)], "LG604"),
    ("dot_dot_file", [("100644", b"..", F)], "LG604"),
    ("slash", [("100644", b"../core/index.py", F)], "LG604"),
    ("slash_below", [("100644", b"a/b", F)], "LG604"),
    ("dot_git", [("40000", b".git", T)], "LG604"),
    ("dot_git_case", [("40000", b".GiT", T)], "LG604"),
    ("dot_git_ntfs_short", [("40000", b"git~1", T)], "LG604"),
    ("dot_git_ntfs_dots", [("40000", b".git. .", T)], "LG604"),
    ("dot_git_ntfs_stream", [("40000", b".git::$INDEX_ALLOCATION", T)], "LG604"),
    ("dot_git_ntfs_backslash", [("100644", b"a\\.git\\config", F)], "LG604"),
    ("dot_git_hfs", [("40000", ".g\u200cit".encode(), T)], "LG604"),
    ("dot_gitignore_honest", [("100644", b".gitignore", F), ("100644", b".gitx", F)], None),
    ("newline", [("100644", b"a\nb", F)], "LG604"),
    ("escape", [("100644", b"\x1b[31m", F)], "LG604"),
    ("delete", [("100644", b"a\x7f", F)], "LG604"),
    ("case_twins", [("100644", b"README", F), ("100644", b"readme", F)], "LG604"),
    ("case_twins_folder", [("40000", b"A", T), ("100644", b"a", F)], "LG604"),
    ("trailing_dot_twin", [("100644", b"a", F), ("100644", b"a.", F)], "LG604"),
    ("trailing_space_twin", [("100644", b"a", F), ("100644", b"a ", F)], "LG604"),
    ("normalisation_twins", [("100644", b"e\xcc\x81", F), ("100644", b"\xc3\xa9", F)], "LG604"),
    ("sharp_s_twins", [("100644", b"strasse", F), ("100644", "straße".encode(), F)], "LG604"),
    ("kelvin_twin", [("100644", b"k", F), ("100644", "\u212a".encode(), F)], "LG604"),
    ("one_of_each_honest", [("100644", b"Readme", F), ("100644", b"readme.md", F), ("100644", b"\xc3\xa9", F)], None),
    ("not_utf8_honest", [("100644", b"\xe9", F), ("100644", b"\xff", F)], None),
]


def test_a_tree_that_git_cannot_compare_is_told_all_the_same(tmp_path: Path) -> None:
    """A name `a/x`, and then a folder `a` with a file `x`: git's listing of changes breaks off there."""
    at = lax(tmp_path)
    file = blob(at.clone, "target")
    bad = with_folder(at.clone, raw_entry("100644", b"a/x", file))
    below = tree(at.clone, ("100644", b"x", file))
    later = with_folder(at.clone, raw_entry("40000", b"a", below))
    onto = commit_tree(at.clone, f"{later}^{{tree}}", bad, message="Change\n\nLane: ui\n")
    for commit, code in ((bad, "LG604"), (onto, "LG604"), (later, None)):
        judged(at, commit, code)


@pytest.mark.parametrize(("entries", "code"), [pytest.param(entries, code, id=name) for name, entries, code in TREES])
def test_trees(tmp_path: Path, entries: list[tuple[str, bytes, bytes]], code: str | None) -> None:
    at = lax(tmp_path)
    file = blob(at.clone, "target")
    folder = hash_object(at.clone, "tree", b"100644 x\0" + bytes.fromhex(file))
    ids = {F: file, T: folder}
    judged(at, with_folder(at.clone, b"".join(raw_entry(m, n, ids[k]) for m, n, k in entries)), code)


def raw_entry(mode: str, name: bytes, oid: str) -> bytes:
    return b"%b %b\0%b" % (mode.encode(), name, bytes.fromhex(oid))


@pytest.mark.parametrize("mode", ["40000", "100644", "120000"])
@pytest.mark.parametrize("kind", ["blob", "tree", "commit", "tag"])
def test_entries_that_are_not_what_their_mode_says(tmp_path: Path, mode: str, kind: str) -> None:
    """A folder that is a file, a file that is a folder or a commit: left to git's own check, which install turns on."""
    at = arena(tmp_path)
    file = blob(at.clone, "x")
    at.clone.git("tag", "-a", "-m", "v", "v")
    ids = {
        "blob": file,
        "tree": hash_object(at.clone, "tree", raw_entry("100644", b"x", file)),
        "commit": at.clone.head(),
        "tag": at.clone.out("rev-parse", "refs/tags/v"),
    }
    honest = kind == ("tree" if mode == "40000" else "blob")
    judged(at, with_folder(at.clone, raw_entry(mode, b"a", ids[kind])), None if honest else GIT)


@pytest.mark.parametrize(("tail", "code"), [(b"100644 x", GIT), (b"100644 x\0short", GIT), (b"\0", GIT), (b"", None)])
def test_truncated_trees(tmp_path: Path, tail: bytes, code: str | None) -> None:
    at = lax(tmp_path)
    judged(at, with_folder(at.clone, raw_entry("100644", b"a", blob(at.clone)) + tail), code)


def test_a_malformed_tree_of_an_old_commit_does_not_stop_honest_work(tmp_path: Path) -> None:
    """What stands there already is not new: nobody can mend it without rewriting history."""
    at = lax(tmp_path)
    at.begin_at(with_folder(at.clone, raw_entry("100664", b"a", blob(at.clone))))
    at.clone.change({"src/core/index.py": "index = 2\n"}, lane="core")
    assert at.clone.push("HEAD:main").ok


def test_old_twins_stay_usable_and_new_ones_are_refused(tmp_path: Path) -> None:
    at = lax(tmp_path)
    at.begin_at(commit_tree(at.clone, _with_file(at, "src/ui/Search.py"), "HEAD"))
    at.accepts(f"{commit_tree(at.clone, _with_file(at, 'src/ui/other.py'), 'HEAD')}:{LANE}")
    judged(at, commit_tree(at.clone, _with_file(at, "src/ui/SEARCH.py"), "HEAD"), "LG604", MAIN)


def _with_file(at: Arena, path: str) -> str:
    return tree_with(at.clone, "HEAD", {path.encode(): ("100644", blob(at.clone))})


def test_a_twin_of_the_policy_file(tmp_path: Path) -> None:
    """On a disk without case the twin would be the policy; core owns /policy/ and nobody owns /Policy/."""
    at = lax(tmp_path)
    made = commit_tree(at.clone, _with_file(at, "Policy/lanegate.toml"), "HEAD", message="X\n\nLane: core\n")
    at.refuses(f"{made}:refs/heads/lane/core", codes=["LG103", "LG604"])
    made = commit_tree(at.clone, _with_file(at, "policy/Lanegate.TOML"), "HEAD", message="X\n\nLane: core\n")
    at.refuses(f"{made}:refs/heads/lane/core", codes=["LG604"])
    made = commit_tree(at.clone, _with_file(at, "policy/readme.md"), "HEAD", message="X\n\nLane: core\n")
    at.accepts(f"{made}:refs/heads/lane/core")


def test_a_malformed_commit_below_an_honest_tip(tmp_path: Path) -> None:
    at = lax(tmp_path)
    bad = raw_commit(at.clone, start(at.clone) + PEOPLE + b"encoding x\n" + MESSAGE)
    tip = commit_tree(at.clone, at.clone.out("rev-parse", "HEAD^{tree}"), bad)
    judged(at, tip, "LG604")
