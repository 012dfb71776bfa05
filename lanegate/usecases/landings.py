"""Records of what landed: which refs of a push are worth one, and the way into the ledger (design section 6).

A landing names every ref that moved and is the trusted one or one whose commits are accepted, and every ref of a rule
that was rewound or deleted. It is written after the push, by whoever holds the lock of the repository's
post-receives, on top of whatever the ledger then holds; people push to the ledger at the same time, so the ref moves
by compare-and-swap, again and again.

A file that another push left behind (usecases/judged.py) is that of a push that failed after it was let in, of one
that is still on its way, or of one whose post-receive was killed. It landed if its ref was at `new` afterwards and no
record, nor the push at hand, brought it there or took it away from `old`.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import NOBODY
from lanegate.core.record import MAX_NAMED, Landing, Moved, Record, RecordError, read_record
from lanegate.core.refs import LEDGER_REF, is_built_in, match_ref
from lanegate.git.append import append, server
from lanegate.git.ledger import Ledger
from lanegate.git.objects import MissingObjectError
from lanegate.git.reach import is_just_above, is_reachable
from lanegate.git.ref_moves import move_ref
from lanegate.git.run import Git, GitError
from lanegate.usecases.judged import Judged
from lanegate.usecases.server_key import named_server, signing_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from lanegate.core.policy import Policy
    from lanegate.git.append import Signer
    from lanegate.git.objects import CatFile, Reader
    from lanegate.git.push_lines import Line
    from lanegate.usecases.server_config import ServerConfig

TAGS = "refs/tags/"
#: Tries to move the ledger's ref, and seconds that one waits at most.
TRIES, LONGEST_WAIT = 60, 0.4


class NoServerError(Exception):
    """The policy knows no server, so no landing can be recorded under it. `.message`, `.hint`."""

    message = "the policy names no server whose key could sign the record"
    hint = "lanegate install --server DIR prints the key to put under [servers.main] of the policy"


class Way(NamedTuple):
    """How records get into the ledger of a repository. reader: of its objects and refs. signer: the server. writer:
    what the record calls it."""

    git: Git
    reader: CatFile
    signer: Signer
    writer: str | None


def way_for(git: Git, reader: CatFile, policy: Policy, config: ServerConfig) -> Way:
    """The way for landings that this policy judged. Raises NoServerError, ServerKeyError."""
    if policy.identity == NOBODY:
        return Way(git, reader, server(git, "server", "")._replace(key=None, signs=False), None)
    if not policy.servers:
        raise NoServerError
    asked = (policy, git.git_dir, config.server_key)
    found = named_server(*asked) or signing_server(*asked)
    return Way(git, reader, server(git, found.name, found.path, found.private), f"server:{found.name}")


def moved_refs(
    git: Git, reader: Reader, policy: Policy, trusted_ref: str, lines: Iterable[Line], *, of_override: bool = False
) -> tuple[Moved, ...]:
    """What of a push a record names, in its order: of an override, every ref. Raises GitError."""
    return tuple(
        Moved(line.ref, line.old, line.new, forced)
        for line in lines
        if not is_built_in(line.ref)
        for forced in (_is_forced(git, reader, line),)
        if of_override or _is_worth_it(policy, trusted_ref, line.ref, forced=forced)
    )


def _is_worth_it(policy: Policy, trusted_ref: str, ref: str, *, forced: bool) -> bool:
    found = match_ref(policy, ref)
    return ref == trusted_ref or (found is not None and (forced or found[0].accepted))


def _is_forced(git: Git, reader: Reader, line: Line) -> bool:
    if line.new is None:
        return True
    if line.old is None:
        return False
    if line.ref.startswith(TAGS):
        return True  # a tag that moves at all
    try:
        return not (is_just_above(reader, line.old, line.new) or is_reachable(git, line.old, (line.new,)))
    except GitError:  # what stood there was no commit
        return True


def record(way: Way, judged: Judged, moved: tuple[Moved, ...], version: str) -> int:
    """Record that these refs moved; the number of the (last) record. version: git's. Raises GitError, also where the
    ledger moves on too quickly, SigningError, RecordError, and ValueError for no ref at all."""
    numbers = []
    for start in range(0, len(moved), MAX_NAMED):
        landing = Landing(
            moved=moved[start : start + MAX_NAMED],
            time=judged.time,
            git=version,
            pusher=_plain(judged.pusher),
            ledger=judged.ledger,
            seen=number_at(way.reader, judged.ledger),
            locks=judged.locks,
            reason=judged.reason,
            codes=judged.codes,
        )
        numbers.append(_append(way, Record(0, judged.policy, landing, way.writer, judged.note)))
    return max(numbers)


def _append(way: Way, record: Record) -> int:
    git, reader = way.git, way.reader
    for attempt in range(TRIES):
        tip = tip_of(reader)
        numbered = record._replace(number=number_at(reader, tip) + 1)
        made = append(git, way.signer, tip, numbered, reader=reader)
        try:
            move_ref(git, LEDGER_REF, tip, made, "-m", "lanegate: landing")
        except GitError:
            if attempt == TRIES - 1:
                raise
            from random import random
            from time import sleep

            sleep(random() * min(LONGEST_WAIT, 0.01 * 2**attempt))  # noqa: S311 (people push there at the same time)
        else:
            return numbered.number
    raise GitError("the ledger never stood still")


def tip_of(reader: CatFile) -> str | None:
    """The ledger's newest record as the ref is now, None if there is none. Raises GitError."""
    try:
        return reader.lookup(LEDGER_REF)[0]
    except MissingObjectError:
        return None


