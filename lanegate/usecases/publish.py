"""Writing records into the ledger: on top of what the server has, signed, pushed by compare-and-swap, until it is in.

One round: ask the server for its refs; fetch its ledger and its policy if they are new; put this clone's own unpushed
records and the new ones on top, each judged before it is signed; push. When somebody else was faster the round is made
again after a random while, so that any number of writers come through (measured: `git update-ref` with retry lost 0 of
120 appends). When the server cannot be reached the records are kept here, and `lanegate ledger sync` pushes them later.

Nothing but objects is written before the push; then this clone's ledger moves. Killed at any point, the command can
simply be given again: what the ledger says already is not recorded twice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.refs import match_ref
from lanegate.git import remote as network
from lanegate.git.objects import CatFile
from lanegate.git.reach import is_reachable
from lanegate.git.remote import Remote, UnreachableError
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import Clone, StoppedError, open_clone
from lanegate.usecases.drafts import Draft
from lanegate.usecases.ledger_here import (
    Written,
    has,
    move_tip,
    records_between,
    remember_tip,
    remote_ledger,
    seen_file,
    seen_tip,
    tip_here,
)
from lanegate.usecases.ledger_refusals import forked, refusal
from lanegate.usecases.record_chain import Chain, appended, open_scene, own_records
from lanegate.usecases.undecided import stopped

#: Rounds before a writer gives up (the records are kept here), and the longest pause, after the first, in seconds. They
#: get shorter: with pauses that grew, one writer among eight was passed by for two minutes.
ROUNDS, LONGEST_PAUSE = 1000, 1.0
PUSHED, KEPT, HERE = "pushed", "kept", "here"
#: Where a fetch puts the server's ledger before anybody has looked at it; the next one asks for what came since.
#: Without it each round brought all records since the command began, and took longer, until the others were always
#: faster.
_SHOWN = "refs/lanegate/shown/ledger"


class Published(NamedTuple):
    """records: those of the drafts, as they stand in the ledger now. already: of these, the numbers that stood there
    before. replayed: how many unpushed records were pushed along. state: PUSHED; KEPT, where `why` says why the server
    does not have them yet; HERE, where this clone's ledger was meant, or there is no other."""

    records: tuple[Written, ...]
    already: frozenset[int] = frozenset()
    replayed: int = 0
    state: str = PUSHED
    why: str | None = None


def publish(worktree: Worktree, clone: Clone, drafts: Sequence[Draft], *, pushes: bool = True) -> Published:
    """Record drafts, and push all own records unless `pushes` is False.

    Raises StoppedError with the decision where a record would be, or was, refused; SigningError, GitError, RecordError.
    """
    found = remote_ledger(worktree)
    if found is None or not pushes:
        return _keep(worktree, clone, drafts, HERE, None)
    remote, ref = found
    last = "no answer"
    for turn in range(ROUNDS):
        if turn:
            time.sleep(random.uniform(0, LONGEST_PAUSE / turn))  # noqa: S311 (who has waited long gets his turn)
        try:
            refs = remote.refs()
            clone = _brought(worktree, clone, remote, ref, refs)
        except UnreachableError as error:
            return _keep(worktree, clone, drafts, KEPT, error.message)
        chain = _on_top_of_server(worktree, clone, refs, refs.get(ref), drafts)
        if chain.tip == refs.get(ref) or chain.tip is None:
            return _settled(worktree, chain, PUSHED)
        try:
            outcome = remote.push(chain.tip, ref)
        except UnreachableError as error:
            return _settled(worktree, chain, KEPT, error.message)
        if outcome.state == network.PUSHED:
            return _settled(worktree, chain, PUSHED)
        last = outcome.said
        if outcome.state == network.REFUSED and _still(remote, ref, refs.get(ref)):
            raise StoppedError(refusal(outcome.said))
    return _keep(worktree, clone, drafts, KEPT, f"{ROUNDS} times another writer was faster, or the server said: {last}")


def _still(remote: Remote, ref: str, tip: str | None) -> bool:
    """Whether a ref of the server is what it was; so it is taken to be where nobody can tell."""
    try:
        return remote.refs().get(ref) == tip
    except UnreachableError:
        return True


