"""One author's repository for all of the oracle's own tests in a module."""

from __future__ import annotations

import pytest

from tests.differential.plumbing import Patterns
from tests.differential.small import FILES
from tests.differential.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("oracle")
    return World(folder, Patterns(folder))


@pytest.fixture
def base(world: World) -> str:
    return world.commit(FILES, b"Start\n")
