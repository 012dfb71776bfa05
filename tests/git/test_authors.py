"""Who made which commits, asked of a real repository."""

from __future__ import annotations

from lanegate.git.authors import read_authors
from lanegate.git.worktree import find
from tests.support import Clone


def test_authors_of_the_commits_asked_for(repo: Clone) -> None:
    first = repo.change({"a": "1"})
    repo.git("config", "user.email", "ana@example.org")
    second = repo.change({"a": "2"}, "Subject\n\nwith a body")
    repo.change({"a": "3"})
    git = find(str(repo.path)).git
    assert read_authors(git, [second, first]) == {first: "bob@example.org", second: "ana@example.org"}
    assert read_authors(git, []) == {}
