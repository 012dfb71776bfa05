"""Changing a repository's configuration all at once, also after somebody was killed on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.git.config_edit import Change, all_values, change_config
from lanegate.git.run import Git, GitError
from tests.support import Bare, make_bare


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return make_bare(tmp_path / "bare.git")


def change(bare: Bare, *changes: Change) -> None:
    change_config(Git(str(bare.path), os.environ), str(bare.path), changes)


def values(bare: Bare, key: str) -> tuple[str, ...]:
    return all_values(Git(str(bare.path), os.environ)).get(key, ())


def test_keys_get_values_lose_them_and_stay_beside_each_other(bare: Bare) -> None:
    change(bare, Change("lanegate.baseline", (), ("a", "b")), Change("lanegate.mode", (), ("audit",)))
    change(bare, Change("lanegate.baseline", ("a", "b"), ("c",)), Change("lanegate.mode", ("audit",), ()))
    assert values(bare, "lanegate.baseline") == ("c",)
    assert values(bare, "lanegate.mode") == ()
    assert values(bare, "core.bare") == ("true",)


def test_a_linked_file_stays_one_with_its_mode(bare: Bare, tmp_path: Path) -> None:
    config, elsewhere = bare.path / "config", tmp_path / "elsewhere"
    config.rename(elsewhere)
    elsewhere.chmod(0o640)
    config.symlink_to(elsewhere)
    change(bare, Change("lanegate.mode", (), ("audit",)))
    assert config.is_symlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o640
    assert values(bare, "lanegate.mode") == ("audit",)


def test_a_lock_of_somebody_else_is_told_and_left(bare: Bare) -> None:
    lock = bare.path / "config.lock"
    lock.write_text("half of it")
    before = (bare.path / "config").read_bytes()
    with pytest.raises(GitError, match=r"config\.lock exists: another git"):
        change(bare, Change("lanegate.mode", (), ("audit",)))
    assert lock.read_text() == "half of it"
    assert (bare.path / "config").read_bytes() == before
    assert not list(bare.path.glob("lanegate-config-*"))


def test_what_a_killed_one_left_is_cleared_up(bare: Bare) -> None:
    """Killed between the lock and the rename: the lock is the copy itself."""
    (bare.path / "lanegate-config-old").write_text("older")
    (bare.path / "lanegate-config-new").write_text("half")
    os.link(bare.path / "lanegate-config-new", bare.path / "config.lock")
    change(bare, Change("lanegate.mode", (), ("audit",)))
    assert values(bare, "lanegate.mode") == ("audit",)
    assert not (bare.path / "config.lock").exists()
    assert not list(bare.path.glob("lanegate-config-*"))


def test_a_value_is_replaced_where_it_stands(bare: Bare) -> None:
    """Changed and changed back, the file is the same to the byte."""
    bare.config("receive.fsckObjects", "false")
    bare.config("receive.unpackLimit", "7")
    before = (bare.path / "config").read_bytes()
    change(bare, Change("receive.fsckObjects", ("false",), ("true",)))
    assert values(bare, "receive.fsckobjects") == ("true",)
    change(bare, Change("receive.fsckObjects", ("true",), ("false",)))
    assert (bare.path / "config").read_bytes() == before
