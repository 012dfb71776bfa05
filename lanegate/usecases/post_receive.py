"""After the push: git's post-receive hook (githooks(5)) writes into the ledger what landed, and by what it was judged.

It decides nothing and undoes nothing. What it cannot record stays in `lanegate/judged/` and is recorded by a later
post-receive; whoever pushed is told. Under a policy that asks for no acceptance it is silent.
"""

from __future__ import annotations

import os
import sys

from lanegate.core.refs import LEDGER_REF, LOCKS_REF
from lanegate.git.config import read_config
from lanegate.git.push_lines import Line, are_built_in, read_lines
from lanegate.git.refs import read_refs
from lanegate.usecases.asked import Asked
from lanegate.usecases.deadline import Deadline
from lanegate.usecases.judged import Judged, Judgements, name_of, now
from lanegate.usecases.pusher import known_pusher
from lanegate.usecases.server_config import ServerConfig, is_managed, read_server_config
from lanegate.usecases.trusted_policy import NoPolicyError, policy_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Seconds for everything: nothing waits for it but whoever pushed.
TIME = 50.0
_NOT_HANDED_OVER = "what it was judged by was not handed over: policy and ledger are those that stood when it landed"


def main(asked: Asked) -> int:
    """The hook: standard input and environment as git gives them, words on standard error; 3 if something failed."""
    status = 0
    for line, is_failure in post_receive(asked, sys.stdin.buffer.read(), os.environ):
        sys.stderr.write(f"lanegate: {line}\n")
        sys.stderr.flush()
        status = 3 if is_failure else status
    return status


def post_receive(asked: Asked, stdin: bytes, environ: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """Record what a push moved, and what earlier ones left behind. Lines of words, each with whether it is a failure.
    Never raises."""
    try:
        settings = read_config(asked.config)
        if not is_managed(settings):
            return
        with Deadline(TIME):
            yield from _recorded(asked, read_server_config(settings), read_lines(stdin), environ)
    except Exception as error:
        from lanegate.usecases.undecided import undecided

        violation = undecided(error).violations[0]
        yield f"landed, but it is not known whether it is recorded: {violation.message}", True
    finally:
        asked.reader.close()


def _recorded(
    asked: Asked, config: ServerConfig, lines: tuple[Line, ...], environ: Mapping[str, str]
) -> Iterator[tuple[str, bool]]:
    refs = _refs_of(asked)
    files = Judgements(asked.git.git_dir)
    pusher = known_pusher(config, environ)
    name = files.handed_over(name_of(lines, pusher, environ), lines, pusher)
    judged = files.read(name)
    if judged is None and not are_built_in(lines) and not files.was_done(name):
        judged = _as_it_stood(asked, config, lines, refs, pusher)
    if judged is None and not files.names():
        return
    from lanegate.usecases.recording import Recording

    recording = Recording(asked, config, files, refs, lines)
    if judged is not None:
        yield from recording.of_this_push(name, judged._replace(lines=lines, landed=True))
    else:
        yield from recording.of_earlier_ones()


def _refs_of(asked: Asked) -> Callable[[], Mapping[str, str]]:
    """What tells what each ref holds, read once, when somebody asks. Raises GitError."""
    read: list[Mapping[str, str]] = []

    def refs() -> Mapping[str, str]:
        if not read:
            read.append({name: tip.oid for name, tip in read_refs(asked.refs).items()})
        return read[0]

    return refs


def _as_it_stood(
    asked: Asked,
    config: ServerConfig,
    lines: tuple[Line, ...],
    refs: Callable[[], Mapping[str, str]],
    pusher: str | None,
) -> Judged | None:
    """What judges now, as it stood before the push, for want of what pre-receive would have handed over; None where no
    policy asks for acceptance. Raises GitError."""
    before: dict[str, str | None] = {**refs(), **{line.ref: line.old for line in lines}}
    commit = before.get(config.trusted_ref)
    if commit is None:
        return None
    try:
        file = policy_at(asked.reader, commit, config.policy_path, keep_in=asked.git.git_dir, with_rules=False)
    except NoPolicyError:
        return None
    if not file.policy.asks_acceptance:
        return None
    judged = Judged(lines, pusher, now(), file.commit, file.blob, before.get(LEDGER_REF), note=_NOT_HANDED_OVER)
    return judged._replace(locks=before.get(LOCKS_REF))
