"""Names told byte by byte are the names that the rest of lanegate takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.name_states import LETTERS, TOLD_APART, is_stored
from lanegate.core.names import spells_dot_git
from tests.core.oracles import examples


def _known(name: bytes) -> bool:
    return name not in (b"", b".", b"..") and not spells_dot_git(name)


_PIECES = (b".", b"g", b"G", b"i", b"t", b"T", b".git", b"git~1", b"~", b"1", b":", b" ", b"\\", b"a",
           "\u200c".encode(), "\u206a".encode(), "\u00e9".encode(), b"\xe2", b"\x80", b"\xff", b"\xf0\x9f")  # fmt: skip


@examples(1_000)
@given(name=st.lists(st.sampled_from(_PIECES), max_size=7).map(b"".join) | st.binary(max_size=6))
def test_agrees_with_whole_names(name: bytes) -> None:
    name = bytes(byte for byte in name if byte in LETTERS)
    assert is_stored(name) == _known(name)


@pytest.mark.parametrize(
    ("before", "behind"),
    [(b"", b""), (b".", b""), (b".gi", b""), (b".g", b"it"), (b".git", b""), (b".git", b"a"), (b"a\\", b".git")],
)
def test_each_letter(before: bytes, behind: bytes) -> None:
    for byte in LETTERS:
        name = before + bytes((byte,)) + behind
        assert is_stored(name) == _known(name), name


@examples(300)
@given(
    name=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map(b"".join),
    at=st.integers(0, 20),
    byte=st.sampled_from([byte for byte in LETTERS if byte < 0x80 and byte not in TOLD_APART]),
)
def test_a_plain_letter_never_makes_a_name_worse(name: bytes, at: int, byte: int) -> None:
    """What the search relies on when it tries one letter for all that patterns do not tell apart."""
    at %= len(name)
    if is_stored(name):
        assert is_stored(name[:at] + bytes((byte,)) + name[at + 1 :])


def test_letters() -> None:
    """All bytes but the slash and control bytes; what people like to read comes first."""
    assert set(LETTERS) == set(range(0x20, 0x100)) - {0x2F, 0x7F}
    assert LETTERS.startswith(b"abcdefghijklmnopqrstuvwxyz0123456789ABC")
    assert len(LETTERS) == len(set(LETTERS))
