"""One commit under the rules of docs/judgement.md, by table: shape, lane, message, identity and grants."""

from __future__ import annotations

import pytest

from lanegate.core.facts import EXECUTABLE, LINK, REGULAR, SUBMODULE, Change, Commit, Defect
from lanegate.core.judge import Judge, Scope
from lanegate.core.ownership import Ownership
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, MatrixRow, Rule
from tests.core.build import (
    AT_SERVER,
    CORE,
    DOCS,
    MAIN,
    NEW,
    NOWHERE,
    OLD,
    OTHER,
    POLICY_PATH,
    THIRD,
    UI,
    added,
    codes,
    commit_of,
    deleted,
    edited,
    judge_of,
    merge_of,
    policy,
    replace,
    rules,
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return judge_of()


#: (change, code under unowned = deny, code under unowned = allow): the table of "A new commit", point 6, for lane ui.
GRANTS = [
    (edited("ui/a"), None, None),
    (added("ui/a"), None, None),
    (deleted("ui/a"), None, None),
    (edited("ui/a", REGULAR, EXECUTABLE), None, None),
    (edited("ui/a", REGULAR, SUBMODULE), None, None),
    (added("ui", LINK), None, None),
    (edited("ui/theme/a"), "LG101", "LG101"),
    (edited("ui/vendor/a"), "LG104", "LG104"),
    (deleted("ui/vendor/a"), "LG104", "LG104"),
    (edited("app.py"), None, None),
    (edited("app.py", EXECUTABLE, EXECUTABLE), None, None),
    (added("app.py"), "LG102", "LG102"),
    (deleted("app.py"), "LG102", "LG102"),
    (edited("app.py", REGULAR, EXECUTABLE), "LG102", "LG102"),
    (edited("app.py", REGULAR, LINK), "LG102", "LG102"),
    (edited("app.py", LINK, LINK), "LG102", "LG102"),
    (edited("app.py", SUBMODULE, SUBMODULE), "LG102", "LG102"),
    (added("app.py/below"), "LG102", "LG102"),
    (edited("core/a"), "LG101", "LG101"),
    (edited("docs/a"), "LG101", "LG101"),
    (edited("old/a"), "LG101", "LG101"),
    (edited("policy/lanegate.toml"), "LG101", "LG101"),
    (edited("nobody/a"), "LG103", None),
    (added("uix"), "LG103", None),
    (added("x/ui/a"), "LG103", None),
    (added(b"UI/a"), "LG103", None),
    (added(b"ui\xff/a"), "LG103", None),
    (added(b"ui/\xff\n"), None, None),
]


@pytest.mark.parametrize("unowned", ["deny", "allow"])
@pytest.mark.parametrize(("change", "deny", "allow"), GRANTS)
def test_grants(change: Change, deny: str | None, allow: str | None, unowned: str) -> None:
    expected = deny if unowned == "deny" else allow
    found = judge_of(unowned=unowned).commit(commit_of(change), NOWHERE)
    assert codes(found) == ([expected] if expected else [])
    assert all(v.path == change.path and v.lane == "ui" and v.commit == NEW for v in found)


@pytest.mark.parametrize(
    ("change", "says", "grant", "owner", "line"),
    [
        (edited("core/a"), "core is PRIMARY here, ui may READ", READ, "ana (core)", 14),
        (edited("docs/a"), "docs is PRIMARY here, ui has no grant", NONE, "ana (docs)", 31),
        (edited("old/a"), "old is PRIMARY here, ui has no grant", NONE, "old", 41),
        (edited("ui/vendor/a"), "out of scope for ui", NONE, None, 15),
        (added("app.py"), "ui may MODIFY the content only, not create it", MODIFY, "ana (core)", 13),
        (deleted("app.py"), "ui may MODIFY the content only, not delete or rename it", MODIFY, "ana (core)", 13),
        (
            edited("app.py", REGULAR, LINK),
            "ui may MODIFY the content only, not change its type or mode (100644 to 120000)",
            MODIFY,
            "ana (core)",
            13,
        ),
        (edited("nobody/a"), "no lane owns this path", NONE, None, 10),
    ],
)
def test_what_a_refusal_says(judge: Judge, change: Change, says: str, grant: str, owner: str | None, line: int) -> None:
    (found,) = judge.commit(commit_of(change, message="Add search\n\nLane: ui\n"), Scope(ref=MAIN))
    assert (found.message, found.grant, found.owner, found.policy_line) == (says, grant, owner, line)
    assert (found.subject, found.ref) == ("Add search", MAIN)
    assert found.hint is not None
    assert found.hint.endswith("; escalate if scope leaves ui; tests slow down")
    if owner is not None:
        assert found.hint.startswith(f"ask {owner} for the change")
    elif found.code == "LG103":
        assert found.hint.startswith("add it to owned_paths of a lane in the policy")


@pytest.mark.parametrize(
    ("lists", "code", "says"),
    [
        ({"read_paths": rules("/shared/", line=14)}, "LG101", "ui may READ"),
        ({"modify_paths": rules("/shared/", line=14)}, "LG102", "ui may MODIFY the content only, not create it"),
        ({"out_of_scope": rules("/shared/", line=14)}, "LG104", "out of scope for ui"),
    ],
)
def test_a_path_in_the_brief_that_nobody_owns(lists: dict[str, tuple[Rule, ...]], code: str, says: str) -> None:
    """There is nobody to ask, and the hint says so."""
    judge = judge_of(replace(UI, escalate_if=(), **lists))
    (found,) = judge.commit(commit_of(added("shared/a")), NOWHERE)
    hint = "no lane owns this path, so leave it alone, or have the policy give it to one"
    assert (found.code, found.message, found.owner, found.hint) == (code, says, None, hint)


def test_all_owners_of_the_lane_that_owns_a_path_are_told() -> None:
    (found,) = judge_of(replace(CORE, owners=("ana", "cy"))).commit(commit_of(edited("core/a")), NOWHERE)
    assert found.owner == "ana, cy (core)"


@pytest.mark.parametrize("unowned", ["deny", "allow"])
def test_a_read_path_that_nobody_owns_is_only_read(unowned: str) -> None:
    judge = judge_of(replace(UI, read_paths=rules("/shared/", line=14), escalate_if=()), unowned=unowned)
    (found,) = judge.commit(commit_of(edited("shared/a")), NOWHERE)
    assert (found.code, found.message, found.hint) == (
        "LG101",
        "ui may READ",
        "no lane owns this path, so leave it alone, or have the policy give it to one",
    )


def test_the_subject_that_a_refusal_tells_has_an_end(judge: Judge) -> None:
    (whole,) = judge.commit(commit_of(message="s" * 200), NOWHERE)
    assert whole.subject == "s" * 200
    (cut,) = judge.commit(commit_of(message="s" * 201), NOWHERE)
    assert cut.subject == "s" * 199 + "…"


def test_a_judge_asks_the_ownership_that_it_is_given() -> None:
    ownership = Ownership(policy(replace(UI, owned_paths=rules("/docs/"))))
    assert Judge(policy(), POLICY_PATH, ownership).commit(commit_of(edited("docs/a")), NOWHERE) == []


def test_every_change_is_judged(judge: Judge) -> None:
    found = judge.commit(commit_of(edited("core/a"), edited("ui/a"), deleted("docs/b"), added("nobody/c")), NOWHERE)
    assert [(v.code, v.path) for v in found] == [("LG101", b"core/a"), ("LG101", b"docs/b"), ("LG103", b"nobody/c")]


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ([{"ui": PRIMARY}], []),
        ([{"ui": MODIFY}], ["LG102"]),
        ([{"ui": READ}], ["LG101"]),
        ([{"core": PRIMARY}], []),
        ([{"ui": PRIMARY}, {"ui": READ}], ["LG101"]),
        ([{"ui": READ}, {"core": READ}, {"ui": PRIMARY}, {"core": MODIFY}], []),
    ],
)
def test_the_last_matrix_row_that_names_the_lane_wins(grants: list[dict[str, str]], expected: list[str]) -> None:
    rows = tuple(MatrixRow(rule, grant) for rule, grant in zip(rules(*["/ui/"] * len(grants)), grants, strict=True))
    found = judge_of(matrix=rows).commit(commit_of(added("ui/a")), NOWHERE)
    assert codes(found) == expected


