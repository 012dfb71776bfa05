"""The ledger that a clone judges a history by: checked against what it must hold, verified from its first record on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context

from lanegate.core.decision import Violation
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.reach import is_reachable
from lanegate.git.run import Git
from lanegate.usecases.ledger_here import has
from lanegate.usecases.ledger_verify import VerifiedLedger, verify_chain
from lanegate.usecases.policy_eras import trusted_eras


class LedgerWanted(NamedTuple):
    """tip: of the clone's ledger, None if it has none. trusted: tip of the trusted ref, whose policies judge the
    records. held: records that the ledger must hold, by id, and why in words."""

    tip: str | None
    trusted: str
    policy_path: str
    held: tuple[tuple[str, str], ...] = ()


class OpenedLedger(NamedTuple):
    """verified: None where there is none to go by. problems: what is wrong with it."""

    verified: VerifiedLedger | None
    problems: tuple[Violation, ...]


def open_ledger(git: Git, wanted: LedgerWanted, progress: Callable[[int, int], None] | None = None) -> OpenedLedger:
    """The ledger, verified from its first record on. Raises GitError, ObjectTooLargeError."""
    problems = tuple(violation for oid, why in wanted.held for violation in _not_held(git, wanted.tip, oid, why))
    if wanted.tip is None:
        return OpenedLedger(None, problems)
    eras = trusted_eras(git, wanted.trusted, wanted.policy_path)
    verified = verify_chain(git, wanted.tip, eras, progress)
    return OpenedLedger(verified, problems + verified.problems)


@contextmanager
def opened_aside(git: Git, wanted: LedgerWanted | None, jobs: int) -> Iterator[Callable[[], OpenedLedger | None]]:
    """Open a ledger in a process of its own where there may be several; gives what waits for it. None: none is."""
    if wanted is None:
        yield lambda: None
    elif jobs < 2:
        yield lru_cache(1)(lambda: open_ledger(git, wanted))
    else:
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            yield pool.submit(open_ledger, git, wanted).result


def no_ledger() -> Violation:
    """LG903: of a clone that has none, where one is needed."""
    hint = f"git fetch origin {LEDGER_REF}:{LEDGER_REF}"
    return Violation("LG903", "acceptance is asked for, and this clone has no ledger", ref=LEDGER_REF, hint=hint)


def _not_held(git: Git, tip: str | None, older: str, why: str) -> Iterator[Violation]:
    """LG305 where the ledger does not hold a record that it must hold."""
    if tip is not None and has(git, older) and is_reachable(git, older, [tip]):
        return
    found = f"is at {tip[:12]} and does not hold it" if tip is not None else "does not exist here"
    message = f"an older or forked ledger: {older[:12]} was {why}, and {LEDGER_REF} {found}"
    hint = "run: lanegate ledger sync; if it stays so, ask the server's admin"
    yield Violation(code="LG305", message=message, ref=LEDGER_REF, hint=hint)
