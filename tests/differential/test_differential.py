"""Random histories pushed to a real server: lanegate and the oracle must agree on every push (issue 2's first bar).

LANEGATE_HISTORIES histories, from the seed LANEGATE_SEED on, LANEGATE_PUSHES pushes each; `make soak` plays many more.
A failure names its seed and the command that plays it again.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.differential.plumbing import Patterns
from tests.differential.soak import HISTORIES, PUSHES, soak, summary
from tests.differential.verified import check_tangle

#: Histories a test. Twenty pushes and more: both answers occur in each test.
CHUNK = 5
SEED = int(os.environ.get("LANEGATE_SEED", "1"))


@pytest.mark.parametrize("number", range(0, HISTORIES, CHUNK))
def test_random_histories(number: int, tmp_path: Path) -> None:
    played, disagreements = soak(SEED + number, CHUNK, PUSHES, tmp_path)
    print(summary(played))
    assert not disagreements, "\n\n".join(disagreements)
    answers = [push.accepted for one in played for push in one.pushes]
    assert 0.15 < sum(answers) / len(answers) < 0.85, summary(played)


@pytest.mark.parametrize("number", range(0, HISTORIES // 2, CHUNK))
def test_tangled_merges(number: int, tmp_path: Path) -> None:
    patterns = Patterns(tmp_path)
    for seed in range(SEED + number, SEED + number + CHUNK):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert check_tangle(seed, folder, patterns, steps=50) > 0