def test_out_of_scope_beats_the_matrix() -> None:
    row = MatrixRow(rules("/ui/vendor/")[0], {"ui": PRIMARY})
    assert codes(judge_of(matrix=(row,)).commit(commit_of(added("ui/vendor/a")), NOWHERE)) == ["LG104"]


#: (message, code): point 3 and 4, for a commit that touches what the lane named owns.
MESSAGES = [
    ("Change\n\nLane: ui\n", None),
    ("Change\n\nlane: ui\n", None),
    ("Change\n", "LG201"),
    ("Lane: ui\n", "LG201"),
    ("Change\n\nLane: ui\nLane: ui\n", "LG201"),
    ("Change\n\nLane: ui\nlane: core\n", "LG201"),
    ("Change\n\nLane: nobody\n", "LG201"),
    ("Change\n\nLane: UI\n", "LG201"),
    ("Change\n\nLane: old\n", "LG201"),
    ("Change\n\nLane: ui\n core\n", "LG201"),
    ("Change\n\nLane: ui\nTask: a\n b\n", "LG201"),
    ("Change\n\nLane: ui\r\n", "LG201"),
    ("Change\n\nLane: ui\n\nLane: ui and more\n", "LG201"),
    ("Change\n\nLane: ui\nTask: anything\n", None),
    ("[W1] Change\n\nLane: docs\nTask: T-12\n", None),
    ("[W1]\n\nLane: docs\nTask: T-12\n", None),
    ("[W1] Change\n\nLane: docs\n", "LG204"),
    ("[W1] Change\n\nLane: docs\nTask: T-13\n", "LG204"),
    ("[W1] Change\n\nLane: docs\nTask: T-12\nTask: T-12\n", "LG204"),
    ("Change\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("[W1]Change\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("fix [W1] Change\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("[w1] Change\n\nLane: docs\nTask: T-12\n", "LG205"),
]


@pytest.mark.parametrize(("message", "code"), MESSAGES)
def test_messages(judge: Judge, message: str, code: str | None) -> None:
    path = "docs/a" if "Lane: docs" in message else "ui/a"
    found = judge.commit(commit_of(edited(path), message=message), NOWHERE)
    assert codes(found) == ([code] if code else [])


@pytest.mark.parametrize(
    ("task", "prefix", "expected"),
    [(None, None, []), ("T-12", None, ["LG204"]), (None, "[W1]", ["LG205"]), ("T-12", "[W1]", ["LG204", "LG205"])],
)
def test_a_lane_may_ask_for_a_task_or_for_a_prefix_alone(
    task: str | None, prefix: str | None, expected: list[str]
) -> None:
    judge = judge_of(replace(UI, task=task, subject_prefix=prefix))
    assert codes(judge.commit(commit_of(edited("ui/a")), NOWHERE)) == expected
    fine = commit_of(edited("ui/a"), message="[W1] Change\n\nLane: ui\nTask: T-12\n")
    assert judge.commit(fine, NOWHERE) == []


def test_a_refusal_of_a_task_or_prefix_names_the_lane(judge: Judge) -> None:
    found = judge.commit(commit_of(edited("docs/a"), message="C\n\nLane: docs\nTask: X\nTask: Y\n"), NOWHERE)
    assert [(v.message, v.lane, v.policy_line, v.hint) for v in found] == [
        ("lane docs works on task T-12, found X, Y", "docs", 30, "add `Task: T-12` beside `Lane`"),
        ("subject does not start with [W1]", "docs", 30, "start the subject with `[W1] `"),
    ]


@pytest.mark.parametrize(
    ("message", "says", "hint"),
    [
        ("Change\n", "no `Lane` trailer in the last paragraph", "add `Lane: <id>` (ui, core, docs)"),
        ("C\n\nLane: a\nLane: b\n", "several `Lane` trailers: a, b", "one commit belongs to one lane; split it"),
        ("C\n\nLane: UI\n", "unknown lane UI", "lanes of the policy: ui, core, docs, old"),
        ("C\n\nLane: old\n", "lane old is done", "work in an active lane, or set its state in the policy"),
        ("C\n\nLane: docs\n", "lane docs works on task T-12, found none", "add `Task: T-12` beside `Lane`"),
        (
            "C\n\nLane: docs\nTask: X\n",
            "lane docs works on task T-12, found X",
            "add `Task: T-12` beside `Lane`",
        ),
    ],
)
def test_what_a_message_refusal_says(judge: Judge, message: str, says: str, hint: str) -> None:
    found = judge.commit(commit_of(edited("docs/a"), message=message), NOWHERE)[0]
    assert (found.message, found.hint) == (says, hint)


def test_a_policy_without_active_lanes() -> None:
    lanes = [replace(lane, state="planned") for lane in (UI, DOCS)]
    found = judge_of(lanes={lane.id: lane for lane in lanes}).commit(commit_of(lane=None), NOWHERE)
    assert found[0].hint == "add `Lane: <id>` (none is active)"
    found = judge_of(lanes={}).commit(commit_of(lane="ui"), NOWHERE)
    assert found[0].hint == "lanes of the policy: none"


def test_a_lane_ref_takes_its_own_lane_only(judge: Judge) -> None:
    scope = Scope(ref="refs/heads/lane/ui", lane="ui")
    assert judge.commit(commit_of(edited("ui/a")), scope) == []
    (found,) = judge.commit(commit_of(edited("core/a"), lane="core"), scope)
    assert (found.code, found.lane, found.policy_line) == ("LG201", "core", 20)


def test_assume_lane(judge: Judge) -> None:
    scope = Scope(assume_lane="docs")
    assert judge.commit(commit_of(edited("docs/a"), lane=None), scope) == []
    assert codes(judge.commit(commit_of(edited("ui/a"), lane=None), scope)) == ["LG101"]
    assert codes(judge.commit(commit_of(edited("docs/a"), lane="docs"), scope)) == ["LG204", "LG205"]
    assert judge.commit(commit_of(edited("ui/a"), lane="ui"), scope) == []
    assert codes(judge.commit(commit_of(lane=None, message="C\n\nLane: a\n b\n"), scope)) == ["LG201"]


#: (scope, code): who may bring a commit of lane ui.
PEOPLE = [
    (AT_SERVER, None),
    (replace(AT_SERVER, pusher="ana"), "LG202"),
    (replace(AT_SERVER, pusher=None), "LG202"),
    (replace(AT_SERVER, pusher="ana", judges_people=False), None),
    (replace(AT_SERVER, pusher="ana", already_on_lane={"ui": frozenset({NEW})}), None),
    (replace(AT_SERVER, pusher="ana", already_on_lane={"ui": frozenset({OLD}), "core": frozenset({NEW})}), "LG202"),
    (replace(AT_SERVER, pusher="ana", ref="refs/heads/lane/ui", lane="ui"), None),
]


@pytest.mark.parametrize(("scope", "code"), PEOPLE)
def test_identity_on_refs_that_are_no_lane_refs(scope: Scope, code: str | None) -> None:
    found = judge_of(identity="pusher").commit(commit_of(edited("ui/a")), scope)
    assert codes(found) == ([code] if code else [])


def test_what_an_identity_refusal_says() -> None:
    judge = judge_of(replace(UI, owners=()), identity="pusher")
    (found,) = judge.commit(commit_of(edited("ui/a")), replace(AT_SERVER, pusher=None))
    assert (found.message, found.owner) == ("nobody known does not own lane ui", None)
    judge = judge_of(replace(UI, owners=("bob", "cy")), identity="pusher")
    (found,) = judge.commit(commit_of(edited("ui/a")), replace(AT_SERVER, pusher="ana"))
    assert (found.message, found.owner) == ("ana does not own lane ui", "bob, cy")
    assert (found.lane, found.policy_line) == ("ui", 10)
    assert found.hint == "have an owner push the commit to the ref of lane ui first, then land it"


def test_shape(judge: Judge) -> None:
    defects = (Defect("encoding header"), Defect("tree entry of mode 100664", b"ui/a"))
    found = judge.commit(commit_of(edited("ui/a"), defects=defects), NOWHERE)
    assert [(v.code, v.message, v.path) for v in found] == [
        ("LG604", "encoding header", None),
        ("LG604", "tree entry of mode 100664", b"ui/a"),
    ]
    assert {v.hint for v in found} == {"make the commit anew with git itself"}


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ((), []),
        ((OLD,), []),
        ((OLD, OTHER), []),
        ((OLD, OTHER, THIRD), ["LG603"]),
        ((OLD, OLD), ["LG603"]),
        ((OLD, OTHER, OLD), ["LG603"]),
    ],
)
def test_parents(judge: Judge, parents: tuple[str, ...], expected: list[str]) -> None:
    assert codes(judge.commit(commit_of(edited("ui/a"), parents=parents), NOWHERE)) == expected
    clean = judge.commit(commit_of(lane=None, parents=parents), NOWHERE)
    assert codes(clean) == (expected if len(parents) > 1 else ["LG201"])


