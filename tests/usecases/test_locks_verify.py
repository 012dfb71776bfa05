"""Verifying the lock registry in a clone: what the server took passes, and every forgery is found without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.git.history import chain_ids
from lanegate.usecases.locks_verify import VerifiedLocks, verify_locks
from lanegate.usecases.policy_eras import trusted_eras
from tests.attack_ledger import content, forge
from tests.attack_locks import HOUR, REGISTRY, Registry, acquire, heartbeat, locks_policy, now, reclaim, release
from tests.attack_signatures import parted, raw_of
from tests.attack_support import Arena, arena, raw_commit
from tests.support import POLICY_PATH


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, locks_policy())


@pytest.fixture
def registry(at: Arena) -> Registry:
    """What the server took, some of it long ago: bob's lock ran out, ana took it over and gave it back."""
    made = Registry(at)
    made.write(acquire("l-1", "ui", "/src/ui/", at=now(-3 * HOUR)), "bob")
    made.write(heartbeat("l-1", 1, at=now(-2 * HOUR - 60)), "bob")
    made.write(reclaim("l-1", 1, "core", at=now(-HOUR)), "ana", note="nobody answers")
    made.write(release("l-1", 3, at=now(-HOUR)), "ana")
    made.write(acquire("l-1", "ui", "/src/ui/"), "bob")
    return made


def verified(registry: Registry, tip: str | None = None) -> VerifiedLocks:
    """The clone's answer, by the policies on its own main."""
    head = registry.at.clone.tip("refs/heads/main")
    assert head is not None
    eras = trusted_eras(registry.git, head, POLICY_PATH)
    return verify_locks(registry.git, chain_ids(registry.git, tip or registry.tip or ""), eras)


def test_what_the_server_took(registry: Registry) -> None:
    answer = verified(registry)
    assert answer.problems == ()
    assert [record.kind for record in answer.records] == ["acquire", "heartbeat", "reclaim", "release", "acquire"]
    assert answer.commits[-1] == registry.tip


def test_behind_the_servers_back(registry: Registry) -> None:
    tip = registry.tip or ""
    honest = registry.make(heartbeat("l-1", 5), "bob")
    stolen = content(registry.at, honest, "locks").replace(b"lane=ui by=bob", b"lane=core by=ana")
    assert verified(registry, honest).problems == ()
    for made, code, message in (
        (registry.make(reclaim("l-1", 5, "core"), "ana", note="mine"), "LG402", "record 6: lock l-1 is alive: "),
        (registry.make(acquire("c-1", "core", "/src/"), "ana"), "LG402", "record 6: at src/ui this scope meets"),
        (registry.make(heartbeat("l-1", 5), "ana"), "LG202", "record 6: ana does not own lane ui"),
        (registry.make(heartbeat("l-1", 3), "bob"), "LG403", "record 6: fence 3 of lock l-1 holds no more"),
        (registry.make(heartbeat("l-1", 5, at=now(-60)), "bob"), "LG408", "record 6: its time is "),
        (registry.make(heartbeat("l-1", 5, at=now(2 * HOUR)), "bob"), "LG403", "record 6: the lease of lock l-1 ran"),
        (registry.make(release("l-1", 5), "bob", number=7), "LG407", "record 7: it comes after record 5"),
        (registry.make(release("l-1", 5), "bob", policy="1" * 40), "LG407", "record 6: its policy 111111111111 did"),
        (raw_commit(registry.at.clone, parted(raw_of(registry.at.clone, honest))[0]), "LG203", "record 6: nobody is"),
        (forge(registry.at, honest, {b"locks": stolen}, tip, who="bob"), "LG407", "record 6: locks is not what this"),
    ):
        [problem] = verified(registry, made).problems
        assert (problem.code, problem.message[: len(message)]) == (code, message)
        assert (problem.commit, problem.ref) == (made, REGISTRY)
