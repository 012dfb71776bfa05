"""The options of a push (`git push -o`), as git hands them to both of the server's hooks (githooks(5), pre-receive)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNT = "GIT_PUSH_OPTION_COUNT"


def has_push_options(environ: Mapping[str, str]) -> bool:
    """Whether the push may have come with any; a count that cannot be read is taken for some."""
    return bool(environ.get(_COUNT, "").strip("0"))


def push_options(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Each option of the push, in order; none where their count cannot be read."""
    count = environ.get(_COUNT, "0")
    return tuple([environ.get(f"GIT_PUSH_OPTION_{index}", "") for index in range(int(count) if count.isdigit() else 0)])
