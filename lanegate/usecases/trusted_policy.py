"""The policy at a commit: found as a regular blob, read, or refused (design section 4; docs/judgement.md).

A link, a folder, a submodule or nothing at the policy's path is no policy, and no policy never means "no rules".
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import TREE, tree_entries
from lanegate.core.ownership import Ownership
from lanegate.core.policy import Policy, Problem
from lanegate.git.objects import CatFile, Reader
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:  # a commit needs nothing of what reads pushes
    from collections.abc import Sequence

    from lanegate.core.judge_push import PolicyAfter
    from lanegate.git.push_lines import Line
    from lanegate.git.worktree import Worktree

_REGULAR = (b"100644", b"100755")


class PolicyFile(NamedTuple):
    """Where a policy was found and what it says. commit, blob: hex ids. ownership: its grants, ready to be asked."""

    commit: str
    blob: str
    policy: Policy
    ownership: Ownership


class NoPolicyError(Exception):
    """There is no usable policy at a commit. `blob` is its id where a regular blob stands there.

    is_absent: nothing at all stands at the path. problems: what is wrong, at least one.
    """

    def __init__(self, problems: tuple[Problem, ...], blob: str | None = None, is_absent: bool = False) -> None:
        super().__init__(problems[0].message)
        self.problems = problems
        self.blob = blob
        self.is_absent = is_absent


def find_entry(reader: Reader, tree: str, path: str) -> tuple[bytes, str] | None:
    """(mode, id) of what stands at a path below a root tree, None if nothing does. Raises GitError."""
    mode, oid = TREE, tree
    for name in path.encode("utf-8", "surrogateescape").split(b"/"):
        if mode != TREE:
            return None
        try:
            entries = tree_entries(reader.tree(oid), len(oid) // 2)
        except ValueError as error:
            raise GitError(f"tree {oid} is malformed") from error
        here = [(mode, raw.hex()) for mode, entry, raw in entries if entry == name]
        if not here:
            return None
        if len(here) > 1:
            raise GitError(f"tree {oid} holds {name.decode('utf-8', 'replace')} more than once")
        mode, oid = here[0]
    return mode, oid


def policy_at(
    reader: CatFile, commit: str, path: str, keep_in: str | None = None, *, with_rules: bool = True
) -> PolicyFile:
    """The policy at a path of a commit. Raises NoPolicyError, GitError.

    keep_in: a repository's folder in which a policy that was read is kept for the next time (usecases/kept_policy.py).
    with_rules: False where `ownership` is all that is asked about paths; lanes and matrix may then come without rules.
    """
    blob = policy_blob(reader, commit, path)
    if keep_in is not None:
        from lanegate.usecases.kept_policy import keep_policy, kept_policy

        kept = kept_policy(keep_in, blob, with_rules=with_rules)
        if kept is not None:
            return PolicyFile(commit, blob, *kept)
    from lanegate.core.policy_reader import PolicyError, read_policy

    _, content = reader.read(blob)
    try:
        policy = read_policy(content)
    except PolicyError as error:
        raise NoPolicyError(error.problems, blob) from error
    ownership = Ownership(policy)
    if keep_in is not None:
        keep_policy(keep_in, blob, policy, ownership)
    return PolicyFile(commit, blob, policy, ownership)


def policy_of(repository: Worktree, name: str, path: str) -> PolicyFile:
    """The policy at the commit that a ref or id names in a repository. Raises NoPolicyError, GitError."""
    commit = repository.commit(name)
    if commit is None:
        raise NoPolicyError((Problem("LG702", "", 0, f"{name} does not exist"),), is_absent=True)
    reader = CatFile(repository.git)
    try:
        return policy_at(reader, commit, path)
    finally:
        reader.close()


def policy_blob(reader: CatFile, commit: str, path: str) -> str:
    """Id of the regular blob at the policy's path. Raises NoPolicyError, GitError."""
    tree, _, _ = reader.lookup(f"{commit}^{{tree}}")
    entry = find_entry(reader, tree, path)
    if entry is None:
        raise NoPolicyError((Problem("LG702", "", 0, f"there is no policy at {path}"),), is_absent=True)
    mode, blob = entry
    if mode not in _REGULAR:
        raise NoPolicyError((Problem("LG702", "", 0, f"{path} is not a regular file (mode {mode.decode()})"),))
    return blob


def policy_after(
    reader: CatFile, file: PolicyFile, trusted_ref: str, path: str, lines: Sequence[Line]
) -> PolicyAfter | None:
    """What the policy file would be after a push, None where it stays as it is. Raises GitError."""
    from lanegate.core.judge_push import PolicyAfter  # which post-receive has no use for

    new = next((line.new for line in lines if line.ref == trusted_ref), None)
    if new is None or reader.read(new)[0] != "commit":
        return None
    try:
        if policy_blob(reader, new, path) == file.blob:
            return None
        return PolicyAfter(policy_at(reader, new, path).policy)
    except NoPolicyError as error:
        return PolicyAfter(None, error.problems)
