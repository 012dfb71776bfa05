"""Zones at pre-commit: what needs a lock, what only grows, what nobody or everybody may change; each refusal with its
honest twin. The lean way gives the same answers."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from lanegate.git.worktree import find
from lanegate.lean import passes
from lanegate.usecases.staged import judge_staged
from tests.attack_signatures import by, signed_policy
from tests.desk import Desk, allows, make_desk, refuses
from tests.desk import codes as codes_of
from tests.hooks.zoned import HOT, ZONED, lock, plant_locks
from tests.support import lanegate

GUIDE = "docs/guide.md"
# read here: the hermetic fixture takes LANEGATE_* away from the tests themselves
ROUNDS = 40 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
SEED = os.environ.get("LANEGATE_SEED", "zones")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A clone with hooks, in lane ui, under a policy with a zone of each mode."""
    desk = make_desk(tmp_path, text=ZONED)
    desk.use("ui")
    return desk


def test_a_high_risk_path_needs_a_lock_of_the_lane(desk: Desk) -> None:
    desk.stage({HOT: "1\n"})
    ran = desk.git_commit("-m", "Change")
    refuses(ran, "LG401")
    assert "(the lock registry was never fetched here)" in ran.err
    assert f"lanegate lock acquire '/{HOT}' --lane ui, then try again" in ran.err
    plant_locks(desk, lock("hot", left=-1))
    ran = desk.git_commit("-m", "Change")
    refuses(ran, "LG401")
    assert 'lanegate lock reclaim hot --note "why it ran out"' in ran.err
    assert "(the lock registry as fetched just now)" in ran.err
    plant_locks(desk, lock("hot", "core"))
    refuses(desk.git_commit("-m", "Change"), "LG402")
    plant_locks(desk, lock("hot"))
    allows(desk.git_commit("-m", "Change"))


def test_a_lock_gives_no_grant(desk: Desk) -> None:
    """What a lane may MODIFY it may not delete, locked or not; and out of scope beats a zone."""
    plant_locks(desk, lock("app", scope=("/src/",)))
    desk.stage({"src/app.py": None})
    refuses(desk.git_commit("-m", "Delete"), "LG102")
    desk.git("reset", "-q", "--hard")
    desk.stage({"src/ui/vendor/lib.py": "x\n"})
    refuses(desk.git_commit("-m", "Shared, but not for us"), "LG104")
    desk.git("reset", "-q", "--hard")
    desk.stage({"src/app.py": "app = 2\n"})
    allows(desk.git_commit("-m", "Change"))


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("# Guide\nmore\n", ()),
        ("# Guide\n", ()),
        ("# guide\nmore\n", ("LG405",)),
        ("more\n# Guide\n", ("LG405",)),
        ("", ("LG405",)),
        (None, ("LG405",)),
    ],
)
def test_what_is_append_only(desk: Desk, content: str | None, codes: tuple[str, ...]) -> None:
    desk.stage({GUIDE: content, "src/ui/other.py": "x\n"})
    ran = desk.git_commit("-m", "Change")
    if codes:
        refuses(ran, *codes)
    else:
        allows(ran)


def test_a_merge_holds_what_both_sides_added(desk: Desk) -> None:
    """Two branches that added lines conflict; kept one after the other they are right, anything else is not."""
    start = desk.head()
    desk.stage({GUIDE: "# Guide\ntheirs\n"})
    allows(desk.git_commit("-m", "Theirs"))
    theirs = desk.head()
    desk.git("reset", "-q", "--hard", start)
    desk.stage({GUIDE: "# Guide\nours\n"})
    allows(desk.git_commit("-m", "Ours"))
    assert not desk.git("merge", "-q", theirs, check=False).ok
    desk.stage({GUIDE: "# Guide\ntheirs\n"})
    refuses(desk.git_commit("-m", "Only theirs"), "LG405")
    desk.stage({GUIDE: "# Guide\nours\ntheirs\n"})
    allows(desk.git_commit("-m", "Both"))


@pytest.mark.parametrize(
    ("path", "codes"), [("src/ui/frozen/x", ("LG404",)), ("shared/x", ()), ("src/ui/hot/cold.py", ())]
)
def test_frozen_shared_and_taken_out(desk: Desk, path: str, codes: tuple[str, ...]) -> None:
    desk.stage({path: "1\n"})
    ran = desk.git_commit("-m", "Change")
    if codes:
        refuses(ran, *codes)
    else:
        allows(ran)


def test_check_says_how_old_the_registry_is(desk: Desk) -> None:
    plant_locks(desk, lock("hot", "core"))
    desk.stage({HOT: "1\n"})
    ran = lanegate("check", cwd=desk.path)
    refuses(ran, "LG402")
    assert "(the lock registry as fetched just now)" in ran.out
    plant_locks(desk, lock("hot"))
    ran = lanegate("check", cwd=desk.path)
    assert (ran.code, "locks: the lock registry as fetched just now" in ran.out) == (0, True)
    desk.git("reset", "-q", "--hard")
    desk.stage({"src/ui/other.py": "1\n"})
    assert "locks" not in lanegate("check", cwd=desk.path).out


