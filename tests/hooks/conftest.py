"""Fixtures of the hooks in a clone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A clone with hooks that works in lane ui."""
    desk = make_desk(tmp_path)
    desk.use("ui")
    return desk
