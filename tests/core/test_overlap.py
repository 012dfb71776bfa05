"""Whether two pattern lists share a path: against trying all short paths, and by cases."""

from __future__ import annotations

import random

import pytest

from lanegate.core.overlap import Budget, OverlapLimitError, common_path, scopes_overlap
from lanegate.core.patterns import Pattern, PatternError
from tests.core.oracles import FACTOR, parsed, pathspec_matches
from tests.core.short_paths import Trial, random_bodies, random_list

#: 100,000 in `make soak`.
PAIRS = 800 if FACTOR == 1 else 5_000 * FACTOR


def _decides(patterns: list[Pattern], path: bytes) -> bool:
    """pathspec's answer for each pattern, and the last matching one decides."""
    bodies = [(pattern, pattern.text.removeprefix("!").removesuffix("/")) for pattern in patterns]
    matching = [pattern for pattern, body in bodies if pathspec_matches(body, path)]
    assert matching == [pattern for pattern in patterns if pattern.matches(path)], path
    return bool(matching) and not matching[-1].negated


def test_agrees_with_trying_all_short_paths() -> None:
    pick = random.Random(f"overlap {FACTOR}")
    found = {"none": 0, "short": 0, "longer": 0}
    rounds = 2 * FACTOR
    for _ in range(rounds):
        bodies = random_bodies(pick, 120)
        trial = Trial(bodies, longest=6)
        for _ in range(PAIRS // rounds):
            first, second = random_list(pick, bodies), random_list(pick, bodies)
            said = [[pattern.text for pattern in patterns] for patterns in (first, second)]
            path = common_path(first, second)
            short = trial.first(trial.of_list(first) & trial.of_list(second))
            if path is None or len(path) <= trial.longest:
                assert path == short, said
            else:
                assert short is None, said
            if path is not None:
                assert _decides(first, path), said
                assert _decides(second, path), said
                assert common_path(second, first) == path, said
            found["none" if path is None else "short" if short else "longer"] += 1
    assert min(found.values()) > PAIRS // 100, found


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        (["/src/ui/"], ["/src/core/"], None),
        (["/src/"], ["/src/ui/"], b"src/ui"),
        (["/src/", "!/src/ui/"], ["/src/ui/"], None),
        (["/src/", "!/src/ui/", "/src/ui/"], ["/src/ui/"], b"src/ui"),
        (["/src/", "!/src/ui/", "/src/ui/x.py"], ["/src/ui/"], b"src/ui/x.py"),
        (["/src/*.py"], ["/src/test_*"], b"src/test_.py"),
        (["/src/*.py"], ["/src/*.c/"], None),
        (["/src/*.py"], ["/src/**/*.c"], b"src/.py/.c"),
        (["**/Makefile"], ["/lib/"], b"lib/Makefile"),
        (["**/Makefile"], ["/lib/", "!**/Makefile"], None),
        (["/a?"], ["/[a-c]b", "!/ab"], None),
        (["/a?"], ["/?b", "!/ab"], None),
        (["/a/**"], ["/a"], b"a/a"),
        (["/**"], ["/**"], b"a"),
        (["/x*y*z"], ["/*q*"], b"xqyz"),
        # what several patterns take away together
        (["/d/", "!/d/[a-m]*", "!/d/[n-z]*"], ["/d/[a-z]*"], None),
        (["/d/", "!/d/[a-m]*", "!/d/[n-y]*"], ["/d/[a-z]*"], b"d/z"),
        # names that git does not store
        (["/.g?t"], ["/.?it"], None),
        (["/.?it"], ["/.*[tT]"], b".ait"),
        (["/[.]"], ["/?"], None),
        (["/?"], ["/*", "!/[a-zA-Z0-9]"], b"!"),
        (["/.?"], ["/?."], None),
        (["/.??"], ["/..*"], b"..a"),
        (["/git~?"], ["/*1"], None),
        (["/x", "/git~?"], ["/*[1-2]"], b"git~2"),
        (["/.g*it"], ["/*", "!/.g?*it"], None),
    ],
)
def test_cases(first: list[str], second: list[str], path: bytes | None) -> None:
    assert scopes_overlap(first, second) == path
    assert scopes_overlap(second, first) == path


def test_a_list_that_matches_nothing() -> None:
    assert common_path([], parsed(["/**"])) is None


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(PatternError, match="not anchored"):
        scopes_overlap(["tests"], ["/tests/"])


def test_too_entangled_is_no_answer() -> None:
    """Every name of one, two, three … places must be told from every other one."""
    first = ["/**/" + "*" + char + "?" * 12 for char in "abcdefgh"]
    second = ["/**/*[a-h]" + "?" * 11 + "z", *(f"!/**/*{char}*" for char in "abcdefgh")]
    with pytest.raises(OverlapLimitError, match="too entangled to compare exactly"):
        common_path(parsed(first), parsed(second), Budget(2_000))


def test_many_questions_share_one_budget() -> None:
    budget = Budget(25)
    assert common_path(parsed(["/a*"]), parsed(["/*b"]), budget) == b"ab"
    budget.left = 1
    with pytest.raises(OverlapLimitError):
        common_path(parsed(["/a*"]), parsed(["/*b"]), budget)


def test_what_was_found_before_the_budget_ended_is_told() -> None:
    """None would be a proof that there is nothing."""
    budget = Budget(20)
    assert common_path(parsed(["/*ab*"]), parsed(["/*ca*", "/*?x?*"]), budget) == b"cab"
    assert budget.left < 0
