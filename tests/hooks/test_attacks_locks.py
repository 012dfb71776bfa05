"""The lock registry over real pushes: no lock is stolen, doubled, prolonged or forged. Each attack has its twin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lanegate.core.record import Reconcile
from tests.attack_ledger import LEDGER, Book, commit_of_tree, content, forge
from tests.attack_locks import HOUR, REGISTRY, Registry, acquire, heartbeat, locks_policy, now, reclaim, release
from tests.attack_signatures import parted, raw_of
from tests.attack_support import Arena, arena, raw_commit


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, locks_policy())


@pytest.fixture
def registry(at: Arena) -> Registry:
    """bob holds l-1 for lane ui, an hour from now on, by record 1."""
    made = Registry(at)
    made.put(acquire("l-1", "ui", "/src/ui/"), "bob")
    return made


@pytest.fixture
def stale(at: Arena) -> Registry:
    """bob's lock l-1, fence 1, ran out half an hour ago."""
    made = Registry(at)
    made.plant(acquire("l-1", "ui", "/src/ui/", at=now(-HOUR), seconds=HOUR // 2), "bob")
    return made


def test_from_one_lane_to_the_next(registry: Registry) -> None:
    registry.put(heartbeat("l-1", 1), "bob", note="half done")
    registry.put(acquire("c-1", "core", "/src/core/"), "ana")
    registry.put(release("l-1", 1), "bob")
    registry.put(acquire("c-2", "core", "/src/ui/theme/"), "ana")
    assert [(lock.id, lock.lane, lock.owner, lock.fence) for lock in registry.locks()] == [
        ("c-1", "core", "ana", 3),
        ("c-2", "core", "ana", 5),
    ]


# What is held.


def test_the_same_paths_twice(registry: Registry) -> None:
    said = registry.refused(acquire("c-1", "core", "/src/ui/theme/"), "ana", "LG402")
    assert "this scope meets lock l-1: lane ui (bob), lease until " in said
    registry.put(acquire("c-1", "core", "/src/core/"), "ana")


def test_scopes_that_meet_only_in_a_path_that_neither_names(at: Arena) -> None:
    """Matching one pattern against the text of the other finds nothing."""
    registry = Registry(at)
    registry.put(acquire("l-1", "ui", "/src/a*.py"), "bob")
    said = registry.refused(acquire("c-1", "core", "/src/*b.py", "/src/core/"), "ana", "LG402")
    assert "at src/ab.py this scope meets" in said
    registry.put(acquire("c-1", "core", "/src/b*b.py", "/src/core/"), "ana")


def test_a_negated_pattern_disables_nothing_but_what_it_names(at: Arena) -> None:
    registry = Registry(at)
    registry.put(acquire("l-1", "ui", "/src/", "!/src/core/", "!/src/ui/theme/"), "bob")
    registry.refused(acquire("c-1", "core", "/src/", "!/src/ui/"), "ana", "LG402")
    registry.refused(acquire("c-1", "core", "!/src/core/", "/src/app.py"), "ana", "LG402")
    registry.put(acquire("c-1", "core", "/src/core/", "/src/ui/theme/"), "ana")


def test_two_in_one_push(registry: Registry) -> None:
    """Each record is judged on the one before it, also in one push."""
    registry.write(release("l-1", 1), "bob")
    registry.write(acquire("c-1", "core", "/src/ui/theme/"), "ana")
    good = registry.tip
    registry.write(acquire("l-2", "ui", "/src/ui/"), "bob")
    registry.at.refuses(f"{registry.tip}:{REGISTRY}", codes=["LG402"])
    registry.at.accepts(f"{good}:{REGISTRY}")


def test_a_lock_for_paths_that_the_lane_cannot_change(registry: Registry) -> None:
    registry.refused(acquire("l-2", "ui", "/docs/"), "bob", "LG101")
    registry.refused(acquire("l-2", "ui", "/src/ui/vendor/"), "bob", "LG101")
    registry.put(acquire("l-2", "ui", "/docs/", "/src/app.py"), "bob")


# Who holds it, and until when.


def test_a_live_lock_is_not_stolen(registry: Registry) -> None:
    registry.refused(reclaim("l-1", 1, "core"), "ana", "LG402", note="I want it")
    registry.refused(reclaim("l-1", 1, "docs", override=True), "cy", "LG402", note="I want it")
    registry.refused(release("l-1", 1), "cy", "LG202", note="I want it")
    registry.put(reclaim("l-1", 1, "core", override=True), "ana", note="bob is ill, the release cannot wait")
    registry.refused(heartbeat("l-1", 1), "bob", "LG202", "LG403")
    [lock] = registry.locks()
    assert (lock.lane, lock.owner, lock.fence, lock.scope) == ("core", "ana", 2, ("/src/ui/",))


def test_a_stale_lock_needs_words(stale: Registry) -> None:
    stale.refused(acquire("c-1", "core", "/src/ui/theme/"), "ana", "LG403")
    stale.refused(reclaim("l-1", 1, "core"), "ana", "LG403")
    stale.refused(heartbeat("l-1", 1), "bob", "LG403")
    stale.put(reclaim("l-1", 1, "core"), "ana", note="nobody answers")
    stale.refused(heartbeat("l-1", 2), "bob", "LG202")
    stale.put(heartbeat("l-1", 2), "ana")


def test_its_holder_comes_back_late(stale: Registry) -> None:
    stale.put(reclaim("l-1", 1, "ui"), "bob", note="I was at lunch")
    stale.refused(heartbeat("l-1", 1), "bob", "LG403")
    stale.refused(release("l-1", 1), "bob", "LG403")
    stale.put(release("l-1", 2), "bob")


def test_two_who_reclaim_at_once(stale: Registry) -> None:
    """The second one was first signed on the same state: written anew, it names a fence that is gone."""
    rival = stale.make(reclaim("l-1", 1, "ui"), "bob", note="mine")
    stale.put(reclaim("l-1", 1, "core"), "ana", note="nobody answers")
    stale.at.refuses(f"+{rival}:{REGISTRY}", codes=["LG602"])
    stale.refused(reclaim("l-1", 1, "ui"), "bob", "LG402", "LG403", note="mine")


def test_a_clock_that_is_off(registry: Registry) -> None:
    for seconds in (-HOUR, -130, 130, HOUR):
        said = registry.refused(heartbeat("l-1", 1, at=now(seconds)), "bob", "LG408")
        assert "the server's time is 20" in said
    registry.refused(acquire("l-2", "ui", "/src/app.py", at=now(HOUR)), "bob", "LG408")
    registry.put(heartbeat("l-1", 1, at=now(100)), "bob")
    registry.refused(release("l-1", 1, at=now()), "bob", "LG408")
    registry.put(release("l-1", 1, at=now(110)), "bob")


def test_a_lease_that_outlives_the_longest(registry: Registry) -> None:
    with pytest.raises(Exception, match="expected seconds from 1 to 604800"):
        registry.make(heartbeat("l-1", 1, seconds=604_801), "bob")
    spelt = content(registry.at, registry.make(heartbeat("l-1", 1, seconds=604_800), "bob"), "record")
    long = forge(
        registry.at,
        registry.tip or "",
        {b"record": spelt.replace(b"604800", b"604801")},
        registry.tip or "",
        who="bob",
    )
    registry.at.refuses(f"{long}:{REGISTRY}", codes=["LG407"])
    registry.put(heartbeat("l-1", 1, seconds=604_800), "bob")


def test_another_owner(registry: Registry) -> None:
    registry.refused(acquire("d-1", "docs", "/docs/"), "bob", "LG202")
    registry.refused(heartbeat("l-1", 1), "ana", "LG202")
    registry.refused(acquire("d-1", "docs", "/docs/"), "bob", "LG202", writer="cy")
    registry.refused(acquire("o-1", "old", "/old/"), "cy", "LG201")
    registry.put(acquire("d-1", "docs", "/docs/"), "cy")


def test_unsigned(registry: Registry) -> None:
    signed = registry.make(acquire("d-1", "docs", "/docs/"), "cy")
    unsigned = raw_commit(registry.at.clone, parted(raw_of(registry.at.clone, signed))[0])
    registry.at.refuses(f"{unsigned}:{REGISTRY}", codes=["LG203"])
    registry.refused(acquire("d-1", "docs", "/docs/"), "mallory", "LG203", writer="cy")
    registry.at.accepts(f"{signed}:{REGISTRY}")


# The registry itself.


def test_rewound_and_deleted(registry: Registry) -> None:
    first = registry.tip
    registry.put(heartbeat("l-1", 1), "bob")
    registry.at.refuses(f"+{first}:{REGISTRY}", codes=["LG602"])
    registry.at.refuses(f":{REGISTRY}", codes=["LG602"])
    again = Registry(registry.at)
    again.write(acquire("c-1", "core", "/src/ui/theme/"), "ana")
    registry.at.refuses(f"+{again.tip}:{REGISTRY}", codes=["LG602"])
    registry.at.refuses(f"{again.tip}:refs/lanegate/locks2", codes=["LG601"])
    registry.put(release("l-1", 1), "bob")


def test_neither_a_blob_nor_a_symbolic_ref(at: Arena) -> None:
    registry = Registry(at)
    good = registry.make(acquire("l-1", "ui", "/src/ui/"), "bob")
    record = at.clone.out("rev-parse", f"{good}:record")
    at.refuses(f"{record}:{REGISTRY}", codes=["LG407"])
    at.server.git("symbolic-ref", REGISTRY, "refs/heads/main")
    at.refuses(f"+{good}:{REGISTRY}", codes=["LG601"])
    at.server.git("symbolic-ref", REGISTRY, "refs/heads/nowhere")
    assert "LG601" in at.clone.push(f"{good}:{REGISTRY}").err
    assert at.server.tip("refs/heads/nowhere") is None
    at.server.git("symbolic-ref", "--delete", REGISTRY)
    at.accepts(f"{good}:{REGISTRY}")


def test_a_doctored_state(registry: Registry) -> None:
    """A record that is in order, with locks that do not follow from it."""
    at, tip = registry.at, registry.tip or ""
    good = registry.make(acquire("c-1", "core", "/src/core/"), "ana")
    lines = content(at, good, "locks")
    stolen = lines.replace(b"1 lock id=l-1 lane=ui by=bob", b"1 lock id=l-1 lane=core by=ana")
    assert stolen != lines
    for files, path in (
        ({b"locks": stolen}, "locks"),
        ({b"locks": lines.splitlines(keepends=True)[0]}, "locks"),
        ({b"locks": None}, "locks"),
        ({b"locks": lines + lines}, "locks"),
        ({b"more": b"x"}, "more"),
    ):
        made = forge(at, good, files, tip, who="ana")
        said = at.refuses(f"{made}:{REGISTRY}", codes=["LG407"]).err
        assert f"record 2: {path} is not what this record makes of the state before it" in said
    at.accepts(f"{good}:{REGISTRY}")


def test_out_of_order(registry: Registry) -> None:
    at, tip = registry.at, registry.tip or ""
    body = heartbeat("l-1", 1)
    registry.refused(body, "bob", "LG407", number=3)
    registry.refused(body, "bob", "LG407", number=1)
    registry.refused(body, "bob", "LG407", policy="1" * 40)
    good = registry.make(body, "bob")
    tree = at.clone.out("rev-parse", f"{good}^{{tree}}")
    at.refuses(f"{commit_of_tree(at, tree, tip, at.clone.head(), who='bob')}:{REGISTRY}", codes=["LG407"])
    at.refuses(f"+{commit_of_tree(at, tree, who='bob')}:{REGISTRY}", codes=["LG602"])
    at.accepts(f"{good}:{REGISTRY}")


def test_a_record_in_the_wrong_log(registry: Registry) -> None:
    at = registry.at
    book = Book(at)
    reconciled = book.make(Reconcile("ui", ("A-1",)), "bob")
    said = at.refuses(f"+{reconciled}:{REGISTRY}", codes=["LG602"]).err
    assert "not a fast-forward" in said
    at.refuses(f"{registry.tip}:{LEDGER}", codes=["LG305"])
    tree = at.clone.out("rev-parse", f"{reconciled}^{{tree}}")
    at.refuses(f"{commit_of_tree(at, tree, registry.tip or '', who='bob')}:{REGISTRY}", codes=["LG407"])
    at.accepts(f"{reconciled}:{LEDGER}")


@pytest.mark.parametrize("damage", ["3 lock", "", "3 lock id=l-1 lane=ui scope=/a objective=x start=1\n"])
def test_a_registry_that_is_damaged_holds_up_everything(registry: Registry, damage: str) -> None:
    """Whatever happened to the server's own file, it is never taken for "nobody holds anything"."""
    files: dict[bytes, Any] = {b"locks": damage.encode() or None}
    broken = forge(registry.at, registry.tip or "", files, registry.tip or "", who="bob")
    registry.at.plant(f"{broken}:{REGISTRY}")
    registry.tip, kept = broken, registry.tip
    record = {b"record": content(registry.at, kept or "", "record")}
    next_one = forge(registry.at, broken, record, broken, who="ana")
    ran = registry.at.clone.push(f"{next_one}:{REGISTRY}")
    assert ran.code != 0
    assert "LG903" in ran.err
    assert "the state of the lock registry is damaged" in ran.err


def test_under_identity_none(tmp_path: Path) -> None:
    registry = Registry(arena(tmp_path, locks_policy("none")))
    registry.put(acquire("l-1", "ui", "/src/ui/"), "bob", writer=None)
    registry.refused(acquire("c-1", "core", "/src/ui/theme/"), "ana", "LG402", writer=None)
    registry.refused(reclaim("l-1", 1, "core", override=True), "ana", "LG402", writer=None, note="why")
    registry.refused(heartbeat("l-1", 1), "bob", "LG407")
    registry.put(heartbeat("l-1", 1), "bob", writer=None)


def test_audit_lets_no_forged_lock_in(tmp_path: Path) -> None:
    registry = Registry(arena(tmp_path, locks_policy(), config={"lanegate.mode": "audit"}))
    registry.refused(acquire("l-1", "ui", "/src/ui/"), "ana", "LG202")
    registry.put(acquire("l-1", "ui", "/src/ui/"), "bob")
