"""The encoding of SSH keys and signatures (RFC 4251 section 5), read so that each value has exactly one spelling.

OpenSSH takes some things in more than one way: numbers with zeros in front, base64 with white space in it. Whoever
changes one spelling into another makes a second commit, with another id, of a signature that is not theirs. So what no
program writes is refused here.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64


class FormatError(ValueError):
    """Bytes or text that are not what they have to be. Its text says what is wrong, in one line, and shows no more of
    what was given than a short name."""


class Reader:
    """Reads the values that stand in `data` one after the other. A method raises FormatError where there is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._at + count
        if end > len(self._data):
            raise FormatError("cut off")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self) -> int:
        """A `uint32`."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """A `string`: any bytes, their count in front."""
        return self.take(self.number())

    def mpint(self) -> int:
        """An `mpint` that is not negative, in as few bytes as it needs."""
        raw = self.string()
        if raw[:1] >= b"\x80":
            raise FormatError("negative number")
        if raw[:1] == b"\0" and raw[1:2] < b"\x80":
            raise FormatError("number with needless zeros")
        return int.from_bytes(raw, "big")

    def end(self) -> None:
        """Nothing is left to read."""
        if self._at != len(self._data):
            raise FormatError("bytes left over at the end")


def string(value: bytes) -> bytes:
    """A value as a `string`."""
    return len(value).to_bytes(4, "big") + value


def decode_base64(text: bytes) -> bytes:
    """What base64 (RFC 4648 section 4) says: one line, padded, unused bits zero. Raises FormatError."""
    try:
        decoded = a2b_base64(text)
    except Error:
        decoded = None
    if decoded is None or b2a_base64(decoded, newline=False) != text:
        raise FormatError("not base64")
    return decoded
