"""Merges as git makes them: `git merge-tree --write-tree` (git-merge-tree(1)), many in one process.

Messages are switched off: with them git prints advice about submodules into the same stream, which holds names that a
pusher chose and cannot be told from the answer. The answer is then, NUL-separated, for each merge: `1` (clean) or `0`
(conflict), the tree, the paths in conflict, an empty token.

git may die on one merge (an object is missing; some mixtures of renames and type changes trip an assertion of
merge-ort in git 2.39) and takes the rest of its input with it, and, when it aborts, answers that it had not written
yet. So the merges without an answer are asked again in halves until the one is found; the others get theirs.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.changes import nul_tokens
from lanegate.git.new_trees import PATHS_LIMIT
from lanegate.git.objects import LimitError
from lanegate.git.run import Git, GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MERGE_TREE = (
    "merge-tree",
    "--write-tree",
    "--stdin",
    "-z",
    "--name-only",
    "--no-messages",
    "--allow-unrelated-histories",
)


class Sides(NamedTuple):
    """What a merge that has at most one base merges: hex ids of trees; base None: the parents share nothing."""

    base: str | None
    first: str
    second: str


class Mechanical(NamedTuple):
    """The merge that git makes of two commits.

    tree: hex id, in the repository in which it was made; a conflicted path holds what git writes there.
    is_clean: whether git reports no conflict. conflicts: paths in which it does; a conflict about a whole folder has
    none.
    """

    tree: str
    is_clean: bool
    conflicts: tuple[bytes, ...] = ()


def mechanical_merges(git: Git, pairs: Sequence[tuple[str, str]]) -> list[Mechanical | GitError]:
    """The merge of each pair of commits, in the order asked; the error where git cannot make one.

    Raises GitError when git fails otherwise, LimitError when there are too many conflicts.
    """
    found: list[Mechanical | GitError] = []
    work = [pairs] if pairs else []
    while work:
        asked = work.pop()
        made, error = _answers(git, asked)
        found += made
        rest = asked[len(made) :]
        if error is not None and len(rest) == 1:
            found.append(error)
        elif rest:
            half = len(rest) // 2
            work += [rest[half:], rest[:half]]
        elif error is not None:
            raise error
    return found


def _answers(git: Git, pairs: Sequence[tuple[str, str]]) -> tuple[list[Mechanical], GitError | None]:
    """The merges that one process has answered for, and why it ended before the last."""
    stdin = "".join(f"{one} {two}\n" for one, two in pairs).encode()
    made: list[Mechanical] = []
    try:
        tokens = nul_tokens(git.stream(*MERGE_TREE, stdin=stdin))
        for status in tokens:
            tree = next(tokens, b"").decode("ascii", "replace")
            conflicts: list[bytes] = []
            for path in iter(lambda: next(tokens, None), b""):
                if path is None:
                    raise GitError("git merge-tree ended within an answer")
                conflicts.append(path)
                if len(conflicts) > PATHS_LIMIT:
                    raise LimitError(f"a merge has more than {PATHS_LIMIT} paths in conflict")
            if status not in (b"0", b"1") or len(tree) != len(pairs[0][0]):
                raise GitError("git merge-tree answered what is not understood")
            made.append(Mechanical(tree, status == b"1", tuple(conflicts)))
    except GitError as error:
        return made, error
    return made, None if len(made) == len(pairs) else GitError("git merge-tree left merges out")
