"""What a policy says about acceptance: read as values, and refused with exact words where it would have no effect."""

from __future__ import annotations

import pytest

from lanegate.core.policy import Gate, Policy, Server
from lanegate.core.policy_reader import read_policy
from tests.core.policy_texts import ACCEPTED, ANA_KEY, BOB_KEY, HEAD, SERVER_KEY, told

MAIN = "[[refs]]\nname = 'refs/heads/main'\n"
ASKS = MAIN + "accepted = true\n"
NOT_ASKED = "has no effect: no rule of [[refs]] has accepted = true"


def text(identity: str, *parts: str) -> str:
    return f'version = 1\nidentity = "{identity}"\n{"".join(parts)}'


def people(*, ana: str = "", bob: str = f"keys = ['{BOB_KEY}']", roles: str = "acceptor = ['bob']") -> str:
    return f"[people.ana]\n{ana}\n[people.bob]\n{bob}\n[roles]\n{roles}\n"


def read(policy: str) -> Policy:
    return read_policy(policy.encode())


def test_everything_that_can_be_said_is_read() -> None:
    policy = read(ACCEPTED)
    assert (policy.self_accept, policy.override, policy.asks_acceptance, policy.asks_keys) == (True, True, True, True)
    assert policy.servers == {"main": Server("main", 5, (SERVER_KEY,))}
    assert policy.gates == {
        "targeted": Gate("targeted", 35, 2, ("pytest tests/ui -q", "make lint")),
        "full": Gate("full", 38, 3, ("make test",)),
    }
    assert policy.lanes["ui"].depends_on == (("core", "hard"), ("docs", "soft"))
    assert policy.lanes["ui"].bots
    main, release, lane = policy.refs
    assert (main.accepted, main.start, main.gates, main.gate_tip) == (True, None, ("targeted", "full"), True)
    assert main.order == ("requirements", "implementation")
    assert (release.accepted, release.start, release.gates) == (True, "refs/heads/main", ("full",))
    assert (release.gate_tip, release.order) == (False, ())
    assert (lane.accepted, lane.gate_tip) == (False, False)


@pytest.mark.parametrize(
    ("identity", "refs", "keys"),
    [
        ("none", ASKS, False),
        ("pusher", MAIN, False),
        ("pusher", ASKS, True),
        ("signature", MAIN, True),
        ("either", MAIN, True),
    ],
)
def test_whose_keys_say_anything(identity: str, refs: str, keys: bool) -> None:
    policy = read(text(identity, "" if identity == "none" else people(ana="", bob=_key(keys), roles=_role(keys)), refs))
    assert policy.asks_keys is keys
    assert policy.asks_acceptance is (refs == ASKS)


def _key(keys: bool) -> str:
    return f"keys = ['{BOB_KEY}']" if keys else "pushers = ['bob']"


def _role(keys: bool) -> str:
    return "acceptor = ['bob']" if keys else ""


@pytest.mark.parametrize(
    ("gates", "tip"), [("", False), ("gates = []\n", False), ("gates = ['full']\n", True)], ids=["none", "empty", "one"]
)
def test_the_tip_is_gated_where_there_are_gates(gates: str, tip: bool) -> None:
    policy = read(text("none", ASKS, gates, "[gates.full]\nrung = 1\nrun = ['make']\n"))
    assert policy.refs[0].gate_tip is tip
    assert (
        not read(text("none", ASKS, gates, "gate_tip = false\n[gates.full]\nrung = 1\nrun = ['x']\n")).refs[0].gate_tip
    )


WITHOUT = "has no effect without accepted = true on this rule"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # on a rule that asks for no acceptance
        (MAIN + "from = 'refs/heads/x'\ngates = ['full']\norder = ['quality']\n[gates.full]\nrung = 1\nrun = ['x']\n",
         [f"5: LG702 refs[0].from: {WITHOUT}", f"6: LG702 refs[0].gates: {WITHOUT}",
          f"7: LG702 refs[0].order: {WITHOUT}"]),
        (MAIN + "gate_tip = true\n", [f"5: LG702 refs[0].gate_tip: {WITHOUT}"]),
        (MAIN + "accepted = false\norder = ['quality']\n", [f"6: LG702 refs[0].order: {WITHOUT}"]),
        # gate_tip
        (ASKS + "gate_tip = true\n", ["6: LG702 refs[0].gate_tip: has no effect: this rule names no gates"]),
        # where acceptance cannot be asked
        ("[[refs]]\nname = 'refs/heads/lane/{lane}'\naccepted = true\n",
         ["5: LG702 refs[0].accepted: work on a {lane} ref waits for its verdict: ask for it where the work lands"]),
        ("[[refs]]\nname = 'refs/tags/*'\naccepted = true\n",
         ["5: LG702 refs[0].accepted: a tag brings no commits of its own: ask for acceptance on the branch that it "
          "marks"]),
        # gates
        (ASKS + "gates = ['fulll', 'x']\n[gates.full]\nrung = 1\nrun = ['make']\n",
         ['6: LG702 refs[0].gates[0]: "fulll" is no gate of this policy (did you mean "full"?)',
          '6: LG702 refs[0].gates[1]: "x" is no gate of this policy: add [gates.x]']),
        # from
        (ASKS + "from = 'refs/heads/*'\n",
         ["6: LG702 refs[0].from: \"refs/heads/*\": `*` is not allowed in the name of a single ref"]),
        (ASKS + "from = 'refs/heads//x'\n",
         ['6: LG702 refs[0].from: "refs/heads//x": git knows no such ref: a segment is empty']),
        (ASKS + "from = 'refs/heads/main'\n",
         ["6: LG702 refs[0].from: is the ref of this rule itself: name the one that it branches off"]),
        (ASKS + "from = 'refs/heads/next'\n", ["6: LG702 refs[0].from: no rule of [[refs]] names refs/heads/next"]),
        (ASKS + "from = 'refs/heads/next'\n[[refs]]\nname = 'refs/heads/n*'\n",
         ['6: LG702 refs[0].from: refs/heads/next falls under "refs/heads/n*" (line 7), which asks for no '
          "acceptance"]),
        (ASKS + "from = 'refs/heads/next'\n[[refs]]\nname = 'refs/heads/n*'\n"
         "[[refs]]\nname = 'refs/heads/next'\naccepted = true\n",
         ['6: LG702 refs[0].from: refs/heads/next falls under "refs/heads/n*" (line 7), which asks for no '
          "acceptance"]),
    ],
)  # fmt: skip
def test_what_a_ref_rule_may_ask(rules: str, expected: list[str]) -> None:
    assert told(HEAD + rules) == expected


