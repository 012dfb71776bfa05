"""The files that git tracks here."""

from __future__ import annotations

from lanegate.git.worktree import Worktree


def tracked_files(worktree: Worktree) -> tuple[bytes, ...]:
    """Paths from the top, sorted: what the index holds (links and submodules too), in a bare repository what HEAD
    holds; none where HEAD is yet to be born. Raises GitError."""
    git = worktree.git
    if worktree.top is not None:
        listed = git.output("ls-files", "-z", "--full-name", "--", ":/")
    elif worktree.commit("HEAD") is not None:
        listed = git.output("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD")
    else:
        return ()
    return tuple(sorted(set(listed.split(b"\0")[:-1])))
