"""Who reaches whom, exactly, whatever commit dates say (design section 3.5; git-merge-base(1))."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.git.run import Git

#: Tips named on one command line.
_AT_ONCE = 2000


def is_reachable(git: Git, commit: str, tips: Sequence[str]) -> bool:
    """Whether any of the tips is the commit or reaches it. Raises GitError.

    `git rev-list` stops early where dates lie; the search for merge bases does not.
    """
    for start in range(0, len(tips), _AT_ONCE):
        some = tips[start : start + _AT_ONCE]
        if commit in some:
            return True
        if commit in git.output("merge-base", "--all", commit, *some, accept=(0, 1)).decode().split():
            return True
    return False
