"""Whether commits that say so take back exactly one other commit (docs/judgement.md, "Reverts").

What `git revert` makes is git's own merge of the commit's parent and of the commit taken back, the other way round: the
base is the commit taken back, one side the history as it stands, the other side what stood before it. It is made again
in a scratch repository (git/merges.py says why there) and compared by tree: the same, or not a revert. A conflict that
somebody resolved is not exactly anything, so it is refused and comes as an ordinary commit.
"""

from __future__ import annotations

from lanegate.core.facts import Commit, Revert
from lanegate.core.message import read_trailers, short
from lanegate.core.objects import ParsedCommit, parse_commit
from lanegate.git.objects import is_commit
from lanegate.git.reach import is_reachable
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lanegate.git.objects import Reader
    from lanegate.git.run import Git
    from lanegate.git.scratch import Scratch

_MARK = b"reverts:"


def with_reverts(git: Git, reader: Reader, commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """The commits, each as `with_revert` gives it. Raises what that raises."""
    return tuple([with_revert(git, reader, commit) for commit in commits])


def with_revert(git: Git, reader: Reader, commit: Commit) -> Commit:
    """The commit, with what it takes back if it has a `Reverts` trailer. Raises GitError, LimitError,
    ObjectTooLargeError."""
    return _with_revert(git, reader, commit) if _MARK in commit.message.lower() else commit


def _with_revert(git: Git, reader: Reader, commit: Commit) -> Commit:
    trailers = read_trailers(commit.message)
    named = trailers.of(b"reverts")
    if not named or trailers.broken or commit.defects:  # LG201, LG604
        return commit
    return commit._replace(revert=_revert(git, reader, commit, named))


def _revert(git: Git, reader: Reader, commit: Commit, named: Sequence[str]) -> Revert:
    target = named[0]
    if len(named) > 1:
        return Revert(problem="several `Reverts` trailers: one commit takes back one other")
    if len(target) != len(commit.id) or not set(target) <= set("0123456789abcdef"):
        return Revert(problem=f"`Reverts: {short(target)}` is no full commit id")
    if len(commit.parents) != 1:
        return Revert(problem="a commit that takes another one back has one parent")
    if not is_commit(reader, target) or not is_reachable(git, target, commit.parents):
        return Revert(problem=f"{target[:12]}, which it takes back, is not in its history")
    taken = _parsed(reader, target)
    lanes = read_trailers(taken.message)
    lane = lanes.of(b"lane")[0] if len(lanes.of(b"lane")) == 1 and not lanes.broken else None
    return Revert(lane, _difference(git, reader, commit, target, taken))


def _difference(git: Git, reader: Reader, commit: Commit, target: str, taken: ParsedCommit) -> str | None:
    """Why a commit is not what git makes of taking back another one, None if it is."""
    from lanegate.git.changes import tree_changes
    from lanegate.git.scratch import Scratch

    tree = _parsed(reader, commit.id).tree
    with Scratch(git, len(target)) as scratch:
        made = _inverse(scratch, reader, taken, commit.parents[0])
        if made is None:
            return f"git cannot take {target[:12]} back here without a conflict"
        if made == tree:
            return None
        (changes,) = tree_changes(scratch.git, [(made, tree or "")])
    paths = [short(change.path.decode("utf-8", "replace")) for change in changes[:3]]
    return f"not exactly the inverse of {target[:12]}: it differs in {', '.join(paths)}"


def _inverse(scratch: Scratch, reader: Reader, taken: ParsedCommit, onto: str) -> str | None:
    """The tree, in the scratch repository, that git makes of taking a commit back on top of another; None where that
    is a conflict."""
    from lanegate.git.mechanical import mechanical_merges

    base = scratch.commit(taken.tree or "")
    ours = scratch.commit(_parsed(reader, onto).tree or "", base)
    theirs = scratch.commit(_tree_before(scratch, reader, taken), base)
    (made,) = mechanical_merges(scratch.git, [(ours, theirs)])
    if isinstance(made, GitError):
        raise made
    return made.tree if made.is_clean else None


def inverse_tree(git: Git, reader: Reader, target: str, onto: str) -> str | None:
    """The tree of the commit that takes `target` back on top of `onto`, written into the repository; None where git
    cannot make it without a conflict. Raises GitError."""
    from lanegate.git.scratch import Scratch

    with Scratch(git, len(target)) as scratch:
        made = _inverse(scratch, reader, _parsed(reader, target), onto)
        if made is None:
            return None
        stdin = f"{made}\n^{_parsed(reader, onto).tree}\n".encode()
        listed = scratch.git.output("rev-list", "--objects", "--stdin", stdin=stdin)
        pack = scratch.git.output("pack-objects", "--quiet", "--stdout", stdin=listed)
        git.output("unpack-objects", "-q", stdin=pack)
        return made


def _tree_before(scratch: Scratch, reader: Reader, taken: ParsedCommit) -> str:
    """The tree of the first parent of what is taken back, an empty one of a root."""
    if not taken.parents:
        return scratch.write("tree", b"")
    return _parsed(reader, taken.parents[0]).tree or ""


def _parsed(reader: Reader, oid: str) -> ParsedCommit:
    kind, raw = reader.read(oid)
    if kind != "commit":
        raise GitError(f"object {oid} is a {kind}, not a commit")
    return parse_commit(raw)
