"""Who changed which file how often, from real histories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lanegate.core.hotspots import Touched
from lanegate.git.run import Git
from lanegate.git.touches import Touches, read_touches
from tests.support import Clone


def touches(repo: Clone, tip: str = "HEAD", **limits: Any) -> Touches:
    return read_touches(Git(str(repo.path / ".git")), repo.out("rev-parse", tip), **limits)


def by_path(found: Touches) -> dict[bytes, Touched]:
    return {file.path: file for file in found.files}


def test_changes_lanes_and_authors_of_each_file(repo: Clone) -> None:
    repo.change({"a": "1", "d/b": "12"}, lane="ui")
    repo.change({"a": "2"}, lane="core")
    repo.change({"a": "3", "gone": "x"}, lane="ui")
    repo.change({"gone": None}, lane="core")
    repo.change({"a": "4"}, "No lane")
    repo.change({"a": "5"}, "Two\n\nLane: ui\nLane: core")
    found = touches(repo)
    assert by_path(found) == {
        b"a": Touched(b"a", 1, 5, ("core", "ui"), 1),
        b"d/b": Touched(b"d/b", 2, 1, ("ui",), 0),
    }
    assert (found.commits, found.without_lane) == (6, 2)


def test_a_file_whose_content_is_not_here_counts_as_empty(repo: Clone) -> None:
    """In a damaged clone: git says BAD where its size would be. Where sizes do not matter none is looked up."""
    repo.change({"a": "12", "b": "12"}, lane="ui")
    repo.change({"b": "345"}, lane="ui")
    blob = repo.out("rev-parse", "HEAD:b")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert by_path(touches(repo)) == {b"a": Touched(b"a", 2, 1, ("ui",), 0), b"b": Touched(b"b", 0, 2, ("ui",), 0)}
    assert {file.size for file in touches(repo, is_sized=False).files} == {0}
    assert len(touches(repo, is_sized=False).files) == 2


def test_different_authors_count_apart(repo: Clone) -> None:
    for name in ("ana", "bob", "ana"):
        repo.config("user.email", f"{name}@example.org")
        repo.change({"a": repo.out("rev-list", "--all", "--count")}, "Change")
    assert by_path(touches(repo))[b"a"] == Touched(b"a", 1, 3, (), 2)


def test_merges_count_only_where_the_change_was_made(repo: Clone) -> None:
    repo.change({"a": "1", "b": "1"}, lane="ui")
    repo.git("switch", "-q", "-c", "side")
    repo.change({"b": "2"}, lane="core")
    repo.git("switch", "-q", "main")
    repo.change({"a": "2"}, lane="ui")
    repo.git("merge", "-q", "--no-edit", "side")
    found = touches(repo)
    assert by_path(found)[b"b"] == Touched(b"b", 1, 2, ("core", "ui"), 0)
    assert found.commits == 3


def test_odd_names_and_messages_are_told_apart(repo: Clone) -> None:
    """A name with a line feed at its start, one that is not UTF-8, a message that looks like a list of names."""
    repo.change({"\nfirst": "1", "/slash".lstrip("/"): "1"}, "/looks\n\n/like/a/path\nLane: x", lane="ui")
    repo.write(b"\xff", "1")
    repo.git("add", "-A")
    repo.commit("Odd", lane="ui")
    repo.commit("Empty", lane="ui")
    found = touches(repo)
    assert {path: file.changes for path, file in by_path(found).items()} == {b"\nfirst": 1, b"slash": 1, b"\xff": 1}
    assert found.commits == 3


def test_only_a_stretch_of_history(repo: Clone) -> None:
    base = repo.change({"a": "1", "b": "1"}, lane="ui")
    repo.change({"a": "2"}, lane="core")
    assert by_path(touches(repo, base=base)) == {b"a": Touched(b"a", 1, 1, ("core",), 0)}
    assert touches(repo, since="2099-01-01").commits == 0
    assert touches(repo, since="1999-01-01").commits == 2


def test_the_repositorys_own_configuration_changes_nothing(repo: Clone) -> None:
    repo.change({"a": "1"}, lane="ui")
    repo.git("mv", "a", "b")
    repo.commit("Move", lane="core")
    before = touches(repo)
    assert by_path(before) == {b"b": Touched(b"b", 1, 1, ("core",), 0)}
    settings = {
        "log.showSignature": "true",
        "log.diffMerges": "separate",
        "log.showRoot": "false",
        "log.follow": "true",
        "diff.renames": "copies",
        "diff.relative": "true",
        "diff.noprefix": "true",
        "format.notes": "true",
        "format.pretty": "oneline",
        "color.ui": "always",
        "i18n.logOutputEncoding": "UTF-16",
    }
    for key, value in settings.items():
        repo.config(key, value)
    repo.git("notes", "add", "-m", "Lane: other")
    assert touches(repo) == before


def test_a_partial_clone_fetches_no_file_where_sizes_do_not_matter(repo: Clone, tmp_path: Path) -> None:
    repo.change({"a": "1", "b": "2"}, lane="ui")
    repo.config("uploadpack.allowFilter", "true")
    part = Clone(tmp_path / "part", repo.environment)
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", str(part.path))
    missing = ("rev-list", "--objects", "--missing=print", "--all")
    before = part.out(*missing).count("?")
    assert len(touches(part, is_sized=False).files) == before == 2
    assert part.out(*missing).count("?") == before
