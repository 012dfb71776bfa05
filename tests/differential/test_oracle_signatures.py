"""The oracle on who signed: each refusal beside its honest twin, with git's own checking of signatures."""

from __future__ import annotations

import random

import pytest

from tests.differential.case import Server, Update
from tests.differential.oracle import judge_push, judge_range
from tests.differential.plumbing import Patterns
from tests.differential.rules import NotAPolicyError, Policy
from tests.differential.signers import PGP, Signing, key_line, signature, with_header
from tests.differential.small import CORE, FILES, MAIN, POLICY, POLICY_PATH, UI, codes
from tests.differential.world import World

LANE = "refs/heads/lane/ui"


def policy(identity: str, **keys: str) -> bytes:
    """The small project's policy; keys: by person, names of keys that are not just their own."""
    text = POLICY.decode().replace('identity = "pusher"', f'identity = "{identity}"')
    for person in ("ana", "bob", "cy"):
        lines = ", ".join(f'"{key_line(name)}"' for name in keys.get(person, person).split())
        text = text.replace(f"[people.{person}]\n", f"[people.{person}]\nkeys = [{lines}]\n")
    return text.replace('pushers = ["integrator"]\n', "").encode()


def signed(world: World, by: str | None, commit: str) -> str:
    """The same commit with a signature; by nobody: as it is."""
    raw = world.git.object(commit)[1]
    return world.store.write("commit", with_header(raw, b"gpgsig", signature(by, raw))) if by else commit


def push(
    world: World, main: str, new: str | None, ref: str = MAIN, *, pusher: str | None = None, **refs: str
) -> set[str]:
    """Codes of a push to a server whose main is `main`; with a pusher it knows people."""
    named = {f"refs/heads/{name.replace('__', '/')}": tip for name, tip in refs.items()}
    server = Server({MAIN: main, **named}, is_local=pusher is None)
    return codes(judge_push(world.git, world.patterns, server, [Update(ref, server.refs.get(ref), new)], pusher))


def test_signature(world: World) -> None:
    base = world.commit({**FILES, POLICY_PATH: policy("signature", bob="bob bob-2")}, b"Start\n")
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    for ref in (MAIN, LANE):
        assert push(world, base, signed(world, "bob", ui), ref) == set()
        assert push(world, base, signed(world, "bob-2", ui), ref) == set()
        assert push(world, base, signed(world, "ana", ui), ref) == {"LG202"}
        assert push(world, base, signed(world, "mallory", ui), ref) == {"LG203"}
        assert push(world, base, ui, ref) == {"LG203"}
        assert push(world, base, ui, ref, pusher="bob") == {"LG203"}
        assert push(world, base, signed(world, "bob", ui), ref, pusher="cy") == set()


def test_what_is_no_signature(world: World) -> None:
    base = world.commit({**FILES, POLICY_PATH: policy("signature")}, b"Start\n")
    raw = world.git.object(world.commit({b"ui/a.py": b"x"}, UI, base))[1]
    good = signature("bob", raw)

    def bad(name: bytes, value: bytes, commit: bytes = raw) -> set[str]:
        return push(world, base, world.store.write("commit", with_header(commit, name, value)))

    assert bad(b"gpgsig", good) == set()
    assert bad(b"gpgsig", signature("bob", raw, digest="sha256")) == set()
    assert bad(b"gpgsig-sha256", good) == {"LG203"}
    assert bad(b"gpgsig", good, raw + b"\n") == {"LG203"}
    assert bad(b"gpgsig", signature("bob", raw, namespace=b"file")) == {"LG203"}
    assert bad(b"gpgsig", PGP) == {"LG203"}
    assert bad(b"gpgsig", good, with_header(raw, b"gpgsigx", b"x")) == {"LG203"}
    assert bad(b"gpgsig", good, with_header(raw, b"gpgsig", good)) == {"LG604"}


def test_either(world: World) -> None:
    base = world.commit({**FILES, POLICY_PATH: policy("either")}, b"Start\n")
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    for ref in (MAIN, LANE):
        assert push(world, base, ui, ref, pusher="bob") == set()
        assert push(world, base, signed(world, "bob", ui), ref, pusher="ana") == set()
        assert push(world, base, signed(world, "ana", ui), ref, pusher="bob") == set()
        assert push(world, base, ui, ref, pusher="ana") == {"LG202"}
        assert push(world, base, signed(world, "ana", ui), ref, pusher="ana") == {"LG202"}
        assert push(world, base, signed(world, "bob", ui), ref) == set()
        assert push(world, base, ui, ref) == {"LG202"}
    assert push(world, base, ui, pusher="ana", lane__ui=ui) == set()
    other = signed(world, "bob", world.commit({b"ui/a.py": b"y"}, UI, base))
    for new in (None, other):
        assert push(world, base, new, LANE, pusher="ana", lane__ui=ui) == {"LG202"}
        assert push(world, base, new, LANE, lane__ui=ui) == {"LG202"}
        assert push(world, base, new, LANE, pusher="bob", lane__ui=ui) == set()
    for by in (None, "cy"):
        tip = signed(world, by, ui)
        assert judge_range(world.git, world.patterns, Server({}), base, tip) == {tip: []}


