"""A policy that is refused for overlapping lanes can be looked at all the same; one with other problems cannot."""

from __future__ import annotations

import pytest

from lanegate.core.policy_reader import PolicyError, read_overlapping, read_policy
from tests.core.policy_texts import HEAD

APART = HEAD + "[lanes.a]\nowned_paths = ['/x']\n[lanes.b]\nowned_paths = ['/y']\n"


def test_a_policy_that_can_be_used() -> None:
    assert read_overlapping(APART.encode()) == read_policy(APART.encode())


def test_a_policy_whose_lanes_overlap() -> None:
    overlapping = APART.replace("'/y'", "'/*'")
    with pytest.raises(PolicyError) as refused:
        read_policy(overlapping.encode())
    assert [problem.code for problem in refused.value.problems] == ["LG703"]
    policy = read_overlapping(overlapping.encode())
    assert [rule.text for rule in policy.lanes["b"].owned_paths] == ["/*"]


@pytest.mark.parametrize(
    "text",
    [APART.replace("'/y'", "'/*'") + "kind = 'odd'\n", APART + "kind = 'odd'\n", "not TOML", APART.replace("/y", "y")],
)
def test_other_problems_are_told(text: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_overlapping(text.encode())
    with pytest.raises(PolicyError) as usual:
        read_policy(text.encode())
    assert refused.value.problems == usual.value.problems