@pytest.mark.parametrize(
    ("parents", "says", "hint"),
    [
        ((OLD, OTHER, THIRD), "a merge of 3 parents", "merge one branch at a time"),
        ((OLD, OLD), "a merge that names the same parent twice", "merge with git merge"),
    ],
)
def test_what_a_refusal_of_parents_says(judge: Judge, parents: tuple[str, ...], says: str, hint: str) -> None:
    (found,) = judge.commit(commit_of(lane=None, parents=parents), NOWHERE)
    assert (found.message, found.hint) == (says, hint)


def test_a_clean_merge_needs_no_lane_and_an_evil_one_is_judged(judge: Judge) -> None:
    assert judge.commit(merge_of(lane=None), AT_SERVER) == []
    assert codes(judge.commit(merge_of(edited("ui/a"), lane=None), NOWHERE)) == ["LG201"]
    assert judge.commit(merge_of(edited("ui/a")), NOWHERE) == []
    assert codes(judge.commit(merge_of(edited("core/a")), NOWHERE)) == ["LG101"]


def test_a_merge_is_told_why_it_names_a_lane(judge: Judge) -> None:
    made = merge_of(edited("ui/a"), edited("ui/b"), lane=None)
    for merge, why in (
        (made, "about ui/a: git makes it otherwise"),
        (
            replace(made, conflicts=frozenset({b"ui/a"})),
            "about ui/a: git reports a conflict there, or takes a change there along a rename",
        ),
    ):
        (found,) = judge.commit(merge, NOWHERE)
        assert (found.code, found.path) == ("LG201", None)
        assert (found.hint or "").endswith(why)