@pytest.mark.parametrize(
    "rules",
    [
        ASKS + "from = 'refs/heads/next'\n[[refs]]\nname = 'refs/heads/n*'\naccepted = true\n",
        MAIN + "accepted = false\ngate_tip = false\ngates = []\norder = []\n",
        "[[refs]]\nname = 'refs/**'\naccepted = true\n",
    ],
)
def test_what_a_ref_rule_may_well_ask(rules: str) -> None:
    assert read(HEAD + rules).refs


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        # without a ref that asks for acceptance
        (text("signature", "self_accept = true\noverride = true\n", f"[servers.main]\nkeys = ['{SERVER_KEY}']\n", MAIN),
         [f"3: LG702 self_accept: {NOT_ASKED}", f"4: LG702 override: {NOT_ASKED}", f"5: LG702 servers: {NOT_ASKED}"]),
        (text("none", "override = true\n"), [f"3: LG702 override: {NOT_ASKED}"]),
        (text("none", "self_accept = true\n"), [f"3: LG702 self_accept: {NOT_ASKED}"]),
        (text("none", "[lanes.ui]\nbots = true\ndepends_on = { core = 'soft' }\n[lanes.core]\n"),
         [f"4: LG702 lanes.ui.bots: {NOT_ASKED}", f"5: LG702 lanes.ui.depends_on: {NOT_ASKED}"]),
        # under `none`
        (text("none", f"[servers.main]\nkeys = ['{SERVER_KEY}']\n", ASKS),
         ['3: LG702 servers: keys of servers sign records, and under identity "none" records are not signed']),
        (text("none", "override = true\n", ASKS),
         ['3: LG702 override: only a maintainer may override, and under "none" nobody is proven to be one']),
        # who accepts
        (text("pusher", ASKS),
         ['5: LG702 refs[0].accepted: nobody holds the role "acceptor", so no verdict could be given: name people '
          "with keys in [roles]"]),
        (text("pusher", MAIN, "[[refs]]\nname = 'refs/heads/x'\naccepted = true\n", "[roles]\nacceptor = []\n"),
         ['7: LG702 refs[1].accepted: nobody holds the role "acceptor", so no verdict could be given: name people '
          "with keys in [roles]"]),
        (text("pusher", people(bob="pushers = ['bob']"), ASKS),
         ["8: LG702 roles.acceptor: nobody of the role has keys, so no verdict could be signed: add people.bob.keys"]),
        (text("pusher", people(bob=""), ASKS),
         ['8: LG702 roles.acceptor[0]: "bob" has no pushers and no keys: the server could never recognise them; add '
          "people.bob.pushers or people.bob.keys"]),
        (text("pusher", people(roles="acceptor = ['cy']"), ASKS),
         ['8: LG702 roles.acceptor[0]: "cy" is no person of this policy: add [people.cy]']),
        # who overrides
        (text("pusher", "override = true\n", people(), ASKS),
         ['3: LG702 override: only the role "maintainer" may override when it pushes, and nobody holds it: name '
          "people in [roles]"]),
        (text("signature", "override = true\n", people(roles="acceptor = ['bob']\nmaintainer = ['bob']"), ASKS),
         ['3: LG702 override: only the role "maintainer" may override when it pushes, and nobody of the role has '
          "pushers"]),
        # keys
        (text("pusher", people(ana=f"keys = ['{BOB_KEY} laptop']"), ASKS),
         ["6: LG702 people.bob.keys[0]: this key is ana's too: a key is one person"]),
        (text("pusher", f"[servers.main]\nkeys = ['{BOB_KEY}']\n", people(), ASKS),
         ["4: LG702 servers.main.keys[0]: this key is bob's too: a key is one person or one server"]),
        (text("signature", f"[servers.a]\nkeys = ['{SERVER_KEY}']\n[servers.b]\nkeys = ['{SERVER_KEY} x']\n",
              people(), ASKS),
         ["6: LG702 servers.b.keys[0]: this key is that of server a too: a key is one person or one server"]),
        (text("pusher", "[servers.main]\nkeys = ['ssh-dss AAAA']\n", people(), ASKS),
         ["4: LG702 servers.main.keys[0]: DSA keys are not accepted"]),
    ],
)  # fmt: skip
def test_what_has_no_effect_or_no_people(policy: str, expected: list[str]) -> None:
    assert told(policy) == expected


