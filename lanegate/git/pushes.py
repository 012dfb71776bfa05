"""What a push would do, as facts for the judge (docs/judgement.md, "Which commits are new").

Nothing here looks at the pushed commits for what is already known: known is what the server's own refs reach, as they
stood before the push. "The object exists" says nothing (leftovers of refused pushes, alternates).
"""

from __future__ import annotations

from lanegate.core.facts import Commit, RefUpdate
from lanegate.core.judge_push import TAGS
from lanegate.core.message import read_trailers
from lanegate.core.object_id import is_full_id
from lanegate.core.people import signers_of
from lanegate.core.policy import Policy
from lanegate.core.refs import LOCKS_REF, match_ref
from lanegate.git.commits import read_commits
from lanegate.git.objects import Reader
from lanegate.git.push_lines import Line, standing
from lanegate.git.reach import ask_beyond, is_just_above, is_reachable, new_commits, read_beyond
from lanegate.git.refs import Tip, dangling
from lanegate.git.reverts import with_reverts
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lanegate.core.acceptance import Evidence
    from lanegate.core.locks import Held
    from lanegate.core.ownership import Ownership
    from lanegate.core.people import Signed
    from lanegate.core.policy import RefRule
    from lanegate.git.ledger import LedgerView
    from lanegate.git.zoned import Zoned

#: Tags of tags that are followed.
TAG_DEPTH = 16


