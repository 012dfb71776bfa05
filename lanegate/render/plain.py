"""Bytes and text from a repository, made safe to show: no control character of a commit reaches a terminal."""

from __future__ import annotations

_SAFE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
#: Letters that turn the direction of text around or are invisible: a path could look like another.
_SAFE.update(
    {code: f"\\u{code:04x}" for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)


def one_line(text: str) -> str:
    """Text with control characters, surrogates and direction marks escaped."""
    return text.encode("utf-8", "backslashreplace").decode().translate(_SAFE)


def show_path(path: bytes) -> str:
    """A path for people and for JSON: as it is where it is UTF-8, else with its odd bytes (and `%`) percent-escaped."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        text = path.replace(b"%", b"%25").decode("utf-8", "surrogateescape")
        return "".join(f"%{ord(letter) - 0xDC00:02X}" if 0xDC80 <= ord(letter) <= 0xDCFF else letter for letter in text)
