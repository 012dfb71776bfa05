"""The ledger over real pushes: only its next record gets in, spelt right, signed by somebody who may write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_ledger import LEDGER, Book, ledger_policy, verdict
from tests.attack_signatures import by
from tests.attack_support import LANE, Arena, arena


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


@pytest.fixture
def commit(at: Arena) -> str:
    """A commit of lane ui, signed by its owner, on the lane's ref."""
    made = by("bob", at.clone).change({"src/ui/x.py": "x\n"}, lane="ui")
    at.accepts(f"{made}:{LANE}")
    return made


def test_records_one_by_one(at: Arena, commit: str) -> None:
    book = Book(at)
    at.accepts(f"{book.write(verdict(commit))}:{LEDGER}")
    at.accepts(f"{book.write(verdict(commit), 'ana')}:{LEDGER}")