def _brought(worktree: Worktree, clone: Clone, remote: Remote, ref: str, refs: Mapping[str, str]) -> Clone:
    """The clone after fetching what is new: the ledger, the policy, and the branches of lanes whose push proves who
    wrote a commit. Raises StoppedError where the ledger is not what the server showed before."""
    git = worktree.git
    wanted = []
    ledger = refs.get(ref)
    if ledger is not None and not has(git, ledger):
        wanted.append(f"+{ref}:{_SHOWN}")
    prefix = f"refs/remotes/{remote.name}/"
    trusted = f"refs/heads/{clone.ref.removeprefix(prefix)}"
    if clone.ref.startswith(prefix) and refs.get(trusted) not in (None, worktree.commit(clone.ref)):
        wanted.append(f"+{trusted}:{clone.ref}")
    if clone.policy.asks_pusher:
        lanes = [name for name in refs if (rule := match_ref(clone.policy, name)) is not None and rule[1] is not None]
        wanted += [name for name in lanes if not has(git, refs[name])]
    if wanted:
        remote.fetch(*wanted)
        clone = open_clone(worktree) or clone
    seen = seen_tip(worktree)
    if seen is not None and (ledger is None or not (has(git, seen) and is_reachable(git, seen, [ledger]))):
        raise StoppedError(forked(seen, ledger, seen_file(worktree)))
    return clone


def _on_top_of_server(
    worktree: Worktree, clone: Clone, refs: Mapping[str, str], server: str | None, drafts: Sequence[Draft]
) -> Chain:
    """This clone's own unpushed records and the drafts, on top of the server's ledger."""
    with open_scene(worktree, clone, refs) as scene:
        former = tip_here(worktree.git)
        pending = own_records(scene, former, server)
        chain = Chain(server, former)
        for written in pending:
            old = Draft(written.record.body, written.record.note, written.report)
            chain = appended(scene, chain, old, written)
        chain = Chain(chain.tip, former, replayed=len(pending))
        for draft in drafts:
            chain = appended(scene, chain, draft, None)
        return chain


def _keep(worktree: Worktree, clone: Clone, drafts: Sequence[Draft], state: str, why: str | None) -> Published:
    """Put the drafts on this clone's own ledger. Refs of the server: as they were fetched last."""
    refs = tracked(worktree)
    for _ in range(ROUNDS):
        here = tip_here(worktree.git)
        with open_scene(worktree, clone, refs) as scene:
            chain = Chain(here)
            for draft in drafts:
                chain = appended(scene, chain, draft, None)
        if chain.tip is None or move_tip(worktree.git, here, chain.tip):
            return Published(chain.records, chain.already, 0, state, why)
    raise StoppedError(stopped("LG903", f"{LEDGER_REF} of this clone moves all the time", "try again"))


def tracked(worktree: Worktree) -> dict[str, str]:
    """What each branch of the remote held when it was fetched last; this clone's own branches where there is no
    remote. Raises GitError."""
    found = remote_ledger(worktree)
    prefix = f"refs/remotes/{found[0].name}/" if found is not None else "refs/heads/"
    lines = worktree.git.line("for-each-ref", "--format=%(objectname) %(refname)", prefix).splitlines()
    pairs = (line.split(" ", 1) for line in lines)
    return {f"refs/heads/{name.removeprefix(prefix)}": oid for oid, name in pairs if name != f"{prefix}HEAD"}


def _settled(worktree: Worktree, chain: Chain, state: str, why: str | None = None) -> Published:
    """Let this clone's ledger be what was pushed, or is still to be. Where it moved meanwhile by records that nobody
    pushed, it stays: they are replayed with the next push."""
    tip, here = chain.tip, chain.former
    if tip is not None and state == PUSHED:
        remember_tip(worktree, tip)
    while tip is not None and not move_tip(worktree.git, here, tip):
        here = tip_here(worktree.git)
        if here is not None and not is_reachable(worktree.git, here, [tip]):
            break
    return Published(chain.records, chain.already, chain.replayed, state, why)


def discard(worktree: Worktree, clone: Clone) -> tuple[Written, ...]:
    """Let this clone's ledger be the server's, whatever it has on top; the records that are dropped.

    Raises StoppedError, UnreachableError, GitError, RecordError.
    """
    found = remote_ledger(worktree)
    if found is None:
        raise StoppedError(stopped("LG901", "there is no remote: this clone's ledger is the only one", "nothing to do"))
    remote, ref = found
    refs = remote.refs()
    _brought(worktree, clone, remote, ref, refs)
    here, server = tip_here(worktree.git), refs.get(ref)
    reader = CatFile(worktree.git)
    try:
        dropped = records_between(worktree.git, reader, here, server)
    finally:
        reader.close()
    if here is not None and not move_tip(worktree.git, here, server):
        raise StoppedError(stopped("LG903", f"{LEDGER_REF} of this clone moved meanwhile", "try again"))
    return dropped
