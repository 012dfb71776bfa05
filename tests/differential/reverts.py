"""A commit that says `Reverts: <id>`, a second time: whether it is exactly the inverse, and who may make it."""

from __future__ import annotations

import re

from tests.differential.acceptance import lane_named, values
from tests.differential.case import Case
from tests.differential.plumbing import Git, GitError, Merge, run


def judge_revert(case: Case, commit: str, lane: str) -> bool:
    """LG506. Whether the commit needs no grant for its paths: an exact revert by a proven integrator."""
    named = values(case, commit, b"reverts")
    if not named:
        return False
    git, parents = case.git, case.git.parents(commit)
    if len(named) != 1 or not re.fullmatch(rb"[0-9a-f]{40}|[0-9a-f]{64}", named[0]):
        case.add("LG506", "Reverts names not one full id", commit)
        return False
    undone = named[0].decode()
    if undone == commit or len(parents) != 1 or undone not in git.history(commit):
        case.add("LG506", "not below the revert", commit)
        return False
    made = inverse(git, undone, parents[0])
    if made.conflicts or git.leaves(made.tree) != git.leaves(commit):
        case.add("LG506", "not exactly the inverse", commit)
        return False
    is_integrator = case.proves(commit, "integrator")
    if lane_named(case, undone) not in (lane, "", None) and not is_integrator:
        case.add("LG506", "by neither the lane nor an integrator", commit)
    return is_integrator


def inverse(git: Git, undone: str, onto: str) -> Merge:
    """What git makes of `onto` when the change of `undone` against its first parent is taken back."""
    above = git.parents(undone)
    base = _rootless(git, tree_of(git, undone), [])
    ours = _rootless(git, tree_of(git, onto), [base])
    theirs = _rootless(git, tree_of(git, above[0]) if above else empty_tree(git), [base])
    return git.merge(ours, theirs)


def tree_of(git: Git, commit: str) -> str:
    """The tree of a commit. Raises GitError for what is none."""
    head = git.object(commit)[1].partition(b"\n")[0]
    if not head.startswith(b"tree "):
        raise GitError(f"{commit} is no commit")
    return head[5:].decode()


def empty_tree(git: Git) -> str:
    return run(git.folder, "mktree")[1].decode().strip()


def _rootless(git: Git, tree: str, parents: list[str]) -> str:
    """A commit of a tree that no history knows, for git to merge."""
    who = "A <a@example.org> 1700000000 +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    data = "\n".join([*lines, "", "Merge\n"]).encode()
    return run(git.folder, "hash-object", "-w", "-t", "commit", "--stdin", data=data)[1].decode().strip()
