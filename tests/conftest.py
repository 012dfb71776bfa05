"""Hermetic git for every test: no configuration of the machine or of its user reaches a git process started here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import Bare, Clone, hermetic_environment, make_clone, make_repo, make_server

settings.register_profile("lanegate", deadline=None)  # the machine may be busy: no test asserts a time
settings.load_profile("lanegate")


@pytest.fixture(autouse=True)
def hermetic(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private HOME and git configuration; nothing of the caller's GIT_*, LANEGATE_* or wish for colour is left."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "LANEGATE_")) or name in ("FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name)
    for name, value in hermetic_environment(tmp_path_factory.mktemp("home")).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> Clone:
    """An empty repository with a work tree, on branch main, without hooks or remote."""
    return make_repo(tmp_path / "repo")


@pytest.fixture
def server(tmp_path: Path) -> Bare:
    """A bare repository whose main holds support.POLICY and support.FILES, with lanegate's pre-receive live."""
    return make_server(tmp_path / "server.git")


@pytest.fixture
def clone(server: Bare, tmp_path: Path) -> Clone:
    """A clone of `server` on branch main, without hooks of its own."""
    return make_clone(server, tmp_path / "clone")
