"""The policies of the trusted ref: what a history tells of them need not be asked of git again, and is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.git.history import read_history
from lanegate.git.run import Git
from lanegate.usecases.policy_eras import Era, KnownEras, read_eras, trusted_eras
from tests.support import POLICY, POLICY_PATH, Clone, make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Clone:
    """Five policies on main's first-parent chain, one of them unreadable and one by a merge, and one beside it."""
    made = make_repo(tmp_path / "repo")
    made.change({"src/a": "0\n"}, "Begin")
    for number in range(3):
        made.change({POLICY_PATH: POLICY + f"# {number}\n" if number != 1 else "version ="}, f"Policy {number}")
        made.change({"src/a": f"{number + 1}\n"}, f"Work {number}")
    made.git("checkout", "-q", "-b", "side")
    for number in (3, 4):
        made.change({POLICY_PATH: POLICY + f"# {number}\n"}, f"Policy {number}")
    made.git("checkout", "-q", "main")
    made.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    made.change({POLICY_PATH: POLICY + "# 5\n"}, "Policy 5")
    made.change({"src/a": "6\n"}, "Work 5")
    return made


def policies(eras: list[Era]) -> list[tuple[str | None, str | None, bool]]:
    return [(era.commit, era.blob, era.policy is not None) for era in eras]


def test_a_history_tells_the_later_ones(repo: Clone) -> None:
    git = Git(str(repo.path / ".git"))
    tip = repo.tip("refs/heads/main") or ""
    alone = policies(trusted_eras(git, tip, POLICY_PATH))
    assert [is_read for _, _, is_read in alone] == [True, False, True, True, True]
    chain = repo.out("rev-list", "--first-parent", tip).split()
    beside = repo.tip("refs/heads/side") or ""
    asked = [*((base, tip, []) for base in (None, *chain)), (beside, tip, []), (None, tip, [chain[4]])]
    asked += [(chain[-1], older, []) for older in chain[1:-1]]
    for base, end, baseline in asked:
        history = read_history(git, base, end, baseline)
        known = KnownEras(history, read_eras(git, history, POLICY_PATH))
        assert policies(trusted_eras(git, tip, POLICY_PATH, known)) == alone, (base, end, baseline)


def test_git_is_not_asked_again(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    git = Git(str(repo.path / ".git"))
    tip = repo.tip("refs/heads/main") or ""
    history = read_history(git, None, tip)
    known = KnownEras(history, read_eras(git, history, POLICY_PATH))
    expected = policies(trusted_eras(git, tip, POLICY_PATH))

    def refuse(*_: object, **__: object) -> bytes:
        raise AssertionError("git was asked")

    monkeypatch.setattr(Git, "output", refuse)
    assert policies(trusted_eras(git, tip, POLICY_PATH, known)) == expected
