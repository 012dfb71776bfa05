"""Identity over http: git http-backend behind a web server that authenticates (docs/platforms.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, PUSHER_POLICY, Arena, arena, as_pusher, blob, commit_with
from tests.docs.http_backend import serving

CORE = "refs/heads/lane/core"


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, PUSHER_POLICY, config={"lanegate.platform": "http-backend"})


@pytest.fixture
def address(at: Arena) -> Iterator[str]:
    """The web server's address; NAME stands for who asks."""
    with serving(at.server.path.parent) as found:
        yield f"{found}/{at.server.path.name}"


def ask_as(at: Arena, address: str, name: str) -> None:
    at.clone.git("remote", "set-url", "origin", address.replace("NAME", name))


def ui(at: Arena) -> str:
    return commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})


def core(at: Arena) -> str:
    return commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))}, message="X\n\nLane: core\n")


def test_each_pushes_their_own_lane(at: Arena, address: str) -> None:
    ask_as(at, address, "ana")
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"])
    at.accepts(f"{core(at)}:{CORE}")
    ask_as(at, address, "bob")
    at.refuses(f":{CORE}", codes=["LG202"])
    at.accepts(f"{ui(at)}:{LANE}")


def test_landing_what_an_owner_brought(at: Arena, address: str) -> None:
    commit = ui(at)
    ask_as(at, address, "ana")
    at.refuses(f"{commit}:{MAIN}", codes=["LG202"])
    ask_as(at, address, "bob")
    at.accepts(f"{commit}:{LANE}")
    ask_as(at, address, "ana")
    at.accepts(f"{commit}:{MAIN}")


def test_what_the_client_claims(at: Arena, address: str) -> None:
    """Its environment, and headers that a careless server would turn into variables."""
    ask_as(at, address, "ana")
    for header in ("REMOTE_USER: bob", "Remote-User: bob", "X-Remote-User: bob", "LANEGATE_PUSHER: bob"):
        at.clone.git("config", "--add", "http.extraHeader", header)
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"], env={**as_pusher("bob"), "REMOTE_USER": "bob"})


def test_nobody_gets_in_without_a_password(at: Arena, address: str) -> None:
    before = at.refs()
    at.clone.git("remote", "set-url", "origin", address.replace("NAME:NAME", "bob:wrong"))
    assert not at.clone.push(f"{ui(at)}:{LANE}").ok
    at.clone.git("remote", "set-url", "origin", address.replace("NAME:NAME@", ""))
    assert not at.clone.push(f"{ui(at)}:{LANE}").ok
    assert at.refs() == before


def test_a_name_that_the_policy_does_not_know(at: Arena, address: str) -> None:
    ask_as(at, address, "mallory")
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"])
    at.refuses(f"{ui(at)}:{MAIN}", codes=["LG202", "LG601"])


def test_a_push_past_the_web_server_is_nobodys(at: Arena) -> None:
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG907"], env={"REMOTE_USER": "bob"})
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG907"], env=as_pusher("bob"))


def test_bad_commits_of_the_right_person(at: Arena, address: str) -> None:
    ask_as(at, address, "bob")
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    at.refuses(f"{bad}:{MAIN}", codes=["LG101"])
