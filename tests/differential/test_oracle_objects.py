"""The oracle on malformed objects, and the tools that it stands on."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tests.differential import malformed, trailers
from tests.differential.plumbing import Entry, Patterns
from tests.differential.rules import NotAPolicyError, Policy
from tests.differential.small import POLICY, UI, push
from tests.differential.world import World

TREE = "a" * 40
HEAD = b"tree " + b"a" * 40 + b"\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n"


@pytest.mark.parametrize(
    ("raw", "is_sound"),
    [
        (HEAD + b"\nS\n", True),
        (HEAD + b"mergetag object x\n more\n\nS\n", True),
        (HEAD + b"gpgsig x\n y\nHG:x y\nchange-id z\n\nS\n", True),
        (HEAD + b"gpgsig x\ngpgsig x\n\nS\n", False),
        (HEAD + b"encoding latin-1\n\nS\n", False),
        (HEAD + b"author B <a> 1 +0000\n\nS\n", False),
        (HEAD + b"tree " + b"b" * 40 + b"\n\nS\n", False),
        (HEAD + b"\nS\0\n", False),
        (HEAD.replace(b"author", b"autor") + b"\nS\n", False),
        (HEAD, True),
        (HEAD[:-1], False),
        (HEAD + b"gpgsig x\ngpgsig-sha256 x\n\nS\n", False),
    ],
)
def test_commit_objects(raw: bytes, is_sound: bool) -> None:
    assert (malformed.commit_defects(raw) == []) is is_sound


@pytest.mark.parametrize(
    ("entries", "is_sound"),
    [
        ([(b"100644", b"a"), (b"40000", b"a-b"), (b"100755", b"a.b"), (b"120000", b"b"), (b"160000", b"c")], True),
        ([(b"100644", b"a.b"), (b"40000", b"a")], True),
        ([(b"40000", b"a"), (b"100644", b"a.b")], False),
        ([(b"100664", b"a")], False),
        ([(b"040000", b"a")], False),
        ([(b"100644", b"a"), (b"100644", b"a")], False),
        ([(b"100644", b"")], False),
        ([(b"100644", b"..")], False),
        ([(b"100644", b".git")], False),
        ([(b"100644", b"GIT~1")], False),
        ([(b"100644", b".g\xe2\x80\x8cit")], False),
        ([(b"100644", b"a\\.git")], False),
        ([(b"100644", b".gitx"), (b"100644", b"digit")], True),
    ],
)
def test_tree_objects(entries: list[tuple[bytes, bytes]], is_sound: bool) -> None:
    found = malformed.tree_defects([malformed.TreeEntry(mode, name, TREE) for mode, name in entries])
    assert (found == []) is is_sound


def test_old_defects_are_not_held_against_a_commit(world: World, base: str) -> None:
    twins = world.commit({b"ui/A.py": b"x"}, UI, base)
    refs = {"refs/heads/lane/ui": twins}
    assert push(world, base, world.commit({b"ui/b.py": b"x"}, UI, twins), refs=refs) == set()
    assert push(world, base, world.commit({b"ui/b.py": b"x", b"ui/B.py": b""}, UI, twins), refs=refs) == {"LG604"}


def test_patterns_one_by_one(tmp_path: Path) -> None:
    patterns = Patterns(tmp_path)
    for pattern, path, expected in [
        ("/a/", b"a", True),
        ("/a/", b"a/b/c", True),
        ("/a/", b"b/a", False),
        ("a/*.py", b"a/x.py", True),
        ("a/*.py", b"a/x.py/y", True),
        ("a/*.py", b"a/b/x.py", False),
        ("**/x", b"a/b/x/c", True),
        ("/a/**", b"a", False),
        ("/a/**", b"a/b", True),
        ("/a/**/b", b"a/b", True),
        ("/[a-c]?", b"b\n", True),
        ("/-x", b"-x", True),
        ("/a", b"", False),
    ]:
        assert patterns.matches(pattern, path) is expected, (pattern, path)
    assert not patterns.in_list(["/a/", "!/a/b/"], b"a/b/c")
    assert patterns.in_list(["/a/", "!/a/b/", "/a/b/c"], b"a/b/c")


@pytest.mark.parametrize(
    "change",
    [
        (b"version = 1", b"version = 2"),
        (b'identity = "pusher"', b'identity = "none"'),
        (b'"/ui/"', b'"ui"'),
        (b"[lanes.old]", b"[lanes.UI]"),
        (b"task =", b"tasks ="),
        (b'["bob"]', b'"bob"'),
        (b'"/core/*.md"', b'"!/core/*.md"'),
        (b'"MODIFY"', b'"WRITE"'),
        (b"force = true", b'force = "yes"'),
    ],
)
def test_policies_that_are_none(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    patterns = Patterns(tmp_path)
    assert Policy(POLICY, patterns).identity == "pusher"
    with pytest.raises(NotAPolicyError):
        Policy(POLICY.replace(*change), patterns)


def test_trailers_are_told_apart_from_text() -> None:
    assert trailers.read_trailers(b"S\n\nA: b\nLane: x y\n") == [(b"a", b"b"), (b"lane", b"x y")]
    assert trailers.read_trailers(b"S\n\nA: b\nText\n") == []
    assert trailers.read_trailers(b"S\n\nLane: a\n\tb\n") is None


def test_store_makes_what_git_reads(world: World, base: str) -> None:
    done = subprocess.run(["git", "fsck", "--strict"], cwd=world.folder, capture_output=True, check=False)
    assert b"missing" not in done.stdout + done.stderr
    assert world.files(base)[b"app.py"] == Entry("100644", world.store.blob(b"app\n"))


def test_nothing_of_lanegate_is_imported() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "lanegate"], path
