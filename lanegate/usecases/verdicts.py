"""What a person asks to be recorded, as drafts: commits by any name git knows, the lane they carry, the refs meant."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.message import read_trailers, short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import parse_commit
from lanegate.core.policy import Lane, Policy
from lanegate.core.record import GateRun, Reconcile, Verdict, Withdraw
from lanegate.core.refs import LANE
from lanegate.core.report import MAX_BYTES, Report, ReportError, read_report
from lanegate.git.commits import read_commits
from lanegate.git.ledger_tree import object_id
from lanegate.git.objects import CatFile
from lanegate.git.reach import new_commits
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import Clone
from lanegate.usecases.drafts import Draft


class AskedWronglyError(Exception):
    """What was asked for means nothing here; the text says why and what would (exit 2)."""


class Asked(NamedTuple):
    """commits: as the person names them. lane, refs, report (a file), note: as given, None or empty for the default."""

    commits: tuple[str, ...]
    lane: str | None = None
    refs: tuple[str, ...] = ()
    report: str | None = None
    note: str | None = None


def verdict_draft(clone: Clone, verdict: str, asked: Asked, carried: tuple[tuple[str, str], ...] = ()) -> Draft:
    """The draft of a verdict on commits of one lane. Raises AskedWronglyError, GitError."""
    commits = in_order(clone.worktree, commits_meant(clone.worktree, asked.commits))
    lane = lane_of_commits(clone, commits, asked.lane)
    data = read_file(asked.report) if asked.report is not None else None
    body = Verdict(verdict, commits, lane.id, meant_refs(clone.policy, asked.refs), carried=carried)
    if data is not None:
        report = parse_report(data, asked.report or "")
        gates = tuple([name for name in report.passed if name in clone.policy.gates])
        name = object_id("blob", data, len(commits[0]))
        body = body._replace(gates=gates, ran=report.ran, report=name)
    return Draft(body, asked.note, data)


def withdraw_draft(clone: Clone, asked: Asked) -> Draft:
    """The draft of a withdrawal. Raises AskedWronglyError, GitError."""
    commits = in_order(clone.worktree, commits_meant(clone.worktree, asked.commits))
    return Draft(Withdraw(commits, meant_refs(clone.policy, asked.refs)), asked.note)


def reconcile_draft(clone: Clone, assumptions: Sequence[str], lane: str, note: str | None) -> Draft:
    """The draft of a reconciliation. Raises AskedWronglyError."""
    known_lane(clone.policy, lane)
    odd = next((name for name in assumptions if not name.isprintable() or " " in name or not name), None)
    if odd is not None:
        raise AskedWronglyError(f"{odd!a} is no id of an assumption: one word, as `Assumption: <id> <text>` has it")
    return Draft(Reconcile(lane, tuple(sorted(set(assumptions)))), note)


def gate_draft(report: Report, data: bytes, note: str | None) -> Draft:
    """The draft of a record that gates were run. data: the bytes of the report."""
    name = object_id("blob", data, len(report.ran))
    return Draft(GateRun(report.ran, report.passed, report.failed, name), note, data)


def commits_meant(worktree: Worktree, names: Sequence[str]) -> tuple[str, ...]:
    """The commits of these names, where BASE..TIP means the commits in between but for clean merges.

    Raises AskedWronglyError, GitError.
    """
    found: dict[str, None] = {}
    for name in names:
        base, dots, tip = name.partition("..")
        if not dots:
            found.update(dict.fromkeys(full_ids(worktree, [name])))
            continue
        old, new = full_ids(worktree, [base or "HEAD"])[0], full_ids(worktree, [tip or "HEAD"])[0]
        between = _between(worktree, old, new)
        if not between:
            raise AskedWronglyError(f"{short(name)} holds no commit that could have a verdict")
        found.update(dict.fromkeys(between))
    return tuple(found)


def _between(worktree: Worktree, old: str, new: str) -> list[str]:
    ids = [oid for oid, _ in new_commits(worktree.git, new, [old])]
    reader = CatFile(worktree.git)
    try:
        facts = list(read_commits(worktree.git, reader, ids, looks_at_trees=False))
    finally:
        reader.close()
    clean = {commit.id for commit in facts if commit.is_clean_merge}
    return [oid for oid in ids if oid not in clean]


def full_ids(worktree: Worktree, names: Sequence[str]) -> tuple[str, ...]:
    """The commits of these names, each once. Raises AskedWronglyError, GitError."""
    found = {}
    for name in names:
        commit = worktree.commit(name)
        if commit is None:
            raise AskedWronglyError(f"{short(name)} names no commit here; fetch it first")
        found[commit] = name
    return tuple(found)


def in_order(worktree: Worktree, commits: tuple[str, ...]) -> tuple[str, ...]:
    """The commits with parents before children. Raises GitError."""
    if len(commits) < 2:
        return commits
    base = worktree.git.line("merge-base", "--octopus", *commits, accept=(0, 1))
    older = [f"^{oid}" for oid in worktree.git.line("rev-parse", f"{base}^@").split()] if base else []
    listed = worktree.git.line("rev-list", "--topo-order", "--reverse", *commits, *older).split()
    place = {oid: position for position, oid in enumerate(listed)}
    return tuple(sorted(commits, key=lambda oid: place[oid]))


def lane_of_commits(clone: Clone, commits: Sequence[str], named: str | None) -> Lane:
    """The lane that the commits carry, or `named` where they carry none. Raises AskedWronglyError, GitError."""
    reader = CatFile(clone.worktree.git)
    try:
        trailers = [(oid, read_trailers(parse_commit(reader.read(oid)[1]).message).of(b"lane")) for oid in commits]
    finally:
        reader.close()
    lane, source = named, "--lane"
    for oid, carried in trailers:
        if len(carried) > 1:
            raise AskedWronglyError(f"commit {oid[:12]} carries several `Lane` trailers")
        if not carried and named is None:
            raise AskedWronglyError(f"commit {oid[:12]} carries no `Lane`: say --lane ID")
        if carried and lane is not None and carried[0] != lane:
            message = f"commit {oid[:12]} is of lane {short(carried[0])}, not of {short(lane)} ({source})"
            raise AskedWronglyError(f"{message}: a verdict is about one lane")
        if carried and lane is None:
            lane, source = carried[0], f"commit {oid[:12]}"
    return known_lane(clone.policy, lane or "")


def known_lane(policy: Policy, name: str) -> Lane:
    """The lane of that id. Raises AskedWronglyError."""
    lane = policy.lanes.get(name)
    if lane is None:
        raise AskedWronglyError(f"unknown lane {short(name)}; lanes of the policy: {', '.join(policy.lanes) or 'none'}")
    return lane


def meant_refs(policy: Policy, names: Sequence[str]) -> tuple[str, ...]:
    """Full names of the refs that a verdict is for: those named, else every single ref that asks for one.

    Raises AskedWronglyError.
    """
    if names:
        return tuple(sorted({name if name.startswith("refs/") else f"refs/heads/{name}" for name in names}))
    accepted = [rule.name for rule in policy.refs if rule.accepted]
    single = sorted({name for name in accepted if "*" not in name and LANE not in name})
    if single:
        return tuple(single)
    if accepted:
        raise AskedWronglyError(f"say for which ref of {', '.join(accepted)}: --ref NAME")
    raise AskedWronglyError("no ref of the policy asks for verdicts: no rule of [[refs]] says accepted = true")


def read_file(path: str) -> bytes:
    """The bytes of a gate report. Raises AskedWronglyError."""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AskedWronglyError(f"report {path}: {error.strerror}") from error


def parse_report(data: bytes, path: str) -> Report:
    """The gate report in a file. Raises AskedWronglyError."""
    try:
        return read_report(data)
    except ReportError as error:
        raise AskedWronglyError(f"report {path}: {error.message}") from error