class Pushes:
    """Gathers the facts of ref updates against one state of a repository.

    refs: every ref before the push. policy: the one that judges. baseline: commits that are not judged, nor what they
    reach. ledger: as it stood before the push, None where acceptance is not judged. ownership: of the policy. locks:
    reads those that were held before the push, None where they are not judged.
    """

    def __init__(
        self,
        git: Git,
        reader: Reader,
        refs: Mapping[str, Tip],
        policy: Policy,
        baseline: Sequence[str] = (),
        ledger: LedgerView | None = None,
        ownership: Ownership | None = None,
        locks: Callable[[], Held] | None = None,
    ) -> None:
        self.git = git
        self.reader = reader
        self.refs = refs
        self.policy = policy
        self.baseline = tuple(baseline)
        self.ledger = ledger
        self.locks = locks
        self._ownership = ownership
        self._zones = _zoned(policy, ownership) if policy.zones else None
        self._signed: Signed | None = None
        self._policed = {
            name: tip.oid
            for name, tip in refs.items()
            if not name.startswith(TAGS) and tip.kind == "commit" and match_ref(policy, name) is not None
        }

    def updates(self, lines: Sequence[Line], trusted_ref: str, judges_people: bool) -> tuple[RefUpdate, ...]:
        """The facts of each line. Raises GitError, LimitError, ObjectTooLargeError."""
        after = self._policed_after(lines)
        return tuple(self._update(line, trusted_ref, judges_people, after) for line in lines)

    def _update(self, line: Line, trusted_ref: str, judges_people: bool, after: tuple[str, ...]) -> RefUpdate:
        tip = standing(self.refs, line)
        symref = tip.symref if tip is not None else dangling(self.git, line.ref)
        if symref:
            return RefUpdate(line.ref, line.old, line.new, symref=symref)
        matched = match_ref(self.policy, line.ref)
        if line.new is None or matched is None:
            return RefUpdate(line.ref, line.old, line.new)
        commit, depth, defect = self._peel(line.new)
        if line.ref.startswith(TAGS):
            reachable = commit is not None and is_reachable(self.git, commit, after)
            moved = None if line.old is None else False  # a tag that moves is never "forward"
            return RefUpdate(
                line.ref, line.old, line.new, defect=defect, is_tag_reachable=reachable, fast_forward=moved
            )
        if defect is None and depth:
            defect = "points to a tag object, a branch points to a commit"
        if defect is not None:
            return RefUpdate(line.ref, line.old, line.new, defect=defect)
        rule = matched[0]
        is_landing = rule.accepted or line.ref == trusted_ref
        known = self._known(line.old, rule) if is_landing else self._policed.values()
        if known is None:
            return RefUpdate(line.ref, line.old, line.new, has_no_start=True)
        commits = self._commits(self._new_commits(line.new, known))
        on_chain = self._on_first_parent_chain(line.old, line.new) if is_landing else None
        forward = on_chain or self._is_forward(line.old, line.new, commits)
        on_lane = self._already_on_lane(commits, known) if judges_people and self.policy.asks_pusher else {}
        evidence = self._evidence(line.ref, rule, line.new, commits) if rule.accepted else None
        facts = RefUpdate(
            line.ref, line.old, line.new, commits, forward, on_chain, already_on_lane=on_lane, evidence=evidence
        )
        if self.locks is None or self._zones is None or not self._zones.asks_lock(commits):
            return facts
        known_before = self._stood_before(line.new, commits)
        had = self._held_before([commit for commit in commits if commit.id in known_before], self._zones)
        return facts._replace(held=self.locks(), known=known_before, had=had)

    def _stood_before(self, new: str, commits: Sequence[Commit]) -> frozenset[str]:
        """Which of the commits stood on a ref that a rule names before the push."""
        unknown = {oid for oid, _ in new_commits(self.git, new, sorted({*self._policed.values()}))}
        return frozenset([commit.id for commit in commits if commit.id not in unknown])

    def _held_before(self, commits: Sequence[Commit], zones: Zoned) -> frozenset[tuple[str, bytes]]:
        """(lane, path) where the lane of a commit, as far as it may be its lane, ever held a lock on the path."""
        bots = [lane.id for lane in self.policy.lanes.values() if lane.bots]
        asked: dict[str, set[bytes]] = {}
        for commit in commits:
            paths = zones.high_risk(commit)
            for lane in (read_trailers(commit.message).of(b"lane") or bots) if paths else ():
                asked.setdefault(lane, set()).update(paths)
        if not asked:
            return frozenset()
        from lanegate.git.locks import ever_held

        tip = self.refs.get(LOCKS_REF)
        return ever_held(self.reader, tip.oid if tip is not None else None, asked)

    def _known(self, old: str | None, rule: RefRule) -> Sequence[str] | None:
        """What the trusted ref or an accepted one knows already: what it holds, at creation what its rule's `from`
        holds; None where that does not exist."""
        if old is not None or rule.start is None:
            return [old] if old is not None else []
        start = self._policed.get(rule.start)
        return None if start is None or self.refs[rule.start].symref else [start]

    def _evidence(self, ref: str, rule: RefRule, new: str, commits: Sequence[Commit]) -> Evidence | None:
        if self.ledger is None:
            return None
        from lanegate.git.evidence import Landing, gather_evidence

        landing = Landing(ref, rule, new, commits, self._lane_tips() if rule.order else {})
        return gather_evidence(self.git, self.reader, self.ledger, self.policy, landing)

    def _lane_tips(self) -> dict[str, list[str]]:
        """What the {lane} refs of each lane hold."""
        tips: dict[str, list[str]] = {}
        for name, oid in self._policed.items():
            lane = self._lane_of_ref(name)
            if lane is not None:
                tips.setdefault(lane, []).append(oid)
        return tips

    def _new_commits(self, new: str, known: Iterable[str]) -> list[str]:
        known = sorted({*known, *self.baseline})
        answer = ask_beyond(self.git, (new,), known)
        self._signers()  # loads what checks signatures, while git looks
        return [oid for oid, _ in read_beyond(self.git, answer, known)]

    def _signers(self) -> Signed:
        if self._signed is None:
            self._signed = signers_of(self.policy)
        return self._signed

    def _commits(self, ids: Sequence[str]) -> tuple[Commit, ...]:
        place = {oid: position for position, oid in enumerate(ids)}
        commits = read_commits(self.git, self.reader, ids, signed=self._signers())
        ordered = with_reverts(self.git, self.reader, sorted(commits, key=lambda commit: place[commit.id]))
        if any(commit.carried for commit in ordered):
            ordered = self._without_carried(ordered)
        return ordered if self._zones is None else self._zones.with_appends(self.git, self.reader, ordered)

    def _without_carried(self, commits: Sequence[Commit]) -> tuple[Commit, ...]:
        from lanegate.core.carried import without_carried
        from lanegate.core.ownership import Ownership

        ownership = self._ownership or Ownership(self.policy)
        return tuple([without_carried(commit, self.policy, ownership) for commit in commits])

    def _is_forward(self, old: str | None, new: str, commits: Sequence[Commit]) -> bool | None:
        """Whether `new` reaches `old`; commits: what it reaches and the server did not know."""
        if any(old in commit.parents for commit in commits):
            return True
        return None if old is None else is_reachable(self.git, old, (new,))

    def _on_first_parent_chain(self, old: str | None, new: str) -> bool | None:
        if old is None:
            return None
        if is_just_above(self.reader, old, new):
            return True
        chain = self.git.output("rev-list", "--first-parent", "--parents", new, f"^{old}").decode().splitlines()
        return any(line.split()[1:2] == [old] for line in chain)

    def _policed_after(self, lines: Sequence[Line]) -> tuple[str, ...]:
        after = dict(self._policed)
        for line in lines:
            after.pop(line.ref, None)
            if line.new is not None and not line.ref.startswith(TAGS) and match_ref(self.policy, line.ref) is not None:
                commit, depth, _ = self._peel(line.new)
                if commit is not None and not depth:
                    after[line.ref] = commit
        return tuple(sorted(set(after.values())))

    def _peel(self, oid: str) -> tuple[str | None, int, str | None]:
        """(commit that an object stands for, tags passed on the way, why there is none)."""
        for depth in range(TAG_DEPTH):
            kind, raw = self.reader.read(oid)
            if kind == "commit":
                return oid, depth, None
            if kind != "tag":
                return None, depth, f"points to a {kind}, not to a commit"
            head = raw.split(b"\n", 2)
            if len(head) < 3 or not head[0].startswith(b"object ") or not head[1].startswith(b"type ") or b"\0" in raw:
                return None, depth, "malformed tag object"
            oid = head[0][7:].decode("ascii", "replace")
            if not is_full_id(oid):
                return None, depth, "malformed tag object"
        return None, TAG_DEPTH, f"more than {TAG_DEPTH} tags of tags"

    def _already_on_lane(self, commits: Sequence[Commit], known: Iterable[str]) -> dict[str, frozenset[str]]:
        """Which of the commits a lane's own refs reach, for each lane that they name."""
        named = {lane for commit in commits for lane in read_trailers(commit.message).of(b"lane")}
        found = {}
        for lane in sorted(named & self.policy.lanes.keys()):
            tips = [oid for name, oid in self._policed.items() if self._lane_of_ref(name) == lane]
            if tips:
                stdin = "".join([*(f"{oid}\n" for oid in tips), *(f"^{oid}\n" for oid in known)])
                listed = self.git.output("rev-list", "--stdin", stdin=stdin.encode())
                found[lane] = frozenset(listed.decode().split())
        return found

    def _lane_of_ref(self, ref: str) -> str | None:
        found = match_ref(self.policy, ref)
        return found[1] if found else None


def _zoned(policy: Policy, ownership: Ownership | None) -> Zoned:
    """What reads for the zones of a policy; policies without zones never load it."""
    from lanegate.core.ownership import Ownership
    from lanegate.git.zoned import Zoned

    return Zoned(policy, ownership or Ownership(policy))
