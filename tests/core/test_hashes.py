"""The same digests as hashlib's, whatever this Python was built with."""

from __future__ import annotations

import hashlib
import sys
from importlib import reload

import pytest

from lanegate.core import hashes

OWN = ("_sha1", "_sha2", "_sha256", "_sha512")


@pytest.mark.parametrize("missing", [(), ("_sha2",), ("_sha1",), ("_sha2", "_sha256"), OWN])
def test_as_hashlib(monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]) -> None:
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    reload(hashes)
    for content in (b"", b"x" * 63, b"x" * 64, bytes(range(256)) * 9):
        for name in ("sha1", "sha256", "sha512"):
            made = getattr(hashes, name)(content, usedforsecurity=False)
            assert made.digest() == getattr(hashlib, name)(content).digest()
            assert made.digest_size == getattr(hashlib, name)().digest_size


@pytest.fixture(autouse=True)
def _as_before() -> object:
    yield
    reload(hashes)
