"""The decision: frozen facts and a policy in, violations out (docs/judgement.md, design section 5).

One function decides for the editor, the commit hooks, the server and CI (R-F01). A rule is a small function with its
code that reads only the values it is given; the table at the end of each part says which rules there are.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, EXECUTABLE, LINK, REGULAR, Change, Commit, Revert
from lanegate.core.message import Trailers, read_trailers, short, subject
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Match, Ownership
from lanegate.core.policy import MODIFY, NOBODY, NONE, PRIMARY, READ, Lane, Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lanegate.core.judge_zones import Standing
    from lanegate.core.locks import Held

_SIGN = "have an owner sign it: git config gpg.format ssh, git config user.signingKey FILE, git commit --amend -S"


class Scope(NamedTuple):
    """What a commit is judged for.

    ref: the ref it arrives on, None in a clone. lane: the lane that this ref is for, None if it is not a {lane} ref.
    pusher: id of the person that the server authenticated, None if nobody was. judges_people: whether the pusher can be
    told here at all (a server under any identity but `none`); where not, `verify` says so.
    already_on_lane: as in RefUpdate. assume_lane: lane of commits without a `Lane` (`verify --assume-lane`, a lane with
    `bots`). is_vouched: nobody need be proven to own the lane, since a verdict was only given to such commits. held,
    known, had: as in RefUpdate.
    """

    ref: str | None = None
    lane: str | None = None
    pusher: str | None = None
    judges_people: bool = False
    already_on_lane: Mapping[str, frozenset[str]] = {}
    assume_lane: str | None = None
    is_vouched: bool = False
    held: Held | None = None
    known: frozenset[str] = frozenset()
    had: frozenset[tuple[str, bytes]] = frozenset()


class Judge:
    """A policy made ready to judge many commits: rules, grants and answers for paths are kept."""

    def __init__(self, policy: Policy, policy_path: str, ownership: Ownership | None = None) -> None:
        self.policy = policy
        self.policy_path = policy_path.encode()
        self.ownership = ownership or Ownership(policy)

    def commit(self, commit: Commit, scope: Scope) -> list[Violation]:
        """Every rule that one new commit breaks."""
        bare = list(_shape(commit)) if commit.defects or commit.is_merge else []
        if not commit.is_clean_merge:
            bare += self._contents(commit, scope)
        if not bare:
            return bare
        first = short(subject(commit.message), 200)
        return [violation._replace(commit=commit.id, subject=first, ref=scope.ref) for violation in bare]

    def _contents(self, commit: Commit, scope: Scope) -> list[Violation]:
        trailers = read_trailers(commit.message)
        lane = lane_of(self.policy, trailers, scope)
        if isinstance(lane, Violation):
            return [_of_merge(lane, commit) if commit.is_merge and commit.changes else lane]
        if commit.revert is None:
            found = list(self.changes(lane, commit, scope))
        else:
            found = self._revert(commit.revert, lane, commit, scope)
        if lane.task is not None or lane.subject_prefix is not None:
            found[:0] = _message(commit, trailers, lane, scope)
        if self.policy.identity != NOBODY and not scope.is_vouched:
            found[:0] = _identity(self.policy, commit, lane, scope)
        return found

    def _revert(self, revert: Revert, lane: Lane, commit: Commit, scope: Scope) -> list[Violation]:
        """Of a commit that takes another one back: it is exactly that, and its paths need no grant then from a proven
        integrator, though what their zones ask."""
        from lanegate.core.judge_revert import judge_revert

        by_integrator = _resolver(self.policy, commit, scope)
        found = list(judge_revert(self.policy, revert, lane, by_integrator=by_integrator))
        if not by_integrator or found:
            return [*found, *self.changes(lane, commit, scope)]
        zoned = self._zoned(lane, commit, scope).values()
        return [standing.refusal for standing in zoned if standing.refusal is not None]

    def changes(self, lane: Lane, commit: Commit, scope: Scope) -> Iterator[Violation]:
        """LG101 to LG104, LG401 to LG406 for each change of a commit in a lane."""
        name = lane.id
        zoned = self._zoned(lane, commit, scope)
        grant = self.ownership.grant
        for change in commit.changes:
            path, _, new_mode, _, _ = change
            match = grant(name, path)
            standing = None if match.out_of_scope else zoned.get(path)
            asks_grant = standing is None or standing.asks_grant
            if asks_grant and match.grant != PRIMARY and not self._allowed(match, change):
                resolved = path in commit.conflicts and _resolver(self.policy, commit, scope)
                if match.out_of_scope or not resolved:
                    yield self._refusal(lane, change, match)
                    continue
            if standing is not None and standing.refusal is not None:
                yield standing.refusal
            if new_mode == LINK:
                from lanegate.core.judge_links import judge_link

                yield from judge_link(self, lane, path, commit.links.get(path, b""))

    def _zoned(self, lane: Lane, commit: Commit, scope: Scope) -> dict[bytes, Standing]:
        """What zones say about the changes of a commit, by path; nothing where the policy has none."""
        if not self.policy.zones:
            return {}
        from lanegate.core.judge_zones import judge_zones

        return judge_zones(self.policy, self.ownership, lane, commit, scope)

    def _allowed(self, match: Match, change: Change) -> bool:
        if match.grant == MODIFY:
            return change.old_mode == change.new_mode and change.new_mode in (REGULAR, EXECUTABLE)
        if match.grant == NONE and not match.out_of_scope and self.policy.unowned == "allow":
            return not self.ownership.owners(change.path)
        return False

    def _refusal(self, lane: Lane, change: Change, match: Match) -> Violation:
        owners = self.ownership.owners(change.path)
        owner = owner_name(self.policy, owners)
        line = match.rule.line if match.rule else None
        escalate = f"; escalate if {'; '.join(lane.escalate_if)}" if lane.escalate_if else ""
        nobody = "no lane owns this path, so leave it alone, or have the policy give it to one"
        hint = (f"ask {owner} for the change" if owner else nobody) + escalate
        if match.out_of_scope:
            code, message = "LG104", f"out of scope for {lane.id}"
        elif match.grant == MODIFY:
            code, message = "LG102", f"{lane.id} may MODIFY the content only, not {_what(change)}"
        elif owners or match.grant == READ:
            mine = f"{lane.id} may READ" if match.grant == READ else f"{lane.id} has no grant"
            code, message = "LG101", f"{owners[0][0]} is PRIMARY here, {mine}" if owners else mine
            if line is None and owners[0][1].rule:
                line = owners[0][1].rule.line
        else:
            code, message = "LG103", "no lane owns this path"
            hint = f"add it to owned_paths of a lane in the policy, or leave it alone{escalate}"
        return Violation(
            code=code,
            message=message,
            path=change.path,
            lane=lane.id,
            grant=match.grant,
            owner=owner,
            policy_line=line or lane.line,
            hint=hint,
        )


def lane_of(policy: Policy, trailers: Trailers, scope: Scope) -> Lane | Violation:
    """The lane that a commit names, or the LG201 that says why it names none."""
    named = trailers.of(b"lane")
    if trailers.broken:
        return _lg201(trailers.broken, "write each trailer on one line, plain text")
    if not named and scope.assume_lane is not None:
        named = (scope.assume_lane,)
    if not named:
        known = ", ".join(lane.id for lane in policy.lanes.values() if lane.state == "active") or "none is active"
        return _lg201("no `Lane` trailer in the last paragraph", f"add `Lane: <id>` ({known})")
    if len(named) > 1:
        return _lg201(f"several `Lane` trailers: {short(', '.join(named))}", "one commit belongs to one lane; split it")
    lane = policy.lanes.get(named[0])
    if lane is None:
        return _lg201(f"unknown lane {short(named[0])}", f"lanes of the policy: {', '.join(policy.lanes) or 'none'}")
    if lane.state != "active":
        hint = "work in an active lane, or set its state in the policy"
        return _lg201(f"lane {lane.id} is {lane.state}", hint, lane)
    if scope.lane is not None and lane.id != scope.lane:
        hint = f"push it to the ref of lane {lane.id}"
        return _lg201(f"commit of lane {lane.id} on the ref of lane {scope.lane}", hint, lane)
    return lane


def _shape(commit: Commit) -> Iterator[Violation]:
    for defect in commit.defects:
        hint = "make the commit anew with git itself"
        yield Violation(code=defect.code, message=defect.what, path=defect.path, hint=hint)
    if len(commit.parents) > 2:
        message = f"a merge of {len(commit.parents)} parents"
        yield Violation(code="LG603", message=message, hint="merge one branch at a time")
    elif len(set(commit.parents)) < len(commit.parents):
        yield Violation(code="LG603", message="a merge that names the same parent twice", hint="merge with git merge")


def _message(commit: Commit, trailers: Trailers, lane: Lane, scope: Scope) -> Iterator[Violation]:
    if scope.assume_lane is not None and not trailers.of(b"lane"):
        return
    tasks = trailers.of(b"task")
    if lane.task is not None and tasks != (lane.task,):
        found = f"found {short(', '.join(tasks))}" if tasks else "found none"
        yield Violation(
            code="LG204",
            message=f"lane {lane.id} works on task {lane.task}, {found}",
            lane=lane.id,
            policy_line=lane.line,
            hint=f"add `Task: {lane.task}` beside `Lane`",
        )
    prefix = lane.subject_prefix
    first = subject(commit.message)
    if prefix is not None and not commit.is_merge and first != prefix and not first.startswith(f"{prefix} "):
        yield Violation(
            code="LG205",
            message=f"subject does not start with {prefix}",
            lane=lane.id,
            policy_line=lane.line,
            hint=f"start the subject with `{prefix} `",
        )


def _identity(policy: Policy, commit: Commit, lane: Lane, scope: Scope) -> Iterator[Violation]:
    """LG202, LG203: an owner of the lane signed the commit, or pushes it, or the lane's own ref held it before.

    A push to a {lane} ref under identity `pusher` is judged as a whole (core/judge_push.py).
    """
    if policy.asks_pusher:
        if not scope.judges_people or (scope.lane is not None and not policy.asks_signature):
            return
        if scope.pusher in lane.owners or commit.id in scope.already_on_lane.get(lane.id, ()):
            return
    claims = [f"{scope.pusher or 'nobody known'} does not own lane {lane.id}"] if policy.asks_pusher else []
    signer = commit.signer
    if policy.asks_signature:
        if signer is None or signer.person in lane.owners:
            return
        if signer.person is None and not claims:
            yield _unproven("LG203", f"no owner of lane {lane.id} signed this: {signer.reason}", lane, _SIGN)
            return
        signed = f"signed by {signer.person}" if signer.person else f"not signed by an owner: {signer.reason}"
        claims.append(signed if claims else f"{signed}, who does not own lane {lane.id}")
    land = f"have an owner push the commit to the ref of lane {lane.id} first, then land it"
    yield _unproven("LG202", "; ".join(claims), lane, land if policy.asks_pusher else _SIGN)


def _unproven(code: str, message: str, lane: Lane, hint: str) -> Violation:
    owner = ", ".join(lane.owners) or None
    return Violation(code=code, message=message, lane=lane.id, owner=owner, policy_line=lane.line, hint=hint)


def _resolver(policy: Policy, commit: Commit, scope: Scope) -> bool:
    """Whether a proven integrator brings this, who may resolve conflicts and take back commits without a grant; or
    nobody can tell (verify)."""
    if policy.identity == NOBODY:
        return False
    integrators = policy.roles.get("integrator", ())
    if policy.asks_signature and commit.signer is not None and commit.signer.person in integrators:
        return True
    if policy.asks_pusher:
        return not scope.judges_people or scope.pusher in integrators
    return commit.signer is None


def _lg201(message: str, hint: str, lane: Lane | None = None) -> Violation:
    name, line = (lane.id, lane.line) if lane else (None, None)
    return Violation(code="LG201", message=message, hint=hint, lane=name, policy_line=line)


def _of_merge(refusal: Violation, commit: Commit) -> Violation:
    """Why a merge, of all commits, has to name a lane."""
    path = commit.changes[0].path
    resolved = path in commit.conflicts
    why = (
        "git reports a conflict there, or takes a change there along a rename" if resolved else "git makes it otherwise"
    )
    shown = short(path.decode("utf-8", "replace"), 200)
    return refusal._replace(hint=f"{refusal.hint}; this merge decides about {shown}: {why}")


def _what(change: Change) -> str:
    if change.old_mode == ABSENT:
        return "create it"
    if change.new_mode == ABSENT:
        return "delete or rename it"
    return f"change its type or mode ({change.old_mode} to {change.new_mode})"


def owner_name(policy: Policy, owners: tuple[tuple[str, Match], ...]) -> str | None:
    """Whom to ask about a path. owners: as `Ownership.owners` gives them."""
    if not owners:
        return None
    lane = policy.lanes[owners[0][0]]
    return f"{', '.join(lane.owners)} ({lane.id})" if lane.owners else lane.id
