"""What a policy says about signing keys: whose they are, and who is known by one where the identity asks for it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from lanegate.core.people import signers_of
from lanegate.core.policy_plain import from_plain, to_plain
from lanegate.core.policy_reader import read_policy
from tests.core import ed25519_points as textbook
from tests.core.policy_texts import told
from tests.core.ssh_signers import string


def line(number: int, comment: str = "") -> str:
    """An Ed25519 key, another one for each number."""
    point = textbook.encode(textbook.times(number, textbook.BASE))
    return f"ssh-ed25519 {b64encode(string(b'ssh-ed25519') + string(point)).decode()} {comment}".rstrip()


A, B = line(5, "ana@desk"), line(7)


def policy(identity: str, rest: str) -> str:
    return f'version = 1\nidentity = "{identity}"\n{rest}'


def recognised(name: str, where: str, what: str, missing: str) -> str:
    return f'{where}: "{name}" has no {what}: the server could never recognise them; add {missing}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            policy("none", f"[people.ana]\nkeys = ['{A}']\n"),
            [
                "4: LG702 people.ana.keys: rules that name people need another identity: "
                'under "none" nobody is proven to be anybody'
            ],
        ),
        (
            policy("pusher", f"[people.ana]\npushers = ['ana']\nkeys = ['{A}']\n"),
            [
                '5: LG702 people.ana.keys: identity = "pusher" asks for no signatures, no rule of [[refs]] for '
                "acceptance and no zone for locks, so keys are without effect"
            ],
        ),
        (
            policy(
                "signature", f"[people.ana]\nkeys = ['{A}']\n[people.bob]\nkeys = ['{B}', '{line(5, 'another')}']\n"
            ),
            ["6: LG702 people.bob.keys[1]: this key is ana's too: a key is one person"],
        ),
        (
            policy("signature", f"[people.ana]\nkeys = ['{A[:-12]}']\n"),
            ["4: LG702 people.ana.keys[0]: not base64 as it is written by programs"],
        ),
        (
            policy("signature", "[people.ana]\npushers = ['ana']\n[lanes.ui]\nowners = ['ana']\n"),
            ["6: LG702 " + recognised("ana", "lanes.ui.owners[0]", "keys", "people.ana.keys")],
        ),
        (
            policy("either", "[people.ana]\n[lanes.ui]\nowners = ['ana']\n"),
            [
                "5: LG702 "
                + recognised(
                    "ana", "lanes.ui.owners[0]", "pushers and no keys", "people.ana.pushers or people.ana.keys"
                )
            ],
        ),
        (
            policy(
                "signature", f"[people.ana]\nkeys = ['{A}']\n[[refs]]\nname = 'refs/heads/main'\npushers = ['ana']\n"
            ),
            ["7: LG702 " + recognised("ana", "refs[0].pushers[0]", "pushers", "people.ana.pushers")],
        ),
        (
            policy(
                "signature",
                f"[people.ana]\nkeys = ['{A}']\n[roles]\nlead = ['ana']\n"
                "[[refs]]\nname = 'refs/heads/main'\npushers = ['lead']\n",
            ),
            [
                '9: LG702 refs[0].pushers[0]: nobody of the role "lead" has pushers: '
                "the server could never recognise who pushes"
            ],
        ),
    ],
)
def test_what_is_refused(text: str, expected: list[str]) -> None:
    found = told(text)
    assert [problem.split(": not base64")[0] for problem in found] == [
        problem.split(": not base64")[0] for problem in expected
    ]


@pytest.mark.parametrize(
    "text",
    [
        policy("signature", f"[people.ana]\nkeys = ['{A}', '{A} laptop']\n[lanes.ui]\nowners = ['ana']\n"),
        policy("either", "[people.ana]\npushers = ['ana']\n[lanes.ui]\nowners = ['ana']\n"),
        policy("either", f"[people.ana]\nkeys = ['{A}']\n[roles]\nmaintainer = ['ana']\n"),
        policy(
            "signature",
            f"[people.ana]\nkeys = ['{A}']\n[people.bob]\npushers = ['bob']\n"
            "[roles]\nlead = ['ana', 'bob']\n[[refs]]\nname = 'refs/heads/main'\npushers = ['lead', 'bob']\n",
        ),
    ],
)
def test_what_is_accepted_is_kept(text: str) -> None:
    found = read_policy(text.encode())
    assert from_plain(to_plain(found)) == found
    assert signers_of(found)("1" * 40, b"") is not None
