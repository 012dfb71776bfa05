"""A push to the ledger or the lock registry, a second time: what holds for the records of both.

A record is compared byte by byte with the spelling of records.py; who signed is for git and ssh-keygen to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from tests.differential.case import Case
from tests.differential.changes import NOTHING
from tests.differential.malformed import object_defects
from tests.differential.plumbing import GitError
from tests.differential.records import HEAD, RECORD, Table, spelt


class NotARecordError(Exception):
    """A commit is not a record that may stand there; the text says why (LG305, LG407)."""


def judge_log(case: Case, name: str, forged: str, judge_one: Callable[[Case, str, str | None], None]) -> None:
    """Every new record in turn, of the ledger or of the lock registry, with the id of the record before it. A record
    that is none ends it (forged: the code of that): what comes on top of it means nothing."""
    old, new = case.update.old, case.update.new
    if new is None:
        case.add("LG602", f"the {name} is not deleted")
        return
    if case.git.kind(new) != "commit":
        case.add(forged, f"the {name} points at no commit")
        return
    if old is not None and not case.git.is_ancestor(old, new):
        case.add("LG602", f"the {name} only grows")
        return
    try:
        before = old
        for commit in case.git.reachable([new], [old] if old else []):
            judge_one(case, commit, before)
            before = commit
    except (NotARecordError, GitError) as error:
        case.add(forged, str(error))


def must(is_right: bool, why: str) -> None:
    if not is_right:
        raise NotARecordError(why)


def judge_place(case: Case, commit: str, before: str | None, record: Table, number: int) -> None:
    """Raises NotARecordError where a record does not stand alone on top of the one before, as the next in number, or
    was written under another policy than the server's."""
    git = case.git
    must(git.parents(commit) == ([before] if before else []), f"{commit} is not the only one on top of the one before")
    must(not object_defects(git, commit), f"{commit} is malformed")
    must(record["number"] == number, f"number {record['number']}")
    judged_by = git.leaves(case.server.refs[case.server.trusted]).get(case.server.policy_path, NOTHING).id
    must(record["policy"] == judged_by, "written under another policy")


def judge_signer(case: Case, commit: str, record: Table) -> bool:
    """Whether the writer of a record is proven, or nobody has to be. Raises NotARecordError."""
    policy = case.policy
    if policy.identity == "none":
        must(record["writer"] is None, "nobody is proven to have written it")
        return True
    head = case.git.object(commit)[1].partition(b"\n\n")[0]
    signer = case.git.signer(commit, policy.allowed_writers()) if head.count(b"\ngpgsig") == 1 else None
    if signer is None:
        case.add("LG203", "a record that nobody signed", commit)
    elif signer != record["writer"]:
        case.add("LG202", f"signed by {signer}, written by {record['writer']}", commit)
    return signer is not None and signer == record["writer"]


def read(case: Case, commit: str, kinds: Mapping[str, Table]) -> Table:
    """The record of a commit, if spelt as it must be, with the fields of its kind. kinds: the fields of each."""
    entry = case.git.leaves(commit).get(RECORD, NOTHING)
    must(entry.mode == "100644", "no record")
    data = case.git.object(entry.id)[1]
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotARecordError(str(error)) from error
    must(isinstance(record, dict) and record.get("kind") in kinds, "no record of any kind")
    must(record.keys() == HEAD.keys() | kinds[record["kind"]].keys(), "other fields")
    must(spelt(record) == data and record["format"] == 1, "spelt in another way")
    return dict(record)
