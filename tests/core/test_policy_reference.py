"""pathspec reads the patterns of a policy too, and what it reads otherwise is told with its line."""

from __future__ import annotations

import pytest

from lanegate.core import policy_reference
from lanegate.core.patterns import Pattern, PatternError
from lanegate.core.policy import Problem
from lanegate.core.policy_reader import read_policy
from lanegate.core.policy_reference import reference_problems
from tests.core.test_policy_reader import EXAMPLES, WHOLE


@pytest.mark.parametrize("text", [WHOLE, *(path.read_text() for path in EXAMPLES)])
def test_pathspec_agrees(text: str) -> None:
    assert reference_problems(read_policy(text.encode())) == ()


def test_what_pathspec_reads_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such pattern is known: the dialect leaves them out. Another version of pathspec could bring one."""

    def disagree(pattern: Pattern) -> None:
        if pattern.text in ("!/src/ui/theme/", "/src/ui/vendor/", "/x"):
            raise PatternError("is read differently by pathspec")

    monkeypatch.setattr(policy_reference, "check_with_pathspec", disagree)
    assert reference_problems(read_policy(WHOLE.encode())) == (
        Problem("LG702", "lanes.ui.owned_paths[1]", 24, '"!/src/ui/theme/" is read differently by pathspec'),
        Problem("LG702", "lanes.ui.out_of_scope[0]", 28, '"/src/ui/vendor/" is read differently by pathspec'),
        Problem("LG702", "matrix[1].path", 41, '"/x" is read differently by pathspec'),
    )