def test_the_subject_of_a_merge_is_free_but_its_task_is_not(judge: Judge) -> None:
    merge = merge_of(edited("docs/a"), message="Merge\n\nLane: docs\nTask: T-12\n")
    assert judge.commit(merge, NOWHERE) == []
    assert codes(judge.commit(merge_of(edited("docs/a"), lane="docs"), NOWHERE)) == ["LG204"]


CONFLICT = merge_of(edited("core/a"), conflicts=frozenset({b"core/a"}))
INTEGRATOR = replace(AT_SERVER, pusher="cy", already_on_lane={"ui": frozenset({NEW})})


@pytest.mark.parametrize(
    ("commit", "identity", "scope", "expected"),
    [
        (CONFLICT, "pusher", INTEGRATOR, []),
        (CONFLICT, "pusher", AT_SERVER, ["LG101"]),
        (CONFLICT, "pusher", replace(AT_SERVER, judges_people=False), []),
        (CONFLICT, "none", NOWHERE, ["LG101"]),
        (replace(CONFLICT, conflicts=frozenset({b"core/b"})), "pusher", INTEGRATOR, ["LG101"]),
        (replace(CONFLICT, conflicts=frozenset()), "pusher", INTEGRATOR, ["LG101"]),
        (replace(CONFLICT, message=b"M\n"), "pusher", INTEGRATOR, ["LG201"]),
        (merge_of(edited("ui/vendor/a"), conflicts=frozenset({b"ui/vendor/a"})), "pusher", INTEGRATOR, ["LG104"]),
        (merge_of(added("core/l", LINK), conflicts=frozenset({b"core/l"})), "pusher", INTEGRATOR, []),
        (
            merge_of(added("core/l", LINK), conflicts=frozenset({b"core/l"}), links={b"core/l": b"/etc"}),
            "pusher",
            INTEGRATOR,
            ["LG101"],
        ),
    ],
)
def test_conflicts_are_resolved_by_integrators(
    commit: Commit, identity: str, scope: Scope, expected: list[str]
) -> None:
    assert codes(judge_of(identity=identity).commit(commit, scope)) == expected


def test_a_policy_without_integrators() -> None:
    found = judge_of(identity="pusher", roles={}).commit(CONFLICT, INTEGRATOR)
    assert codes(found) == ["LG101"]
