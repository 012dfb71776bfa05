"""Explanations: grants, owners and acts of paths as the judge sees them."""

from __future__ import annotations

import pytest

from lanegate.core.explain import explain
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ
from tests.core.build import POLICY_PATH, policy

FREE = {"change": None, "create": None, "delete": None}


def refused(code: str) -> dict[str, str | None]:
    return dict.fromkeys(FREE, code)


@pytest.mark.parametrize(
    ("path", "lanes", "grants", "owners", "acts"),
    [
        (b"ui/a", (), {"ui": PRIMARY}, ("ui",), {"ui": FREE}),
        (b"core/a", (), {"ui": READ, "core": PRIMARY}, ("core",), {"ui": refused("LG101"), "core": FREE}),
        (
            b"app.py",
            (),
            {"ui": MODIFY, "core": PRIMARY},
            ("core",),
            {"ui": {"change": None, "create": "LG102", "delete": "LG102"}, "core": FREE},
        ),
        (b"ui/vendor/a", (), {"ui": NONE}, (), {"ui": refused("LG104")}),
        (b"nobody/a", (), {}, (), {}),
        (b"nobody/a", ("ui",), {"ui": NONE}, (), {"ui": refused("LG103")}),
        (b"core/a", ("docs",), {"docs": NONE}, ("core",), {"docs": refused("LG101")}),
        (b"core/a", ("core", "ui"), {"core": PRIMARY, "ui": READ}, ("core",), {"core": FREE, "ui": refused("LG101")}),
    ],
)
def test_one_path(
    path: bytes,
    lanes: tuple[str, ...],
    grants: dict[str, str],
    owners: tuple[str, ...],
    acts: dict[str, dict[str, str | None]],
) -> None:
    """Without lanes asked for, those are shown that a rule names; else all that were asked for, in that order."""
    (found,) = explain(policy(), POLICY_PATH, [path], lanes)
    assert found.path == path
    assert [(lane, match.grant) for lane, match in found.grants] == list(grants.items())
    assert found.owners == owners
    told = [(lane, act, violation and violation.code) for lane, act, violation in found.acts]
    assert told == [(lane, act, code) for lane in acts for act, code in acts[lane].items()]


def test_paths_keep_their_order() -> None:
    found = explain(policy(), POLICY_PATH, [b"ui/b", b"ui/a", b"ui/b"], ())
    assert [each.path for each in found] == [b"ui/b", b"ui/a", b"ui/b"]