@pytest.mark.parametrize(
    "policy",
    [
        text("none", "self_accept = true\n", ASKS),  # a team of one says so, though nobody could prove otherwise
        text("none", ASKS, "[lanes.ui]\nbots = true\ndepends_on = { core = 'soft' }\n[lanes.core]\n"),
        text("none", "self_accept = false\noverride = false\n[servers]\n[lanes.ui]\nbots = false\ndepends_on = {}\n"),
        text("none", "[lanes.ui]\ndepends_on = { core = 'none' }\n[lanes.core]\n"),
        text("none", "[gates.full]\nrung = 1\nrun = ['make']\n"),
        text("pusher", "self_accept = true\n", f"[servers.main]\nkeys = ['{SERVER_KEY}']\n", people(), ASKS),
        text("pusher", people(ana=f"keys = ['{ANA_KEY}']", roles="acceptor = ['ana', 'bob']"), ASKS),
        text(
            "signature",
            "override = true\n",
            people(ana="pushers = ['ana']", roles="acceptor = ['bob']\nmaintainer = ['bob', 'ana']"),
            ASKS,
        ),
    ],
)
def test_what_has_an_effect_is_read(policy: str) -> None:
    assert read(policy)


def lanes(**depends_on: str) -> str:
    return HEAD + ASKS + "".join(f"[lanes.{lane}]\ndepends_on = {{ {on} }}\n" for lane, on in depends_on.items())


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (lanes(ui="ui = 'none'"), ["7: LG702 lanes.ui.depends_on.ui: a lane cannot depend on itself"]),
        (lanes(ui="ui = 'hard'"), ["7: LG702 lanes.ui.depends_on.ui: a lane cannot depend on itself"]),
        (lanes(ui="cor = 'none', x = 'soft'", core=""),
         ['7: LG702 lanes.ui.depends_on.cor: "cor" is no lane of this policy (did you mean "core"?)',
          '7: LG702 lanes.ui.depends_on.x: "x" is no lane of this policy']),
        (lanes(a="b = 'hard'", b="a = 'soft'"),
         ["9: LG702 lanes.b.depends_on.a: these lanes wait for each other, so none could land first: a > b > a"]),
        (lanes(a="b = 'hard'", b="c = 'hard', d = 'soft'", c="d = 'hard'", d="b = 'hard'"),
         ["13: LG702 lanes.d.depends_on.b: these lanes wait for each other, so none could land first: "
          "b > c > d > b"]),
        (lanes(a="b = 'hard'", b="a = 'hard'", c="d = 'hard'", d="c = 'hard'"),
         ["9: LG702 lanes.b.depends_on.a: these lanes wait for each other, so none could land first: a > b > a",
          "13: LG702 lanes.d.depends_on.c: these lanes wait for each other, so none could land first: c > d > c"]),
    ],
)  # fmt: skip
def test_what_a_lane_cannot_wait_for(policy: str, expected: list[str]) -> None:
    assert told(policy) == expected


@pytest.mark.parametrize(
    "policy",
    [
        lanes(a="b = 'hard', c = 'soft'", b="d = 'hard'", c="d = 'hard'", d=""),
        lanes(a="b = 'hard'", b="a = 'none'"),
        lanes(b="", a="b = 'hard'", c="a = 'hard', b = 'hard'"),
    ],
    ids=["diamond", "none goes back", "towards the top of the file"],
)
def test_what_a_lane_may_wait_for(policy: str) -> None:
    assert read(policy)


def test_a_long_circle_is_found_and_shown_in_part() -> None:
    """One of a thousand lanes: no recursion, and a message that people can read."""
    waits = "".join(f"[lanes.l{n}]\ndepends_on = {{ l{(n + 1) % 1000} = 'hard' }}\n" for n in range(1000))
    (problem,) = told(HEAD + "max_active_lanes = 1000\n" + ASKS + waits)
    assert problem.startswith("2006: LG702 lanes.l999.depends_on.l0: ")
    assert problem.endswith("l0 > l1 > " + " > ".join(f"l{n}" for n in range(2, 20)) + " > …")


def test_no_check_runs_on_a_part_that_is_already_wrong() -> None:
    """A key is not called useless because the refs that ask for it could not be read."""
    wrong = text("pusher", "self_accept = true\n", people(), ASKS, "delete = 1\n")
    assert told(wrong) == ["13: LG702 refs[0].delete: expected true or false, got a number"]
