"""A restriction never allows more: whatever the engine refuses, it still refuses after the policy is narrowed.

The commits are all of lane ui. (A lane that owns less may open a path to *others* where `unowned = "allow"`; that is
the meaning of `allow`, so the property is about the lane that is narrowed.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.facts import ABSENT, EXECUTABLE, LINK, REGULAR, SUBMODULE, Commit, RefUpdate
from lanegate.core.judge import Judge, Scope
from lanegate.core.judge_push import Push, judge_push
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, Lane, MatrixRow, Policy, RefRule
from tests.core.build import MAIN, POLICY_PATH, UI, commit_of, edited, merge_of, policy, replace, rules, update_of

PATHS = st.sampled_from(
    [b"ui/a", b"ui", b"ui/theme/a", b"ui/vendor/a", b"app.py", b"core/a", b"docs/a", b"nobody/a", POLICY_PATH.encode()]
)
PATTERNS = st.sampled_from(["/ui/", "/ui/theme/", "/app.py", "/core/*", "**/a", "/nobody/", "/policy/**", "/docs/"])
MODES = st.sampled_from([ABSENT, REGULAR, EXECUTABLE, LINK, SUBMODULE])
CHANGES = st.lists(st.builds(edited, PATHS, MODES, MODES), max_size=3, unique_by=lambda change: change.path)
TARGETS = st.sampled_from([b"a", b"../core/a", b"../docs", b"/etc", b"../nobody/x", b"vendor/x"])
MESSAGES = st.sampled_from(["C\n\nLane: ui\n", "C\n\nLane: ui\nTask: T\n", "[W] C\n\nLane: ui\nTask: T\n"])


@st.composite
def commits(draw: st.DrawFn) -> Commit:
    changes = draw(CHANGES)
    links = {change.path: draw(TARGETS) for change in changes if change.new_mode == LINK}
    fields: dict[str, Any] = {"links": links, "message": draw(MESSAGES)}
    if draw(st.booleans()):
        return merge_of(*changes, conflicts=frozenset(draw(st.sets(PATHS))), **fields)
    return commit_of(*changes, **fields)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    lane = UI
    for name in ("owned_paths", "modify_paths", "read_paths", "out_of_scope"):
        texts = draw(st.lists(st.builds(str.__add__, st.sampled_from(["", "!"]), PATTERNS), max_size=3))
        lane = replace(lane, **{name: rules(*texts)})
    rows = draw(st.lists(st.tuples(PATTERNS, st.sampled_from([PRIMARY, MODIFY, READ, NONE])), max_size=2))
    matrix = tuple(MatrixRow(rules(text)[0], {"ui": grant}) for text, grant in rows)
    return policy(
        lane,
        identity=draw(st.sampled_from(["none", "pusher"])),
        unowned=draw(st.sampled_from(["deny", "allow"])),
        matrix=matrix,
        refs=(RefRule(MAIN, 1, draw(st.sampled_from([None, ("bob",)]))), RefRule("refs/**", 2, None, True, True)),
    )


def _lane(change: Callable[[Lane], Lane]) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, lanes={**policy.lanes, "ui": change(policy.lanes["ui"])})


def _refs(**fields: object) -> Callable[[Policy], Policy]:
    return lambda policy: replace(policy, refs=tuple(replace(rule, **fields) for rule in policy.refs))


def _row(text: str, grant: str) -> Callable[[Policy], Policy]:
    """A row that only takes away: READ or nothing, where the lane is the only one named."""
    return lambda policy: replace(policy, matrix=(*policy.matrix, MatrixRow(rules(text)[0], {"ui": grant})))


#: Position in `restrictions` of the one that takes MODIFY away.
TAKES_MODIFY = 1


def restrictions(text: str) -> list[Callable[[Policy], Policy]]:
    """Ways to narrow a policy for lane ui; each takes a policy and returns a stricter one."""
    return [
        _lane(lambda lane: replace(lane, owned_paths=(*lane.owned_paths, *rules(f"!{text}")))),
        _lane(lambda lane: replace(lane, modify_paths=(*lane.modify_paths, *rules(f"!{text}")))),
        _lane(lambda lane: replace(lane, out_of_scope=(*lane.out_of_scope, *rules(text)))),
        _lane(lambda lane: replace(lane, task="T")),
        _lane(lambda lane: replace(lane, subject_prefix="[W]")),
        _lane(lambda lane: replace(lane, state="done")),
        _lane(lambda lane: replace(lane, owners=())),
        _refs(pushers=("ana",)),
        _refs(force=False),
        _refs(delete=False),
        lambda policy: replace(policy, unowned="deny"),
        lambda policy: replace(policy, roles={}),
        lambda policy: replace(policy, lanes={name: policy.lanes[name] for name in policy.lanes if name != "ui"}),
        lambda policy: replace(policy, refs=policy.refs[:1]),
    ]


UPDATES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"fast_forward": False, "on_first_parent_chain": False},
        {"on_first_parent_chain": False},
        {"ref": "refs/heads/x"},
        {"ref": "refs/heads/x", "fast_forward": False},
        {"ref": "refs/heads/x", "new": None, "fast_forward": None},
    ]
)


@st.composite
def pushes(draw: st.DrawFn) -> Push:
    update: RefUpdate = update_of(draw(commits()), **draw(UPDATES))
    pusher = draw(st.sampled_from([None, "ana", "bob", "cy"]))
    return Push(
        updates=(update,), trusted_ref=MAIN, pusher=pusher, pusher_name=pusher, judges_people=draw(st.booleans())
    )


@given(policies(), pushes(), PATTERNS, st.integers(min_value=0, max_value=13))
def test_a_restriction_never_allows_more(before: Policy, push: Push, text: str, which: int) -> None:
    if which == TAKES_MODIFY and before.unowned == "allow":
        return  # where nobody is PRIMARY, MODIFY holds a lane back, and no grant at all is free for everybody
    after = restrictions(text)[which](before)
    if judge_push(Judge(before, POLICY_PATH), push):
        assert judge_push(Judge(after, POLICY_PATH), push)


@given(policies(), commits(), PATTERNS, st.sampled_from([PRIMARY, MODIFY, READ, NONE]))
def test_a_lower_row_of_the_matrix_never_allows_more(before: Policy, commit: Commit, text: str, grant: str) -> None:
    """Of two policies that differ in the grant of the last row, the one that gives more refuses no more."""
    order = [PRIMARY, MODIFY, READ, NONE]
    higher = _row(text, grant)(before)
    for lower_grant in order[order.index(grant) :]:
        if before.unowned == "allow" and lower_grant == NONE:
            continue  # no grant is an unowned path, which `allow` opens to everybody
        lower = _row(text, lower_grant)(before)
        if Judge(higher, POLICY_PATH).commit(commit, Scope()):
            assert Judge(lower, POLICY_PATH).commit(commit, Scope())


@given(policies(), st.lists(commits(), min_size=1, max_size=3))
def test_a_push_is_refused_when_one_of_its_commits_is(policy: Policy, several: list[Commit]) -> None:
    judge = Judge(policy, POLICY_PATH)
    push = Push(updates=(update_of(*several),), trusted_ref=MAIN)
    if any(judge.commit(commit, Scope(ref=MAIN)) for commit in several):
        assert judge_push(judge, push)
