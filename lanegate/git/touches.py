"""Who changed which file how often: one pass of `git log` over a history, one `git ls-tree` of its end.

Merges are left out: what they bring was counted where it was made. Renames are not followed (a file's history starts
where its name does). Bytes throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lanegate.core.hotspots import Touched
from lanegate.core.message import read_trailers
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git

#: A field of the log that starts so is a commit: no path does.
_COMMIT = b"/"
#: `\0` ends the commit's own field; then names, the first one after a line feed.
_LOG = (
    *("-c", "log.showSignature=false", "-c", "log.diffMerges=off", "-c", "log.showRoot=true", "-c", "log.follow=false"),
    *("log", "-z", "--name-only", "--no-merges", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--no-notes", "--ignore-submodules=none", "--encoding=UTF-8", "--format=/%ae%n%B"),
)


class Touches(NamedTuple):
    """files: those at the tip that the history changed, with what it says about each. commits: how many were
    read, without merges. without_lane: of them, those that name no single lane."""

    files: tuple[Touched, ...]
    commits: int
    without_lane: int


def read_touches(
    git: Git, tip: str, *, base: str | None = None, since: str | None = None, is_sized: bool = True
) -> Touches:
    """What touched the files at `tip`, in the history up to it.

    tip, base: commit ids; what base reaches is left out. since: only commits younger than this, as git reads dates.
    is_sized: False where sizes do not matter, all 0 then: a partial clone would fetch each file for them.
    Raises GitError.
    """
    sizes = _sizes(git, tip, ("-l",) if is_sized else ())
    limits = [f"--since={since}"] if since is not None else []
    history = [tip, f"^{base}"] if base is not None else [tip]
    changes: dict[bytes, int] = {}
    masks: dict[bytes, int] = {}
    hands: dict[tuple[bool, str], int] = {}
    commits = without_lane = hand = 0
    is_first = False
    for field in _fields(git, *_LOG, *limits, "--end-of-options", *history, "--"):
        if field.startswith(_COMMIT):
            who = _hand(field)
            commits += 1
            without_lane += not who[0]
            hand = 1 << hands.setdefault(who, len(hands))
            is_first = True
            continue
        if is_first:
            field = field[1:]
            is_first = False
        if field in sizes:
            changes[field] = changes.get(field, 0) + 1
            masks[field] = masks.get(field, 0) | hand
    names = [name for _, name in hands]
    lanes = sum(1 << at for at, (is_lane, _) in enumerate(hands) if is_lane)
    files = [
        Touched(path, size, changes[path], _named(names, masks[path] & lanes), (masks[path] & ~lanes).bit_count())
        for path, size in sizes.items()
        if path in changes
    ]
    return Touches(tuple(files), commits, without_lane)


def _sizes(git: Git, tip: str, options: Sequence[str]) -> dict[bytes, int]:
    """The files at a commit by path (links are files, submodules are not), with their sizes in bytes; 0 for those
    whose content is not here."""
    sizes: dict[bytes, int] = {}
    for entry in git.output("ls-tree", "-r", *options, "-z", "--end-of-options", tip).split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        _, kind, *rest = about.split()  # mode, type, id, and with -l a size, or BAD
        if kind != b"commit":
            sizes[path] = int(rest[1]) if len(rest) > 1 and rest[1].isdigit() else 0
    return sizes


def _hand(field: bytes) -> tuple[bool, str]:
    """(whether it is a lane, its id or the author's address) of a commit."""
    author, _, message = field[1:].partition(b"\n")
    trailers = read_trailers(message)
    lanes = trailers.of(b"lane")
    if len(lanes) == 1 and trailers.broken is None:
        return True, lanes[0]
    return False, author.decode("utf-8", "replace")


def _named(names: Sequence[str], mask: int) -> tuple[str, ...]:
    """The names at the bits of a mask, sorted."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(names[lowest.bit_length() - 1])
        mask ^= lowest
    return tuple(sorted(found))


def _fields(git: Git, *arguments: str) -> Iterator[bytes]:
    """What git says between NULs."""
    rest = b""
    for chunk in git.stream(*arguments):
        *fields, rest = (rest + chunk).split(b"\0")
        yield from fields
    if rest:
        yield rest
