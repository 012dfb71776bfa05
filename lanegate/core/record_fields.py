"""What may stand in a field of a record (core/record.py, core/lock_record.py).

Each function takes what JSON holds there and gives the value, or raises WrongError, which says what was expected.
"""

from __future__ import annotations

from lanegate.core.object_id import is_full_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Things that a record names, characters of a text and of a name.
MAX_NAMED = 2000
MAX_TEXT = 10_000
MAX_WORD = 1_024
MAX_LOCK_ID = 100
_OF_SIZE = f"text, not empty, of at most {MAX_TEXT} characters"
_PAIRS = f"an object of 1 to {MAX_NAMED}, or []"
_NO_MARKS = dict.fromkeys(map(ord, "._-"))


class WrongError(Exception):
    """A value that has no place in its field; its text says what was expected."""


def must(is_right: bool, expected: str) -> None:
    if not is_right:
        raise WrongError(f"expected {expected}")


def number(value: Any) -> int:
    must(type(value) is int and 0 <= value < 1 << 53, "a number")
    return int(value)


def flag(value: Any) -> bool:
    must(type(value) is bool, "true or false")
    return bool(value)


def text(value: Any) -> str:
    must(isinstance(value, str) and 0 < len(value) <= MAX_TEXT, _OF_SIZE)
    must(not any(_is_control(letter) for letter in value if letter not in "\t\n"), "text without control characters")
    return str(value)


def line(value: Any) -> str:
    """Text on one line: whatever a server may have called somebody."""
    is_line = isinstance(value, str) and 0 < len(value) <= MAX_TEXT
    if not is_line or not (value.isascii() and value.isprintable()):
        must(is_line and not any(map(_is_odd, value)), "text on one line")
    return str(value)


def word(value: Any) -> str:
    """A line without spaces: whatever git takes for a name of a ref."""
    must(isinstance(value, str) and 0 < len(value) <= MAX_WORD and " " not in value, "a word without spaces")
    return line(value)


def _is_control(letter: str) -> bool:
    """What has no place in text. By number, since what Unicode calls printable grows with every version of it."""
    return letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff"


def _is_odd(letter: str) -> bool:
    """What stands in no name. Bytes that are not UTF-8 do, as os.fsdecode has them."""
    return letter < " " or letter == "\x7f" or ("\ud800" <= letter <= "\udfff" and not "\udc80" <= letter <= "\udcff")


def lane_id(value: Any) -> str:
    """A lane id, by the policy's grammar: it is the name of a folder in the ledger's tree."""
    return _id(value, "a lane id")


def lock_id(value: Any) -> str:
    """The id of a lock, by the grammar of a lane's."""
    must(isinstance(value, str) and len(value) <= MAX_LOCK_ID, f"a lock id of at most {MAX_LOCK_ID} characters")
    return _id(value, "a lock id")


def _id(value: Any, expected: str) -> str:
    bare = word(value).translate(_NO_MARKS)
    must(value[0] not in "._-" and bare.isascii() and bare.isalnum(), expected)
    return str(value)


def oid(value: Any) -> str:
    must(isinstance(value, str) and is_full_id(value) and bool(value.strip("0")), "a full object id")
    return str(value)


def ref(value: Any) -> str:
    must(word(value).startswith("refs/"), "a full ref name")
    return str(value)


def maybe(take: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else take(value)


def list_of(take: Callable[[Any], Any], least: int = 0) -> Callable[[Any], Any]:
    expected = f"a list of {least} to {MAX_NAMED}"

    def read(value: Any) -> tuple[Any, ...]:
        must(isinstance(value, list) and least <= len(value) <= MAX_NAMED, expected)
        found = tuple([take(item) for item in value])
        must(len(found) < 2 or len(set(found)) == len(found), "a list that names nothing twice")
        return found

    return read


def sorted_list(take: Callable[[Any], Any], least: int = 0) -> Callable[[Any], Any]:
    read_list = list_of(take, least)

    def read(value: Any) -> tuple[Any, ...]:
        found = tuple(read_list(value))
        must(len(found) < 2 or list(found) == sorted(found), "a list in order")
        return found

    return read


def pairs(key: Callable[[Any], Any], take: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> tuple[tuple[Any, Any], ...]:
        if value == []:
            return ()
        must(isinstance(value, dict) and 0 < len(value) <= MAX_NAMED, _PAIRS)
        return tuple([(key(name), take(item)) for name, item in sorted(value.items())])

    return read
