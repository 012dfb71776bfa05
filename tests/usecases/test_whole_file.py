"""A person's file is replaced whole or not at all, keeps its mode, and is left alone where it may not be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.usecases.whole_file import write_whole


@pytest.mark.parametrize("mode", [0o640, 0o755, 0o600])
def test_the_mode_stays(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"before")
    file.chmod(mode)
    write_whole(str(file), b"after")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"after", mode)


def test_a_new_file_beside_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole("x", b"new")
    assert (os.listdir(tmp_path), (tmp_path / "x").read_bytes()) == (["x"], b"new")


def test_a_file_that_may_not_be_written_stays(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"before")
    file.chmod(0o444)
    with pytest.raises(PermissionError):
        write_whole(str(file), b"after")
    assert (os.listdir(tmp_path), file.read_bytes()) == (["x"], b"before")


@pytest.mark.parametrize("what", ["fsync", "replace"])
def test_what_fails_on_the_way_leaves_the_file_and_nothing_else(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "x"
    file.write_bytes(b"before")
    monkeypatch.setattr(os, what, fails)
    with pytest.raises(OSError, match="No space"):
        write_whole(str(file), b"after")
    assert (os.listdir(tmp_path), file.read_bytes()) == (["x"], b"before")


def test_nothing_is_written_through_a_link_beside_it(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"somebody's")
    (tmp_path / f"x.{os.getpid()}").symlink_to(other)
    with pytest.raises(OSError, match="symbolic link"):
        write_whole(str(tmp_path / "x"), b"after")
    assert (other.read_bytes(), (tmp_path / "x").exists()) == (b"somebody's", False)
