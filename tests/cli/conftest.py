"""Fixtures of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import FILES, POLICY, Bare, make_bare, seed


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """A bare repository with a policy and files on main, without the gate."""
    bare = make_bare(tmp_path / "server.git")
    seed(bare, FILES, text=POLICY)
    return bare
