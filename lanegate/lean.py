"""The lean pre-commit: the answer "allowed" in a few milliseconds, or no answer at all.

Python alone takes longer to start than git takes to say what is staged, so this module loads nothing but built-in
modules and the compiled policy, and starts git before the policy is read. It may only ever say that the commit is
allowed. Whatever is not plain (no cache, another policy, a changed configuration, a merge, a link, an unknown lane, a
single path without a grant, one in a zone that looks at contents or people, any error) is left to the full engine
(`usecases/staged.py`), which decides, explains, and writes the cache anew. So a mistake here could only be a pass that
the full engine would not give; tests compare the two.

The files read are written by `usecases/lean_cache.py`, each has a checksum, and each is only a saving of time:

    <git dir>/lanegate/lean                 of this worktree: what the full engine found, and what it depends on
    <common dir>/lanegate/ownership-<blob>  the compiled grants and zones of the policy with this blob id
    <common dir>/lanegate/locks             the locks as fetched last, for high-risk paths alone (`lean_locks.py`)

What the first depends on is compared byte by byte: the two configuration files, and the files that hold the trusted
ref (loose, or the packed-refs file by its stat data, which is how git itself knows that it is unchanged). They are
only written where refs are kept in files, so another ref storage never gets here.
"""

from __future__ import annotations

import _imp
import marshal
import posix
import sys

from lanegate import __version__

TYPE_CHECKING = False  # typing itself costs more than this module
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lanegate.core.ownership import Ownership

FORMAT = (__version__, sys.implementation.cache_tag, sys.hexversion, 3)
_REF_DEPTH = 5
#: With one of these, objects or the repository are not where the files above say.
_ODD_VARIABLES = (b"GIT_COMMON_DIR", b"GIT_OBJECT_DIRECTORY", b"GIT_ALTERNATE_OBJECT_DIRECTORIES", b"GIT_NAMESPACE")
_REGULAR = (b"100644", b"100755")


def passes() -> bool:
    """Whether the commit in the making is certainly allowed; False says nothing. Runs in the folder git runs hooks
    in."""
    try:
        return _passes()
    except Exception:
        return False


def _passes() -> bool:
    known = look()
    if known is None:
        return False
    git_dir, common_dir, lane, (_, _, blob, _, _, _, arguments, fixed, zones, _) = known
    pid, pipe = start_git((b"--git-dir=" + git_dir, *arguments), clean_environment(fixed))
    try:
        state = load(common_dir + b"/lanegate/ownership-" + blob)
        from lanegate.core.ownership import Ownership

        ownership = None if state is None else Ownership.from_state(state)
    finally:
        raw, status = end_of(pid, pipe)
    if status or ownership is None:
        return False
    risky = all_granted(ownership, zones, lane.decode(), raw.split(b"\0"))
    if not risky:
        return risky is not None
    from lanegate.lean_locks import all_locked

    return all_locked(common_dir, lane.decode(), risky)


def look(git_dir: bytes | None = None) -> tuple[bytes, bytes, bytes, tuple[Any, ...]] | None:
    """(git folder, common folder, lane, what `usecases/lean_cache.py` wrote) where all of it still holds, else
    None. git_dir: the git folder, by default the one of the hook that runs."""
    environ = posix.environ
    git_dir = git_dir or environ.get(b"GIT_DIR", b".git")
    remembered = load(git_dir + b"/lanegate/lean")
    if remembered is None or any(name in environ for name in _ODD_VARIABLES):
        return None
    ref, depends_on, _, lanes, lane, by_head, *_ = remembered
    common_dir = common_dir_of(git_dir)
    if _exists(git_dir + b"/MERGE_HEAD") or fingerprint(git_dir, common_dir, ref) != depends_on:
        return None
    named = environ.get(b"LANEGATE_LANE")
    lane = named or lane or by_head.get(read(git_dir + b"/HEAD"))
    return (git_dir, common_dir, lane, remembered) if lane in lanes else None


