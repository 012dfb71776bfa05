"""The lean answer to an agent's editor: this tool may run, in a few milliseconds, or no answer at all.

As `lean.py`, from the same cache, and as there the only answer is yes. Whatever is not plain (a link or `..` on the
way, another spelling, a path in git's own folder, a lane from the environment, no cache) is left to
`usecases/agent_hook.py`, and so is every refusal. JSON is read by the part of Python's own parser that is written in
C: the module around it imports `re`, which costs more than all of this.
"""

from __future__ import annotations

import posix

from lanegate.agent_tools import BEFORE, DELETE, event_of, folder_of, targets
from lanegate.lean import all_granted, clean_environment, end_of, load, look, read, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DIRECTORY, _LINK, _REGULAR, _FORMAT = 0o040000, 0o120000, 0o100000, 0o170000
_LS_TREE = (b"ls-tree", b"-z", b"--full-tree", b"HEAD", b"--")
_REGULAR_MODES = (b"100644", b"100755")


class _Parsing:
    """How `json.loads` parses."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def passes(raw: bytes) -> bool:
    """Whether what the JSON asks for certainly may be done; False says nothing."""
    try:
        return _passes(raw)
    except Exception:
        return False


def _passes(raw: bytes) -> bool:
    from _json import make_scanner

    text = raw.decode().strip()
    context: Any = _Parsing
    payload, end = make_scanner(context)(text, 0)
    if end != len(text) or event_of(payload) not in BEFORE:
        return False
    wanted = targets(payload)
    folder = folder_of(payload)
    start = posix.getcwdb() if folder is None else folder.encode("utf-8", "surrogateescape")
    return all(_may(kind, path.encode("utf-8", "surrogateescape"), start) for kind, path in wanted)


def _may(kind: str, path: bytes, start: bytes) -> bool:
    """Whether one file may be written or deleted; paths are as the system takes them."""
    if path.startswith(b"~"):
        return False
    placed = _place(path if path.startswith(b"/") else start + b"/" + path)
    if placed is None:
        return False
    top, path = placed
    if top is None:
        return True
    known = look(_git_dir(top))
    if known is None or b"LANEGATE_LANE" in posix.environ or known[3][-1] != top:
        return False
    git_dir, common_dir, lane, (_, _, blob, _, _, _, _, fixed, zones, _) = known
    state = load(common_dir + b"/lanegate/ownership-" + blob)
    if state is None:
        return False
    from lanegate.core.ownership import Ownership

    ownership, name = Ownership.from_state(state), lane.decode()
    change = b":100644 000000 0 0 D" if kind == DELETE else b":000000 100644 0 0 A"
    risky = all_granted(ownership, zones, name, [change, path, b""])
    if risky is None and kind != DELETE:
        mode = _mode_at_head(git_dir, path, fixed)
        if mode in _REGULAR_MODES:
            risky = all_granted(ownership, zones, name, [b":%s %s 0 0 M" % (mode, mode), path, b""])
    if not risky:
        return risky is not None
    from lanegate.lean_locks import all_locked

    return all_locked(common_dir, name, risky)


def _place(path: bytes) -> tuple[bytes | None, bytes] | None:
    """(top of the work tree around a path or None, path below it); None where it is not plain to see."""
    top, at, exists = None, b"", True
    names = [name for name in path.split(b"/") if name not in (b"", b".")]
    if not names or _kind(b"/.git"):
        return None
    for depth, name in enumerate(names, 1):
        if name == b".." or name.lower() == b".git":
            return None
        at += b"/" + name
        kind = _kind(at) if exists else 0
        exists = kind != 0
        if kind == _DIRECTORY and depth < len(names):
            top = at if _kind(at + b"/.git") else top
        elif kind and (kind != _REGULAR or depth < len(names)):
            return None
    return top, at if top is None else at[len(top) + 1 :]


def _kind(path: bytes) -> int:
    """The type of what is there, 0 for nothing. Raises OSError where that cannot be seen."""
    try:
        return posix.lstat(path).st_mode & _FORMAT
    except FileNotFoundError:
        return 0


def _git_dir(top: bytes) -> bytes:
    """The git folder of a work tree (gitrepository-layout(5), .git as a file)."""
    folder = top + b"/.git"
    content = read(folder) if _kind(folder) == _REGULAR else None
    if content is None:
        return folder
    named = content.removeprefix(b"gitdir: ").rstrip(b"\n")
    return named if named.startswith(b"/") else top + b"/" + named


def _mode_at_head(git_dir: bytes, path: bytes, fixed: Any) -> bytes:
    pid, pipe = start_git((b"--git-dir=" + git_dir, *_LS_TREE, path), clean_environment(fixed))
    raw, status = end_of(pid, pipe)
    head, _, named = raw.partition(b"\t")
    return head.split(b" ")[0] if status == 0 and named == path + b"\0" else b""
