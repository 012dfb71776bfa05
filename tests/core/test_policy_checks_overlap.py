"""LG703: a policy whose active lanes could collide is not read, and says where they would."""

from __future__ import annotations

import pytest

from lanegate.core.policy_problems import MAX_PROBLEMS
from lanegate.core.policy_reader import PolicyError, read_policy
from tests.core.policy_texts import HEAD, told

MEND = "take it from one of them (a `!` pattern, out_of_scope), or give one of them MODIFY"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[lanes.ui]\nowned_paths = ['/src/ui/']\n[lanes.core]\nowned_paths = ['/lib/', '/src/**/*.py']\n",
         ['6: LG703 lanes.core.owned_paths[1]: two active lanes are PRIMARY on "src/ui/.py": '
          f'lane ui by "/src/ui/" (line 4) and lane core by "/src/**/*.py" (line 6); {MEND}']),
        ("[lanes.ui]\nowned_paths = ['/src/ui/']\n[lanes.core]\nowned_paths = ['/src/**/*.py', '!/src/ui/']\n", []),
        ("[lanes.ui]\nowned_paths = ['/src/ui/']\n[lanes.core]\nowned_paths = ['/src/']\nout_of_scope = ['/src/u?/']\n",
         []),
        ("[lanes.ui]\nowned_paths = ['/src/']\n[lanes.core]\nowned_paths = ['/src/']\nstate = 'planned'\n", []),
        ("[lanes.ui]\nowned_paths = ['/src/']\n[lanes.core]\n[[matrix]]\npath = '/src/a'\ngrants = {core='PRIMARY'}\n",
         ['7: LG703 matrix[0].path: two active lanes are PRIMARY on "src/a": '
          f'lane ui by "/src/" (line 4) and lane core by "/src/a" (line 7); {MEND}']),
        ("[lanes.ui]\nowned_paths = ['/é/']\n[lanes.core]\nowned_paths = ['/é/']\n",
         ['6: LG703 lanes.core.owned_paths[0]: two active lanes are PRIMARY on "é": '
          f'lane ui by "/é/" (line 4) and lane core by "/é/" (line 6); {MEND}']),
    ],
)  # fmt: skip
def test_words(text: str, expected: list[str]) -> None:
    if expected:
        assert told(HEAD + text) == expected
    else:
        assert read_policy((HEAD + text).encode()).lanes


def test_so_many_are_told() -> None:
    """Eight lanes, each two of which own /src/: 28 pairs."""
    lanes = "".join(f"[lanes.l{number}]\nowned_paths = ['/src/']\n" for number in range(8))
    assert len(told(HEAD + "max_active_lanes = 8\n" + lanes)) == 20 < MAX_PROBLEMS


def test_lanes_that_cannot_be_proven_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "[lanes.ui]\nowned_paths = ['/a*b/', '!/a*b/?*']\n[lanes.core]\nowned_paths = ['/*b/*/', '!/a*']\n"
    assert read_policy(text.encode()).lanes
    monkeypatch.setattr("lanegate.core.lane_overlap.STEPS", 2)
    with pytest.raises(PolicyError) as raised:
        read_policy(text.encode())
    (problem,) = raised.value.problems
    assert problem.code == "LG702"
    assert problem.message == (
        "the active lanes cannot be proven apart: the patterns are too entangled to compare exactly (2 steps were "
        "tried); write folders and fewer wildcards"
    )