@pytest.mark.parametrize("identity", ["signature", "either"])
def test_conflicts_and_the_policy_file(world: World, identity: str) -> None:
    base = world.commit({**FILES, POLICY_PATH: policy(identity)}, b"Start\n")
    one = signed(world, "bob", world.commit({b"ui/a.py": b"1\n"}, UI, base))
    two = signed(world, "bob", world.commit({b"ui/a.py": b"2\n"}, UI, base))
    resolved = world.merge(one, two, {b"ui/a.py": b"3\n"}, CORE)
    pusher = None if identity == "signature" else "cy"
    who = "LG203" if identity == "signature" else "LG202"
    assert push(world, one, signed(world, "ana", resolved), pusher=pusher, lane__ui=two) == set()
    assert push(world, one, signed(world, "bob", resolved), pusher=pusher, lane__ui=two) == {"LG101", "LG202"}
    assert push(world, one, resolved, pusher=pusher, lane__ui=two) == {"LG101", who}
    laxer = policy(identity).replace(b'"/core/*.md"', b'"/core/*.rst"')
    change = world.commit({POLICY_PATH: laxer}, CORE, base)
    assert push(world, base, signed(world, "ana", change), pusher=pusher) == set()
    assert push(world, base, signed(world, "bob", change), pusher=pusher) == {"LG202", "LG701"}
    assert push(world, base, change, pusher=pusher) == {who, "LG701"}
    told = judge_range(world.git, world.patterns, Server({}), base, change)[change]
    assert codes(told) == ({"LG203", "LG701"} if identity == "signature" else set())


def test_refs_with_pushers_need_a_server_that_knows_people(world: World) -> None:
    text = policy("signature").replace(b'"refs/heads/main"\n', b'"refs/heads/main"\npushers = ["integrator"]\n')
    base = world.commit({**FILES, POLICY_PATH: text}, b"Start\n")
    ui = signed(world, "bob", world.commit({b"ui/a.py": b"x"}, UI, base))
    assert push(world, base, ui) == {"LG907"}
    assert push(world, base, ui, LANE) == set()
    assert push(world, base, ui, pusher="bob") == {"LG601"}
    assert push(world, base, ui, pusher="ana") == set()


def test_each_landing_goes_by_the_keys_before_it(world: World) -> None:
    base = world.commit({**FILES, POLICY_PATH: policy("signature")}, b"Start\n")
    first = signed(world, "bob", world.commit({b"ui/a.py": b"x"}, UI, base))
    change = signed(world, "ana", world.commit({POLICY_PATH: policy("signature", bob="bob-2")}, CORE, first))
    late = signed(world, "bob", world.commit({b"ui/a.py": b"y"}, UI, change))
    new = signed(world, "bob-2", world.commit({b"ui/a.py": b"z"}, UI, late))
    found = judge_range(world.git, world.patterns, Server({}), base, new)
    assert {step: codes(one) for step, one in found.items()} == {
        first: set(),
        change: set(),
        late: {"LG203"},
        new: set(),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'keys = ["{key_line("cy")}"]', f'keys = ["{key_line("ana")}"]'),  # of two people
        (f'keys = ["{key_line("bob")}"]', "keys = []"),  # an owner whom nobody could recognise
        ('identity = "signature"', 'identity = "pusher"'),  # without effect
    ],
)
def test_keys_that_make_no_policy(patterns: Patterns, old: str, new: str) -> None:
    text = policy("signature").decode()
    assert Policy(text.encode(), patterns).by_signature
    assert old in text
    with pytest.raises(NotAPolicyError):
        Policy(text.replace(old, new).encode(), patterns)


@pytest.fixture
def patterns(world: World) -> Patterns:
    return world.patterns


def test_the_signing_of_a_history_is_good_and_bad(world: World) -> None:
    """Each kind that `Signing` makes occurs, and is what git says it is."""
    text = policy("signature")
    base = world.commit({**FILES, POLICY_PATH: text}, b"Start\n")
    signing = Signing(random.Random(1), Policy(text, world.patterns), 20)
    raw = world.git.object(world.commit({b"ui/a.py": b"x"}, UI, base))[1]
    made = {signing(raw) for _ in range(300)}
    found = [frozenset(push(world, base, world.store.write("commit", one))) for one in sorted(made)]
    assert raw in made
    assert {frozenset(), frozenset({"LG202"}), frozenset({"LG203"})} == set(found)
    assert len([one for one in found if one == {"LG203"}]) > 5
