"""Pushing one ref: who is faster, who is refused, and who is not reached are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.git.remote import MOVED, PUSHED, REFUSED, Remote, UnreachableError
from lanegate.git.worktree import CallersGit
from tests.support import Bare, Clone, make_bare, make_clone

REF = "refs/lanegate/ledger"


def plain_server(path: Path) -> Bare:
    return make_bare(path / "server.git")


@pytest.fixture
def there(tmp_path: Path) -> Bare:
    return plain_server(tmp_path)


@pytest.fixture
def here(there: Bare, tmp_path: Path) -> Clone:
    return make_clone(there, tmp_path / "clone")


def remote_of(clone: Clone) -> Remote:
    return Remote(CallersGit(str(clone.path)), "origin")


def test_push_fetch_and_refs(there: Bare, here: Clone, tmp_path: Path) -> None:
    remote = remote_of(here)
    assert remote.refs() == {}
    first = here.change({"a": "1\n"})
    assert remote.push(first, REF).state == PUSHED
    assert remote.push(first, REF).state == PUSHED
    assert remote.refs() == {REF: first}
    assert there.tip(REF) == first
    other = make_clone(there, tmp_path / "other")
    remote_of(other).fetch(REF)
    assert other.out("cat-file", "-t", first) == "commit"
    assert not (other.path / ".git" / "FETCH_HEAD").exists()


def test_following_a_ref_wherever_it_goes(there: Bare, here: Clone) -> None:
    remote, kept = remote_of(here), "refs/kept/ledger"
    first = here.change({"a": "1\n"})
    second = here.change({"a": "2\n"})
    here.push(f"{first}:refs/heads/main")
    branch = "+refs/heads/main:refs/remotes/origin/main"
    assert remote.follow(REF, kept, branch) is None
    assert here.tip("refs/remotes/origin/main") == first
    for tip in (second, first, None, second):
        there.git("fetch", "-q", str(here.path), second)
        there.git("update-ref", REF, tip) if tip else there.git("update-ref", "-d", REF)
        assert remote.follow(REF, kept, branch) == tip
        assert here.tip(kept) == tip
    with pytest.raises(UnreachableError, match="couldn't find remote ref"):
        remote.follow(REF, kept, "+refs/heads/none:refs/remotes/origin/main")
    assert here.tip("refs/remotes/origin/main") == first


def test_the_second_of_two_writers_is_told_that_it_moved(there: Bare, here: Clone) -> None:
    base = here.change({"a": "1\n"})
    remote_of(here).push(base, REF)
    mine = here.change({"a": "2\n"})
    here.git("reset", "-q", "--hard", base)
    theirs = here.change({"a": "3\n"})
    assert remote_of(here).push(theirs, REF).state == PUSHED
    outcome = remote_of(here).push(mine, REF)
    assert outcome.state == MOVED
    assert "rejected" in outcome.said
    assert there.tip(REF) == theirs


def test_a_hook_that_says_no(there: Bare, here: Clone) -> None:
    hook = there.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    outcome = remote_of(here).push(here.change({"a": "1\n"}), REF)
    assert outcome.state == REFUSED
    assert "not today" in outcome.said
    assert there.tip(REF) is None


def test_a_hook_of_the_clone_is_not_asked(there: Bare, here: Clone) -> None:
    hook = here.path / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert remote_of(here).push(here.change({"a": "1\n"}), REF).state == PUSHED


def test_a_server_that_is_gone(there: Bare, here: Clone, tmp_path: Path) -> None:
    commit = here.change({"a": "1\n"})
    there.path.rename(tmp_path / "gone.git")
    remote = remote_of(here)
    for act in (remote.refs, lambda: remote.fetch(REF), lambda: remote.push(commit, REF)):
        with pytest.raises(UnreachableError, match=r"server\.git"):
            act()
