"""The locks that a push is judged by: the server's registry as it stood before, by the server's clock (R-B04)."""

from __future__ import annotations

from lanegate.core.refs import LOCKS_REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lanegate.core.locks import Held
    from lanegate.git.objects import Reader
    from lanegate.git.refs import Tip


def locks_before(reader: Reader, refs: Mapping[str, Tip], moment: float) -> Callable[[], Held]:
    """What reads the locks held before a push. refs: every ref before it. moment: when it was received, in seconds
    since 1970. The reading raises GitError, ObjectTooLargeError."""
    tip = refs.get(LOCKS_REF)
    found: list[Held] = []

    def read() -> Held:
        if not found:
            from lanegate.core.locks import Held
            from lanegate.git.locks import read_registry

            found.append(Held(read_registry(reader, tip.oid if tip is not None else None), int(moment)))
        return found[0]

    return read