def number_at(reader: CatFile, tip: str | None) -> int:
    """The number of the record at a tip, 0 for none. Raises GitError."""
    return Ledger(reader, tip).number


def landings_since(git: Git, reader: CatFile, judged: Judged) -> tuple[Moved, ...]:
    """What the records tell that moved since the ledger that a push was judged by. Raises GitError."""
    tip = tip_of(reader)
    if tip is None or tip == judged.ledger:
        return ()
    known = [f"^{judged.ledger}"] if judged.ledger is not None else []
    return tuple(_landed(reader, git.output("rev-list", "--first-parent", tip, *known).decode().split()))


def _landed(reader: CatFile, commits: Iterable[str]) -> Iterator[Moved]:
    for commit in commits:
        try:
            body = read_record(reader.lookup(f"{commit}:record")[2]).body
        except RecordError as error:
            raise GitError(f"the ledger holds a record that cannot be read, {commit}: {error.message}") from error
        if isinstance(body, Landing):
            yield from body.moved


def not_in(since: Collection[Moved], lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that no record tells of. since: as of `that_landed`."""
    told = {(moved.ref, moved.old, moved.new) for moved in since}
    return tuple(line for line in lines if (line.ref, line.old, line.new) not in told)


def that_landed(
    judged: Judged, since: Collection[Moved], others: Collection[Line], refs: Mapping[str, str]
) -> tuple[Line, ...]:
    """The lines of a push left behind that came true and are in no record yet.

    since: what records tell that moved since it was judged. others: lines of the push at hand, which landed. refs: what
    each ref holds now.
    """
    steps = [*((moved.ref, moved.old, moved.new) for moved in since), *((o.ref, o.old, o.new) for o in others)]
    return tuple(line for line in judged.lines if _came_true(line, steps, refs))


def _came_true(line: Line, steps: Collection[tuple[str, str | None, str | None]], refs: Mapping[str, str]) -> bool:
    here = [(old, new) for ref, old, new in steps if ref == line.ref]
    left, entered = {old for old, _ in here}, {new for _, new in here}
    if line.old in left or line.new in entered:
        return False
    return line.new in left or refs.get(line.ref) == line.new


def _plain(name: str | None) -> str | None:
    """A name as a record can hold it."""
    if name is None or name.isprintable():
        return name[:500] if name else None
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in name)[:500]
