"""The ledger that a clone judges a history by: checked against what it must hold, verified from its first record on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from lanegate.core.decision import Violation
from lanegate.core.ledger import LEDGER, LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.history import chain_ids
from lanegate.git.reach import is_reachable
from lanegate.git.run import Git
from lanegate.usecases.ledger_here import has
from lanegate.usecases.ledger_verify import VerifiedLedger, verify_chain
from lanegate.usecases.policy_eras import KnownEras, trusted_eras
from lanegate.usecases.records_ahead import records_ahead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.record_log import Log


class LogWanted(NamedTuple):
    """tip: of the clone's ledger or lock registry, None if it has none. trusted: tip of the trusted ref, whose policies
    judge the records. held: records that it must hold, by id, and why in words. ids: waits for `chain_ids`, where
    somebody asked for them already; of another tip they are of no use, should the log have moved meanwhile."""

    tip: str | None
    trusted: str
    policy_path: str
    held: tuple[tuple[str, str], ...] = ()
    ids: Callable[[], list[str]] | None = None


class OpenedLedger(NamedTuple):
    """verified: None where there is none to go by. problems: what is wrong with it."""

    verified: VerifiedLedger | None
    problems: tuple[Violation, ...]


def open_ledger(
    git: Git, wanted: LogWanted, jobs: int = 1, progress: Callable[[int, int], None] | None = None
) -> OpenedLedger:
    """The ledger, verified from its first record on by up to `jobs` processes. Raises GitError, ObjectTooLargeError."""
    with ledger_to_open(git, wanted, jobs, progress) as opened:
        return opened()


@contextmanager
def ledger_to_open(
    git: Git,
    wanted: LogWanted,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    known: KnownEras | None = None,
) -> Iterator[Callable[[], OpenedLedger]]:
    """A ledger that is verified once it is asked for; of a long one, signatures are checked from now on. Raises
    GitError; what it gives, as `open_ledger`. known: as of `trusted_eras`."""
    eras = trusted_eras(git, wanted.trusted, wanted.policy_path, known) if wanted.tip is not None else []
    ids = wanted.ids() if wanted.tip is not None and wanted.ids is not None else []
    if wanted.tip is not None and ids[-1:] != [wanted.tip]:
        ids = chain_ids(git, wanted.tip)
    with records_ahead(git, ids, eras, jobs) as ahead:

        @lru_cache(1)
        def opened() -> OpenedLedger:
            problems = tuple(violation for oid, why in wanted.held for violation in not_held(git, wanted.tip, oid, why))
            if not ids:
                return OpenedLedger(None, problems)
            verified = verify_chain(git, ids, eras, progress, ahead)
            return OpenedLedger(verified, problems + verified.problems)

        yield opened


def no_ledger() -> Violation:
    """LG903: of a clone that has none, where one is needed."""
    hint = f"git fetch origin {LEDGER_REF}:{LEDGER_REF}"
    return Violation("LG903", "acceptance is asked for, and this clone has no ledger", ref=LEDGER_REF, hint=hint)


def not_held(git: Git, tip: str | None, older: str, why: str, log: Log = LEDGER) -> Iterator[Violation]:
    """LG305 (LG407 of the lock registry) where a log does not hold a record that it must hold. tip: of the log here."""
    if tip is not None and has(git, older) and is_reachable(git, older, [tip]):
        return
    found = f"is at {tip[:12]} and does not hold it" if tip is not None else "does not exist here"
    message = f"an older or forked {log.name}: {older[:12]} was {why}, and {log.ref} {found}"
    fetch = "lanegate ledger sync" if log.ref == LEDGER_REF else "lanegate lock list --fetch"
    hint = f"run: {fetch}; if it stays so, ask the server's admin"
    yield Violation(code=log.forged, message=message, ref=log.ref, hint=hint)
