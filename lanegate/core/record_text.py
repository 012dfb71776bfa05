"""A record in words: the message of its commit, for people who read `git log`. Nothing is read from it."""

from __future__ import annotations

from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.record import GateRun, Landing, Reconcile, Record, Verdict, Withdraw

_SHOWN = 3
_LOCK_WORDS = {Heartbeat: "heartbeat", Release: "released"}


def subject_of(record: Record) -> str:
    """One line that says what a record is about."""
    body = record.body
    if isinstance(body, Verdict):
        return f"{body.verdict}: {_some(body.commits)} of {body.lane} for {_names(body.refs)}"
    if isinstance(body, Withdraw):
        return f"withdrawn: verdicts on {_some(body.commits)} for {_names(body.refs)}"
    if isinstance(body, Reconcile):
        return f"reconciled: {_names(body.assumptions)} of {body.lane}"
    if isinstance(body, GateRun):
        return f"gates on {body.commit[:12]}: {len(body.passed)} passed, {len(body.failed)} failed"
    if isinstance(body, Landing):
        return _landing(body)
    if isinstance(body, Acquire):
        return f"acquired: {body.lock} by {body.lane} on {_names(body.scope)}"
    if isinstance(body, Reclaim):
        return f"{'overridden' if body.override else 'reclaimed'}: {body.lock} for {body.lane}"
    return f"{_LOCK_WORDS[type(body)]}: {body.lock}"


def message_of(record: Record) -> str:
    """The whole message: the subject, the writer's note, a landing's reason, and the record's number."""
    reason = record.body.reason if isinstance(record.body, Landing) else None
    paragraphs = (subject_of(record), reason, record.note, f"Record: {record.number}")
    return "\n\n".join(text for text in paragraphs if text) + "\n"


def _landing(body: Landing) -> str:
    first = body.moved[0]
    more = f" and {len(body.moved) - 1} more" if len(body.moved) > 1 else ""
    what = "overridden" if body.reason is not None else "landed"
    return f"{what}: {first.ref.removeprefix('refs/heads/')} at {(first.new or 'nothing')[:12]}{more}"


def _some(commits: tuple[str, ...]) -> str:
    return _names(tuple(commit[:12] for commit in commits))


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(name.removeprefix("refs/heads/") for name in names[:_SHOWN]) + more
