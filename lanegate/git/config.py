"""lanegate's keys in a repository's own git config (design section 3.6; git-config(1), `--local`).

Only the repository's own file counts: the HOME, system and environment of whoever pushes do not (`git/run.py`).
"""

from __future__ import annotations

from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def ask_config(git: Git) -> Iterator[bytes]:
    """git's answer, for `read_config`. Raises GitError."""
    return git.stream("config", "--local", "-z", "--get-regexp", r"^lanegate\.", accept=(0, 1))


def read_config(answer: Iterable[bytes]) -> Mapping[str, tuple[str, ...]]:
    """Every `lanegate.*` key (lower case, without the prefix) with its values in order. Raises GitError."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in b"".join(answer).split(b"\0")[:-1]:
        key, newline, value = entry.partition(b"\n")
        name = key.decode("utf-8", "surrogateescape").removeprefix("lanegate.").lower()
        text = value.decode("utf-8", "surrogateescape") if newline else "true"  # a bare key is true, git-config(1)
        found[name] = (*found.get(name, ()), text)
    return found
