"""What a commit takes back, on real histories: by git's own `git revert`, and the first commit of all."""

from __future__ import annotations

import pytest

from lanegate.core.facts import Commit, Revert
from lanegate.core.objects import parse_commit
from lanegate.git.objects import CatFile
from lanegate.git.reverts import with_reverts
from lanegate.git.run import Git
from tests.support import Clone


def told(repo: Clone, oid: str | None = None) -> Revert | None:
    git = Git(str(repo.path / ".git"))
    reader = CatFile(git)
    try:
        commit = oid or repo.head()
        parsed = parse_commit(reader.read(commit)[1])
        (found,) = with_reverts(git, reader, [Commit(commit, parsed.parents, parsed.message)])
        return found.revert
    finally:
        reader.close()


def reverts(repo: Clone, oid: str) -> None:
    repo.git("revert", "--no-commit", oid)
    repo.git("commit", "-q", "-m", f"Take it back\n\nLane: x\nReverts: {oid}")


def test_the_first_commit_of_all(repo: Clone) -> None:
    root = repo.change({"a": "a\n"}, lane="ui")
    repo.change({"b": "b\n"}, f"Away\n\nLane: x\nReverts: {root}")
    assert told(repo) == Revert("ui", f"not exactly the inverse of {root[:12]}: it differs in a, b")
    repo.git("reset", "-q", "--hard", root)
    repo.change({"b": "b\n"})
    reverts(repo, root)
    assert repo.out("ls-files") == "b"
    assert told(repo) == Revert("ui")


def test_a_renamed_file_is_taken_back_where_it_is_now(repo: Clone) -> None:
    lines = "".join(f"{number}\n" for number in range(30))
    repo.change({"a": lines})
    change = repo.change({"a": lines + "end\n"}, "Two lanes\n\nLane: ui\nLane: core")
    repo.git("mv", "a", "moved")
    repo.commit("Move")
    reverts(repo, change)
    assert repo.out("show", "HEAD:moved") + "\n" == lines
    assert told(repo) == Revert(None)


def test_taken_back_twice_is_nothing_more_to_take_back(repo: Clone) -> None:
    repo.change({"a": "1\n"})
    change = repo.change({"a": "2\n"})
    reverts(repo, change)
    repo.commit(f"Again\n\nReverts: {change}")
    assert told(repo) == Revert(None)


@pytest.mark.parametrize("message", ["Reverts: x", "Change\n\nReverts: x\n y", "Change\n\nReverts: x\n\nMore"])
def test_no_trailer_or_a_broken_one(repo: Clone, message: str) -> None:
    repo.change({"a": "1\n"}, message)
    assert told(repo) is None
