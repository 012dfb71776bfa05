"""Which changes of real commits and merges only add lines, read from git's objects."""

from __future__ import annotations

import pytest

from lanegate.core.facts import Commit
from lanegate.core.ownership import Ownership
from lanegate.core.policy import APPEND_ONLY, HIGH_RISK, Policy, Rule, Zone
from lanegate.git import zoned
from lanegate.git.commits import read_commits
from lanegate.git.objects import CatFile, ObjectTooLargeError
from lanegate.git.run import Git
from lanegate.git.zoned import Zoned
from tests.support import Clone

ZONES = (
    Zone((Rule("/log", "zones[0].paths[0]", 1), Rule("/logs/", "zones[0].paths[1]", 1)), APPEND_ONLY, 1),
    Zone((Rule("/hot", "zones[1].paths[0]", 2),), HIGH_RISK, 2),
)
POLICY = Policy(identity="none", zones=ZONES)


def read(repo: Clone, oid: str | None = None, policy: Policy = POLICY) -> Commit:
    git = Git(str(repo.path / ".git"))
    reader = CatFile(git)
    try:
        commits = list(read_commits(git, reader, [oid or repo.head()]))
        (commit,) = Zoned(policy, Ownership(policy)).with_appends(git, reader, commits)
        return commit
    finally:
        reader.close()


def appended(repo: Clone, oid: str | None = None) -> list[str]:
    return sorted(path.decode() for path in read(repo, oid).appended)


@pytest.mark.parametrize(
    ("content", "right"),
    [("1\n2\n", True), ("1\n2", True), ("0\n1\n", False), ("", False), ("1\r\n2\r\n", False), ("1 \n2\n", False)],
)
def test_a_change_of_content(repo: Clone, content: str, right: bool) -> None:
    repo.change({"log": "1\n", "other": "1\n"})
    repo.change({"log": content, "other": content})
    assert appended(repo) == (["log"] if right else [])


def test_what_becomes_of_the_file(repo: Clone) -> None:
    repo.change({"log": "1\n", "logs/a": "1\n", "logs/b": "1\n", "logs/c": "1\n"})
    assert appended(repo) == ["log", "logs/a", "logs/b", "logs/c"]  # begun
    (repo.path / "log").unlink()
    (repo.path / "log").symlink_to("other")
    (repo.path / "logs/a").chmod(0o755)
    repo.git("mv", "logs/b", "logs/d")
    repo.change({"logs/c": "1\n2\n"})
    assert appended(repo) == ["logs/c", "logs/d"]  # the new side of a rename begins a file; its old side is a deletion
    repo.change({"logs/c": None})
    assert appended(repo) == []


def branches(repo: Clone, base: str | None, first: str, second: str) -> None:
    """Two branches of a log, the second merged into the first as far as git can."""
    repo.change({"x": "x\n", **({"log": base} if base is not None else {})})
    repo.git("checkout", "-q", "-b", "second")
    repo.change({"log": second})
    repo.git("checkout", "-q", "-")
    repo.change({"log": first})
    repo.git("merge", "-q", "--no-commit", "second", check=False)


@pytest.mark.parametrize(
    ("base", "merged", "right"),
    [
        ("0\n", "0\na\nb\n", True),
        ("0\n", "0\nb\na\n", True),
        ("0\n", "0\na\n", False),
        ("0\n", "0\na\nb\nc\n", False),
        (None, "0\na\n0\nb\n", True),  # both began the file
        (None, "0\na\nb\n", True),  # and with the same line
        (None, "0\nb\n", False),
    ],
)
def test_a_merge(repo: Clone, base: str | None, merged: str, right: bool) -> None:
    branches(repo, base, "0\na\n", "0\nb\n")
    repo.change({"log": merged}, "Merge")
    assert read(repo).is_merge
    assert appended(repo) == (["log"] if right else [])


def test_a_merge_that_changes_the_mode(repo: Clone) -> None:
    branches(repo, "0\n", "0\na\n", "0\nb\n")
    (repo.path / "log").chmod(0o755)
    repo.change({"log": "0\na\nb\n"}, "Merge")
    assert appended(repo) == []


def test_a_merge_of_histories_that_share_nothing(repo: Clone) -> None:
    repo.change({"log": "a\n"})
    first = repo.out("symbolic-ref", "--short", "HEAD")
    repo.git("checkout", "-q", "--orphan", "second")
    repo.change({"log": "b\n"})
    repo.git("checkout", "-q", first)
    repo.git("merge", "-q", "--no-commit", "--allow-unrelated-histories", "second", check=False)
    repo.change({"log": "b\na\n"}, "Merge")
    assert appended(repo) == ["log"]


def test_merges_across_each_other(repo: Clone) -> None:
    """Two merge bases: what is right for either of them is right."""
    branches(repo, "0\n", "0\na\n", "0\nb\n")
    first, second = repo.head(), repo.out("rev-parse", "second")
    repo.change({"log": "0\na\nb\n"}, "Merge")
    repo.change({"log": "0\na\nb\nc\n"})
    repo.git("checkout", "-q", "second")
    repo.git("merge", "-q", "--no-commit", first, check=False)
    repo.change({"log": "0\na\nb\n"}, "Merge")
    repo.change({"log": "0\na\nb\nd\n"})
    repo.git("checkout", "-q", "-")
    repo.git("merge", "-q", "--no-commit", "second", check=False)
    assert set(repo.out("merge-base", "--all", "HEAD", "second").split()) == {first, second}
    repo.change({"log": "0\na\nb\nc\nd\n"}, "Merge")
    assert appended(repo) == ["log"]
    repo.write("log", "0\na\nc\nd\n")
    repo.git("commit", "-q", "-a", "--amend", "--no-verify", "-m", "Merge")
    assert appended(repo) == []


def test_a_file_too_large_to_tell(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoned, "OBJECT_LIMIT", 8)
    repo.change({"log": "1\n", "other": "long enough\n"})
    repo.change({"log": "1\n2\n3\n4\n", "other": "long enough\nagain\n"})
    assert appended(repo) == ["log"]
    repo.change({"log": "1\n2\n3\n4\n5\n"})
    with pytest.raises(ObjectTooLargeError):
        read(repo)


def test_nothing_is_read_where_nothing_only_grows(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoned, "OBJECT_LIMIT", 0)
    repo.change({"hot": "1\n", "log": "1\n"})
    repo.change({"hot": "2\n", "log": "1\n2\n"})
    assert read(repo, policy=POLICY._replace(zones=ZONES[1:])).appended == frozenset()


def test_whether_a_lock_is_asked_for(repo: Clone) -> None:
    asks = Zoned(POLICY, Ownership(POLICY)).asks_lock
    repo.change({"hot": "1\n", "log": "1\n"})
    one = read(repo)
    repo.change({"log": "1\n2\n"})
    other = read(repo)
    assert asks((other, one))
    assert not asks((other,))
    assert not asks(())