@pytest.mark.parametrize(("who", "codes"), [("ana", ()), ("bob", ("LG406",)), (None, ())])
def test_who_writes_is_told_by_the_key_that_signs(tmp_path: Path, who: str | None, codes: tuple[str, ...]) -> None:
    """A clone that signs nothing leaves it to the server."""
    roles = '\n[[zones]]\npaths = ["/src/ui/ours/"]\nmode = "shared"\nroles = ["maintainer"]\n'
    desk = make_desk(tmp_path, text=signed_policy(extra=roles))
    desk.use("ui")
    desk.stage({"src/ui/ours/x": "1\n", "src/ui/other.py": "1\n"})
    environment = by(who, desk).environment if who is not None else {}
    ran = lanegate("check", cwd=desk.path, env=environment)
    assert (ran.code, codes_of(ran)) == (len(codes), set(codes)), ran.both


def test_a_damaged_registry_stops_only_what_needs_it(desk: Desk) -> None:
    tree = desk.out("mktree", data="")
    desk.git("update-ref", "refs/lanegate/locks", desk.out("commit-tree", tree, "-m", "No locks"))
    desk.stage({"src/ui/other.py": "1\n"})
    allows(desk.git_commit("-m", "Needs none"))
    desk.stage({HOT: "1\n"})
    assert lanegate("check", cwd=desk.path).code == 3


@pytest.mark.parametrize("packed", [False, True])
def test_the_lean_way_knows_locks(desk: Desk, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.chdir(desk.path)
    desk.stage({HOT: "1\n", "shared/x": "1\n", "src/ui/hot/cold.py": "1\n"})

    def answers() -> tuple[str, bool]:
        """The full engine's, which remembers, then the lean one's."""
        assert not passes()
        if packed:
            desk.git("pack-refs", "--all")
        decision = judge_staged(find(str(desk.path)), {})
        assert decision is not None
        return decision.decision, passes()

    assert answers() == ("refused", False)
    for taken, decision in (
        (lock("hot"), "allowed"),
        (lock("hot", "core"), "refused"),
        (lock("hot", scope=("/src/ui/", "!/src/ui/hot/")), "refused"),
        (lock("hot", left=-1), "refused"),
        (lock("hot", scope=("**/a.py",)), "allowed"),
    ):
        plant_locks(desk, taken)
        assert answers() == (decision, decision == "allowed"), taken
    plant_locks(desk, lock("hot"), lock("more", "core"))
    assert answers() == ("refused", False)


@pytest.mark.parametrize(("path", "content"), [(GUIDE, "# Guide\nmore\n"), ("src/ui/frozen/x", "1\n")])
def test_contents_are_left_to_the_full_engine(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str, content: str
) -> None:
    monkeypatch.chdir(desk.path)
    desk.stage({path: content})
    judge_staged(find(str(desk.path)), {})
    assert not passes()


def test_a_lease_that_ends_ends_the_lean_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk.path)
    taken = lock("hot")
    plant_locks(desk, taken)
    desk.stage({HOT: "1\n"})
    judge_staged(find(str(desk.path)), {})
    for ahead, expected in ((-1, True), (0, False)):
        monkeypatch.setattr("lanegate.lean_locks.time", lambda at=taken.expires + ahead: at)
        assert passes() is expected


def test_lean_agrees_with_full_on_random_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lean allows only what full allows; and all of it, but for what asks for contents."""
    monkeypatch.chdir(desk.path)
    dice = random.Random(SEED)
    paths = [HOT, "src/ui/hot/cold.py", "src/app.py", "shared/x", GUIDE, "src/ui/frozen/x", "src/ui/vendor/lib.py"]
    paths += ["src/ui/other.py", "src/core/index.py"]
    scopes = [("/src/ui/hot/",), ("/src/",), ("/src/", "!/src/ui/hot/"), ("/src/app.py",), ("**/a.py",)]
    blobs = [desk.out("hash-object", "-w", "--stdin", data=text) for text in ("1\n", "# Guide\nmore\n")]
    both = 0
    for _ in range(ROUNDS):
        lanes = dice.choices(["ui", "core"], [4, 1], k=dice.randint(0, 2))
        plant_locks(desk, *[lock(f"l{n}", lane, dice.choice(scopes)) for n, lane in enumerate(lanes)])
        desk.git("read-tree", "HEAD")
        for path in dice.sample(paths, dice.randint(1, 2)):
            desk.git("update-index", "--add", "--cacheinfo", f"100644,{dice.choice(blobs)},{path}")
        decision = judge_staged(find(str(desk.path)), {})
        allowed = decision is not None and decision.decision == "allowed"
        lean = passes()
        assert allowed or not lean
        assert lean == allowed or GUIDE in desk.out("diff", "--cached", "--name-only")
        both += lean
    assert 0 < both < ROUNDS
