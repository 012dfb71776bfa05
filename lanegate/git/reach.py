"""Who reaches whom, exactly, whatever commit dates say (design section 3.5; git-merge-base(1))."""

from __future__ import annotations

from lanegate.core.objects import parse_commit
from lanegate.git.objects import ObjectTooLargeError
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lanegate.git.objects import Reader

#: Tips named on one command line.
_AT_ONCE = 2000
#: First parents that are looked at.
_STEPS = 32


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


def is_just_above(reader: Reader, commit: str, tip: str) -> bool:
    """Whether a few steps from tip to first parent lead to the commit: as most pushes go, asked in the conversation
    with git that runs anyway. False says nothing. Raises GitError."""
    for _ in range(_STEPS):
        if tip == commit:
            return True
        try:
            kind, raw = reader.read(tip)
        except ObjectTooLargeError:
            return False
        parsed = parse_commit(raw) if kind == "commit" else None
        if parsed is None or parsed.defects or not parsed.parents:
            return False
        tip = parsed.parents[0]
    return False


def new_commits(git: Git, new: str, known: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """(id, parents) of what `new` reaches and none of `known` does; parents before children. Raises GitError."""
    return commits_beyond(git, (new,), known)


def reached(git: Git, commits: Sequence[str], tip: str) -> frozenset[str]:
    """Those of the commits that a tip is or reaches. Raises GitError."""
    beyond = {oid for oid, _ in commits_beyond(git, commits, (tip,))} if commits else set()
    return frozenset([oid for oid in commits if oid not in beyond])


def commits_beyond(git: Git, tips: Sequence[str], known: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """(id, parents) of what any of `tips` reaches and none of `known` does, parents before children. Raises
    GitError."""
    return read_beyond(git, ask_beyond(git, tips, known), known)


def ask_beyond(git: Git, tips: Sequence[str], known: Sequence[str]) -> Iterator[bytes]:
    """git's answer to `commits_beyond`, for `read_beyond`: git works on it from now on. Raises GitError."""
    stdin = "".join([*(f"{oid}\n" for oid in tips), *(f"^{oid}\n" for oid in known)]).encode()
    return git.stream("rev-list", "--topo-order", "--reverse", "--parents", "--stdin", stdin=stdin)


def read_beyond(git: Git, answer: Iterable[bytes], known: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What `commits_beyond` says. known: as it was asked. Raises GitError.

    rev-list lists known commits as new where dates lie (never the other way round). Such commits would include a
    lowest one, so only those are asked about.
    """
    listed = b"".join(answer)
    family = []
    names: dict[str, str] = {}  # one string for each id, wherever it stands
    for line in listed.decode().splitlines():
        oid, *parents = line.split(" ")
        names[oid] = oid
        family.append((oid, tuple([names.get(parent, parent) for parent in parents])))
    del listed
    if not known:
        return family
    inside = {oid for oid, _ in family}
    lowest = [oid for oid, parents in family if inside.isdisjoint(parents)]
    if any(is_reachable(git, oid, known) for oid in lowest):
        reached = git.output("rev-list", "--stdin", stdin="".join(f"{oid}\n" for oid in known).encode())
        inside.difference_update(reached.decode().split())
    return [(oid, parents) for oid, parents in family if oid in inside]