def all_granted(ownership: Ownership, zones: tuple[str, ...], lane: str, fields: list[bytes]) -> list[bytes] | None:
    """The high-risk paths of the changes, which need a lock too; None where any is not certainly granted. zones: the
    mode of each, empty where more is asked than the mode says. fields: of `git diff-index --raw -z`, split."""
    if fields.pop() or len(fields) % 2:
        return None
    risky = []
    for at in range(0, len(fields), 2):
        head, path = fields[at], fields[at + 1]
        old_mode, new_mode, _, _, status = head[1:].split(b" ")
        if status == b"U" or new_mode == b"120000":
            return None
        match = ownership.grant(lane, path)
        granted = match.grant
        zone = ownership.zone(path) if zones else None
        if zone is not None:
            mode = zones[zone]
            if mode == "shared" and not match.out_of_scope:
                continue
            if mode != "high-risk":
                return None
            risky.append(path)
        if granted != "PRIMARY" and not (granted == "MODIFY" and old_mode == new_mode and new_mode in _REGULAR):
            return None
    return risky


def fingerprint(git_dir: bytes, common_dir: bytes, ref: bytes) -> tuple[Any, ...] | None:
    """What the files say that decide which policy counts here; None where they do not say it.

    Equal fingerprints mean: same configuration, and `ref` (followed through symbolic refs) at the same commit.
    """
    ref_is = ref_files(common_dir, ref)
    if ref_is is None:
        return None
    return (read(common_dir + b"/config"), read(git_dir + b"/config.worktree"), *ref_is)


def ref_files(common_dir: bytes, ref: bytes) -> tuple[Any, ...] | None:
    """What the files say that hold a ref, followed through symbolic refs; None where they lead nowhere. Raises OSError
    where it is in none and there are no packed refs."""
    found: list[Any] = []
    for _ in range(_REF_DEPTH):
        content = read(common_dir + b"/" + ref)
        found.append(content)
        if content is None:
            packed = posix.stat(common_dir + b"/packed-refs")
            found.append((packed.st_mtime_ns, packed.st_size, packed.st_ino, packed.st_dev))
            return tuple(found)
        if not content.startswith(b"ref: "):
            return tuple(found)
        ref = content[5:].strip()
    return None


def common_dir_of(git_dir: bytes) -> bytes:
    """The folder that all worktrees share (gitrepository-layout(5), commondir)."""
    content = read(git_dir + b"/commondir")
    if content is None:
        return git_dir
    folder = content.rstrip(b"\n")
    return folder if folder.startswith(b"/") else git_dir + b"/" + folder


def dump(value: tuple[Any, ...]) -> bytes:
    """The content of a file that `load` reads back."""
    data = marshal.dumps((FORMAT, value))
    return _imp.source_hash(0, data) + data


def load(path: bytes) -> tuple[Any, ...] | None:
    """The value in a file that `dump` made; None if it is missing, damaged, or of another version or Python."""
    content = read(path)
    if content is None or _imp.source_hash(0, content[8:]) != content[:8]:
        return None
    made_by, value = marshal.loads(content[8:])  # noqa: S302 (ours, by its checksum)
    return value if made_by == FORMAT else None


def read(path: bytes) -> bytes | None:
    """The content of a file, None if there is none."""
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    return read_open(file)


def read_open(file: int) -> bytes:
    """All that comes from an open file, which is closed then."""
    try:
        chunks = []
        while chunk := posix.read(file, 1 << 20):
            chunks.append(chunk)
        return b"".join(chunks)
    finally:
        posix.close(file)


def _exists(path: bytes) -> bool:
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def clean_environment(fixed: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The environment that the full engine gives git, with the index that this commit uses."""
    kept = {name: value for name, value in posix.environ.items() if not name.startswith(b"GIT_")}
    kept.update(fixed)
    if b"GIT_INDEX_FILE" in posix.environ:
        kept[b"GIT_INDEX_FILE"] = posix.environ[b"GIT_INDEX_FILE"]
    return kept


def start_git(arguments: tuple[bytes, ...], environment: Mapping[bytes, bytes]) -> tuple[int, int]:
    """(process id, pipe from its standard output) of a git that says nothing else."""
    ours, theirs = posix.pipe()
    actions = [(posix.POSIX_SPAWN_DUP2, theirs, 1), (posix.POSIX_SPAWN_OPEN, 2, b"/dev/null", posix.O_WRONLY, 0)]
    pid = posix.posix_spawnp(b"git", [b"git", *arguments], environment, file_actions=actions)
    posix.close(theirs)
    return pid, ours


def end_of(pid: int, pipe: int) -> tuple[bytes, int]:
    """(all that a git said, its wait status)."""
    raw = read_open(pipe)
    return raw, posix.waitpid(pid, 0)[1]
