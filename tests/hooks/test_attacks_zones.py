"""Zones and the locks they ask for, over real pushes: no high-risk path moves without its lane's lock, in whatever way;
what only grows is not rewritten; what is frozen stays. Each attack has its twin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lanegate.core.refs import LOCKS_REF
from tests.attack_acceptance import Stage
from tests.attack_locks import HOUR, Registry, acquire, now, release
from tests.attack_signatures import by, signed_policy
from tests.attack_support import BY_SSH, LANE, MAIN, as_pusher, hash_object
from tests.landing_support import glass_policy, yard
from tests.support import POLICY_PATH, policy

CORE_REF = "refs/heads/lane/core"
#: ui owns search.py and may modify app.py, which core owns; docs owns the README, core the theme; nobody owns /board/.
ZONES = """
[[zones]]
paths = ["/src/ui/search.py", "/src/ui/hot/", "/src/app.py"]
mode = "high-risk"
[[zones]]
paths = ["/README.md"]
mode = "append-only"
[[zones]]
paths = ["/src/ui/theme/"]
mode = "frozen"
[[zones]]
paths = ["/board/"]
mode = "shared"
[[zones]]
paths = ["/board/release"]
mode = "shared"
roles = ["maintainer"]
"""
PLAIN_ZONES = ZONES.replace('roles = ["maintainer"]\n', "")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, signed_policy(extra=ZONES))


@pytest.fixture
def registry(stage: Stage) -> Registry:
    return Registry(stage.at)


# A high-risk path without a lock of the lane.


def edit(stage: Stage) -> None:
    stage.at.clone.write("src/ui/search.py", "found\n")


def delete(stage: Stage) -> None:
    stage.git("rm", "-q", "src/ui/search.py")


def rename(stage: Stage) -> None:
    stage.git("mv", "src/ui/search.py", "src/ui/found.py")


def rename_into(stage: Stage) -> None:
    stage.at.clone.write("src/ui/hot/x", "x\n")


def make_executable(stage: Stage) -> None:
    (stage.at.clone.path / "src/ui/search.py").chmod(0o755)


def put_a_link(stage: Stage) -> None:
    delete(stage)
    (stage.at.clone.path / "src/ui/search.py").symlink_to("vendor.py")


def put_a_folder(stage: Stage) -> None:
    delete(stage)
    stage.at.clone.write("src/ui/search.py/x", "x\n")


def delete_and_make_again(stage: Stage) -> None:
    """As if nothing had been, but for the commits between."""
    before = (stage.at.clone.path / "src/ui/search.py").read_text()
    stage.commit({"src/ui/search.py": None})
    stage.at.clone.write("src/ui/search.py", before)


WAYS = [edit, delete, rename, rename_into, make_executable, put_a_link, put_a_folder, delete_and_make_again]


@pytest.mark.parametrize("change", WAYS, ids=[way.__name__ for way in WAYS])
def test_high_risk_in_every_way(stage: Stage, registry: Registry, change: Callable[[Stage], None]) -> None:
    change(stage)
    stage.commit({})
    said = stage.refused("LG401", ref=LANE)
    assert "holds no lock that covers it" in said
    registry.plant(acquire("l-1", "ui", "/src/ui/"), "bob")
    stage.lands(ref=LANE)


def test_another_lanes_lock(stage: Stage, registry: Registry) -> None:
    registry.plant(acquire("c-1", "core", "/src/*.py"), "ana")
    stage.commit({"src/app.py": "mine\n"})
    said = stage.refused("LG402", ref=LANE)
    assert "lock c-1 is held by ana for lane core until " in said
    registry.plant(release("c-1", 1), "ana")
    stage.refused("LG401", ref=LANE)
    registry.plant(acquire("l-1", "ui", "/src/app.py"), "bob")
    stage.lands(ref=LANE)


def test_locks_that_ran_out(stage: Stage, registry: Registry) -> None:
    """Neither serves its lane nor stands in another one's way, by the server's clock."""
    past = {"at": now(-HOUR), "seconds": HOUR // 2}
    registry.plant(acquire("l-1", "ui", "/src/ui/", **past), "bob")
    registry.plant(acquire("c-1", "core", "/src/app.py", **past), "ana")
    stage.commit({"src/ui/search.py": "found\n", "src/app.py": "mine\n"})
    said = stage.refused("LG401", ref=LANE)
    assert "lock l-1 of lane ui ran out at " in said
    registry.plant(acquire("l-2", "ui", "/src/ui/", "/src/app.py"), "bob")
    stage.lands(ref=LANE)


def test_a_lock_in_the_same_push(stage: Stage, registry: Registry) -> None:
    """What a push brings judges nothing of that push."""
    commit = stage.commit({"src/ui/search.py": "found\n"})
    tip = registry.write(acquire("l-1", "ui", "/src/ui/"), "bob")
    stage.at.refuses(f"{tip}:{LOCKS_REF}", f"{commit}:{LANE}", codes=("LG401",))
    stage.at.accepts(f"{tip}:{LOCKS_REF}")
    stage.lands(ref=LANE)


def test_the_lanes_ref_and_main_at_once(stage: Stage, registry: Registry) -> None:
    """Neither counts for the other: the commit is new to both."""
    stage.commit({"src/ui/search.py": "found\n"})
    stage.at.refuses(f"HEAD:{LANE}", f"HEAD:{MAIN}", codes=("LG401",))
    registry.plant(acquire("l-1", "ui", "/src/ui/"), "bob")
    stage.at.accepts(f"HEAD:{LANE}", f"HEAD:{MAIN}")


def test_landing_after_the_lock_went(stage: Stage, registry: Registry) -> None:
    """Days later nobody else may hold it; the lane itself need not any more."""
    registry.plant(acquire("l-1", "ui", "/src/app.py"), "bob")
    commit = stage.commit({"src/app.py": "mine\n"})
    stage.lands(ref=LANE)
    registry.plant(release("l-1", 1), "bob")
    registry.plant(acquire("c-1", "core", "/src/app.py"), "ana")
    stage.refused("LG402")
    stage.commit({"src/ui/other.py": "x\n"})
    stage.refused("LG402")
    registry.plant(release("c-1", 3), "ana")
    stage.lands(commit)


def test_amended_after_the_lock_went(stage: Stage, registry: Registry) -> None:
    """Another commit, so it needs the lock anew."""
    registry.plant(acquire("l-1", "ui", "/src/app.py"), "bob")
    stage.commit({"src/app.py": "mine\n"})
    stage.lands(ref=LANE)
    registry.plant(release("l-1", 1), "bob")
    by("bob", stage.at.clone).git("commit", "-q", "--no-verify", "--amend", "--date=2020-01-01T00:00:00Z", "--no-edit")
    stage.refused("LG401", commit="+HEAD", ref=LANE)
    stage.refused("LG401")


def test_a_merges_own_change(stage: Stage, registry: Registry) -> None:
    start = stage.at.clone.head()
    core = stage.commit({"src/core/index.py": "better\n"}, lane="core")
    stage.commit({"src/ui/other.py": "x\n"}, on=start)
    stage.merge(core)
    clean = stage.at.clone.head()
    stage.at.clone.write("src/ui/search.py", "smuggled\n")
    by("bob", stage.at.clone).git("commit", "-q", "-a", "--no-verify", "--amend", "-m", "Merge\n\nLane: ui")
    stage.refused("LG401")
    stage.lands(clean)
    registry.plant(acquire("l-1", "ui", "/src/ui/"), "bob")
    stage.git("checkout", "-q", "--detach", clean)
    stage.commit({"src/ui/search.py": "found\n"})
    stage.lands()


def test_taking_back_needs_the_lock_too(stage: Stage, registry: Registry) -> None:
    """Also for an integrator, who may do without a grant."""
    registry.plant(acquire("l-1", "ui", "/src/ui/"), "bob")
    target = stage.commit({"src/ui/search.py": "found\n"})
    stage.lands()
    registry.plant(release("l-1", 1), "bob")
    for who, lane in (("bob", "ui"), ("ana", "core")):
        stage.git("checkout", "-q", "--detach", target)
        clone = by(who, stage.at.clone)
        clone.git("revert", "--no-commit", target)
        clone.git("commit", "-q", "--no-verify", "-m", f"Take it back\n\nLane: {lane}\nReverts: {target}")
        stage.refused("LG401")
    registry.plant(acquire("c-1", "core", "/src/ui/", "/src/core/"), "ana")
    stage.lands()


# What only grows.

START = "# Project\n"


def shorten(stage: Stage) -> None:
    stage.at.clone.write("README.md", "")


def rewrite(stage: Stage) -> None:
    stage.at.clone.write("README.md", "# Projekt\nmore\n")


def put_in_front(stage: Stage) -> None:
    stage.at.clone.write("README.md", "more\n" + START)


def to_crlf(stage: Stage) -> None:
    stage.at.clone.write("README.md", "# Project\r\nmore\r\n")


def link_instead(stage: Stage) -> None:
    stage.git("rm", "-q", "README.md")
    (stage.at.clone.path / "README.md").symlink_to("src/ui/search.py")


def move_away(stage: Stage) -> None:
    stage.git("mv", "README.md", "src/ui/README.md")


def executable(stage: Stage) -> None:
    stage.at.clone.write("README.md", START + "more\n")
    (stage.at.clone.path / "README.md").chmod(0o755)


def shorten_and_write_again(stage: Stage) -> None:
    """From the first commit to the last, lines were only added."""
    stage.commit({"README.md": "other\n"})
    stage.at.clone.write("README.md", START + "more\n")


REWRITES = [shorten, rewrite, put_in_front, to_crlf, link_instead, move_away, executable, shorten_and_write_again]


@pytest.mark.parametrize("change", REWRITES, ids=[change.__name__ for change in REWRITES])
def test_what_only_grows(stage: Stage, change: Callable[[Stage], None]) -> None:
    start = stage.at.clone.head()
    change(stage)
    stage.commit({})
    stage.refused("LG405", ref=LANE)
    stage.git("checkout", "-q", "-f", "--detach", start)
    stage.commit({"README.md": START + "ui was here\n"})  # which docs owns
    stage.lands()


@pytest.mark.parametrize(
    ("merged", "codes"),
    [("core\nui\n", ()), ("ui\ncore\n", ()), ("ui\n", ("LG405",)), ("core\nui\nmore\n", ("LG405",))],
)
def test_a_log_that_two_lanes_added_to(stage: Stage, merged: str, codes: tuple[str, ...]) -> None:
    start = stage.at.clone.head()
    core = stage.commit({"README.md": START + "core\n"}, lane="core")
    stage.lands()
    stage.commit({"README.md": START + "ui\n"}, on=start)
    stage.lands(ref=LANE)
    stage.git("checkout", "-q", "--detach", core)
    stage.at.clone.git("merge", "-q", "--no-commit", "--no-ff", LANE.replace("heads", "remotes/origin"), check=False)
    stage.commit({"README.md": START + merged}, message="Merge")
    if codes:
        stage.refused(*codes)
    else:
        stage.lands()


# Frozen, shared, roles.


def test_frozen_until_the_policy_says_otherwise(stage: Stage) -> None:
    """Not even for the lane that owns it, whose owner is integrator and maintainer."""
    start = stage.at.clone.head()
    stage.commit({"src/ui/theme/dark.py": "darker\n"}, lane="core")
    stage.refused("LG404", ref=CORE_REF)
    stage.commit({POLICY_PATH: signed_policy()}, lane="core", on=start)
    stage.lands()
    stage.commit({"src/ui/theme/dark.py": "darker\n"}, lane="core")
    stage.lands(ref=CORE_REF)


def test_what_is_shared_is_everybodys(stage: Stage) -> None:
    stage.commit({"board/today": "ui\n"})
    stage.lands(ref=LANE)
    stage.commit({"board/today": None, "board/later": "core\n"}, lane="core")
    stage.lands()
    stage.commit({"boards": "ui\n"})
    stage.refused("LG103", ref=LANE)


def test_roles_by_signature(stage: Stage) -> None:
    start = stage.at.clone.head()
    stage.commit({"board/release": "ui\n"})
    said = stage.refused("LG406", ref=LANE)
    assert "only maintainer may write here; signed by bob" in said
    stage.commit({"board/release": "core\n"}, lane="core", on=start)
    stage.lands(ref=CORE_REF)


def test_roles_by_pusher(tmp_path: Path) -> None:
    """What one who holds the role has put on the lane's ref, anybody lands."""
    stage = Stage(tmp_path, policy(identity="pusher", extra=ZONES), config=BY_SSH)
    start = stage.at.clone.head()
    stage.commit({"board/release": "ui\n"}, who="")
    stage.refused("LG406", ref=LANE, env=as_pusher("bob"))
    stage.refused("LG406", env=as_pusher("bob"))
    stage.commit({"board/release": "core\n"}, lane="core", who="", on=start)
    stage.refused("LG202", "LG406", env=as_pusher("bob"))
    stage.lands(ref=CORE_REF, env=as_pusher("ana"))
    stage.lands(env=as_pusher("bob"))


