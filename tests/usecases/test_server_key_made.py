"""The server's key is there whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.usecases import server_key
from lanegate.usecases.server_key import OWN_KEY, ServerKeyError, make_key, public_line, remove_key


def test_a_key_is_made_once_and_removed(tmp_path: Path) -> None:
    assert make_key(str(tmp_path))
    path = tmp_path / OWN_KEY
    line = public_line(str(path))
    assert path.stat().st_mode & 0o077 == 0
    assert path.with_suffix(".pub").read_text().split() == [*line.split()]
    assert make_key(str(tmp_path))
    assert public_line(str(path)) == line
    assert remove_key(str(tmp_path))
    assert os.listdir(path.parent) == []


def test_what_a_killed_one_left_is_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / OWN_KEY
    left = path.with_name(f"{path.name}-left")
    left.mkdir(parents=True)
    (left / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")

    def killed(*arguments: str) -> str:
        Path(arguments[-1]).write_text("half of a key")
        raise ServerKeyError("killed", "again")

    with monkeypatch.context() as patched:
        patched.setattr(server_key, "_ssh_keygen", killed)
        with pytest.raises(ServerKeyError):
            make_key(str(tmp_path))
    assert os.listdir(path.parent) == []
    assert make_key(str(tmp_path))
    assert sorted(os.listdir(path.parent)) == [path.name, f"{path.name}.pub"]
