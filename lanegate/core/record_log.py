"""What tells one log of records from another: the ledger (core/ledger.py) from the lock registry (core/locks.py).

Both are written, checked and verified by the same code, to which this value says what differs.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lanegate.core.record import Record

    #: The new content of each file that a record touches, from the record, the tip before it and the content of a file
    #: there (None where there is none). Raises ValueError where that content is damaged.
    Written = Callable[[Record, str | None, Callable[[bytes], bytes | None]], dict[bytes, bytes]]


class Log(NamedTuple):
    """ref: that it stands under. name: in words. kinds: of its records; any other is refused. written: its state after
    a record. forged: the code of what is no record of it. sync: what to do then, in one line."""

    ref: str
    name: str
    kinds: frozenset[str]
    written: Written
    forged: str
    sync: str