def test_a_policy_that_freezes_itself(stage: Stage) -> None:
    start = stage.at.clone.head()
    frozen = '[[zones]]\npaths = ["/policy/"]\nmode = "frozen"\n'
    stage.commit({POLICY_PATH: signed_policy(extra=frozen)}, lane="core")
    stage.refused("LG702")
    stage.commit({POLICY_PATH: signed_policy(extra=frozen.replace("frozen", "high-risk"))}, lane="core", on=start)
    stage.lands()


# Recorded, overridden, damaged.


def test_an_override_and_what_it_was_judged_by(tmp_path: Path) -> None:
    place = yard(tmp_path, glass_policy() + PLAIN_ZONES)
    registry = Registry(place.at)
    tip = registry.plant(acquire("c-1", "core", "/src/app.py"), "ana")
    place.at.clone.git("checkout", "-q", "--detach")
    commit = by("bob", place.at.clone).change({"src/app.py": "mine\n"}, lane="ui")
    ran = place.push(f"{commit}:{MAIN}", who="ana")
    assert "LG402" in ran.err
    assert place.at.server.tip() != commit
    ran = place.push(f"{commit}:{MAIN}", who="ana", why="the shop is down")
    assert place.at.server.tip() == commit, ran.both
    (landing,) = place.landings()
    assert landing.locks == tip
    assert "LG402" in landing.codes


def test_a_registry_that_cannot_be_read(stage: Stage) -> None:
    """Stops what needs it, and nothing else."""
    start = stage.at.clone.head()
    damaged = hash_object(stage.at.server, "blob", b"1 lock id=x\n")
    tree = stage.at.server.out("mktree", data=f"100644 blob {damaged}\tlocks\n")
    commit = stage.at.server.out("-c", "user.name=x", "-c", "user.email=x@x", "commit-tree", "-m", "x", tree)
    stage.at.server.git("update-ref", LOCKS_REF, commit)
    stage.commit({"src/ui/search.py": "found\n"})
    stage.refused("LG903", ref=LANE)
    stage.commit({"src/ui/other.py": "found\n"}, on=start)
    stage.lands(ref=LANE)
