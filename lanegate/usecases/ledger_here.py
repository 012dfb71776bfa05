"""The ledger as a clone has it: the ref with its own unpushed records, and the last tip that the server showed.

`refs/lanegate/ledger` here is what the server had, with what this clone still has to push on top. The tip that the
server showed last is kept in a file beside the repository's own: whatever it shows later must descend from it, or an
older or forked ledger is being served (THREATS, "Ledger rewound, forked, deleted"). The file is written whole or not
at all.
"""

from __future__ import annotations

from lanegate.core.ledger import LEDGER_REF, RECORD, REPORT
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.object_id import is_full_id
from lanegate.core.record import Record, RecordError, read_record
from lanegate.git.objects import CatFile, MissingObjectError
from lanegate.git.ref_moves import move_ref
from lanegate.git.remote import Remote
from lanegate.git.run import Git, GitError
from lanegate.git.worktree import CallersGit, Worktree, own_configuration
from lanegate.usecases.clone import remote_of
from lanegate.usecases.kept_file import keep, kept_in, read_kept

#: Where records live on a server, unless the clone's configuration says `lanegate.records` (a forge without hooks).
RECORDS, RECORDS_KEY = "refs/lanegate", "lanegate.records"
_SEEN = "ledger-seen"


class Written(NamedTuple):
    """A record in the ledger: the id of its commit, and its gate report, if it has one."""

    commit: str
    record: Record
    report: bytes | None = None


def tip_here(git: Git, ref: str = LEDGER_REF) -> str | None:
    """The tip of this clone's ledger (or of another log), None if it has none. Raises GitError."""
    return git.line("rev-parse", "--verify", "--quiet", ref, accept=(0, 1)) or None


def move_tip(git: Git, old: str | None, new: str | None, ref: str = LEDGER_REF) -> bool:
    """Move this clone's ledger (or another log) from one tip to another, None for no ledger; False if somebody else
    moved it. Raises GitError."""
    if old == new:
        return True
    try:
        move_ref(git, ref, old, new)
    except GitError:
        if tip_here(git, ref) == old:
            raise
        return False
    return True


def remote_ledger(worktree: Worktree) -> tuple[Remote, str] | None:
    """The remote that keeps the ledger, and the ledger's ref there; None where there is no remote. Raises GitError."""
    found = remote_records(worktree)
    return (found[0], f"{found[1]}/ledger") if found is not None else None


def remote_records(worktree: Worktree) -> tuple[Remote, str] | None:
    """The remote that keeps records, and what their refs there begin with; None where there is no remote. Raises
    GitError."""
    name = remote_of(worktree)
    if name is None:
        return None
    settings = {key: value for _, key, value in own_configuration(worktree.git)}
    prefix = settings.get(RECORDS_KEY) or RECORDS
    return Remote(CallersGit(worktree.top or worktree.git_dir), name), prefix.rstrip("/")


def seen_tip(worktree: Worktree) -> str | None:
    """The ledger's tip that the server showed last, None before the first time. Raises GitError."""
    path = seen_file(worktree)
    content = read_kept(path)
    if content is None:
        return None
    tip = content.decode("ascii", "replace").strip()
    if not is_full_id(tip):
        raise GitError(f"{path} holds no commit id")
    return tip


def remember_tip(worktree: Worktree, tip: str) -> None:
    """Keep the tip that the server showed. Raises GitError."""
    keep(seen_file(worktree), f"{tip}\n".encode())


def seen_file(worktree: Worktree) -> str:
    """Where `seen_tip` is kept."""
    return kept_in(worktree.common_dir, _SEEN)


def has(git: Git, oid: str) -> bool:
    """Whether an object is in this repository."""
    return git.outcome("cat-file", "-e", oid)[0] == 0


def records_between(git: Git, reader: CatFile, tip: str | None, older: str | None) -> tuple[Written, ...]:
    """The records of a ledger that stand between two tips, oldest first. Raises GitError, RecordError."""
    if tip is None:
        return ()
    exclude = (f"^{older}",) if older is not None else ()
    commits = git.line("rev-list", "--reverse", "--first-parent", tip, *exclude).split()
    return tuple([read_written(reader, commit) for commit in commits])


def read_written(reader: CatFile, commit: str) -> Written:
    """The record of a commit of the ledger. Raises GitError, RecordError."""
    try:
        _, kind, data = reader.lookup(f"{commit}:{RECORD.decode()}")
    except MissingObjectError:
        raise RecordError(f"commit {commit} of the ledger holds no record") from None
    if kind != "blob":
        raise RecordError(f"commit {commit} of the ledger holds no record")
    record = read_record(data)
    has_report = getattr(record.body, "report", None) is not None
    report = reader.lookup(f"{commit}:{REPORT.decode()}")[2] if has_report else None
    return Written(commit, record, report)
