"""Names inside one folder: which of them another file system takes for something else.

Two questions, both about the bytes that stand in a tree, never about a disk:

- Is this name `.git` to HFS+ (ignorable code points, any case) or NTFS (`git~1`, trailing dots and spaces, `:` streams,
  `\\` as a separator)? Git refuses such names for the same reason (documentation of `core.protectHFS`,
  `core.protectNTFS`); the two spellings are taken together, so a mixture of both tricks is caught too.
- Do two names of a folder fall together where case, Unicode normalisation or trailing dots and spaces do not count?
  Only when at least one of them is new: an old history may hold such twins and must stay usable.

Limits: names that are not UTF-8 are compared byte by byte beyond ASCII case. 8.3 short names other than `git~1` are
unknown here, since they depend on what else is on the disk. `unicodedata` is loaded for the first name that is not
ASCII, not before.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from collections.abc import Set as AbstractSet

#: Code points that HFS+ leaves out when it compares names (Apple TN1150).
HFS_IGNORABLE = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
#: What `spells_dot_git` looks for, in lower case.
GIT_NAMES = frozenset({".git", "git~1"})


def spells_dot_git(name: bytes) -> bool:
    """Whether HFS+ or NTFS takes `name` (one path segment) for `.git`."""
    text = name.decode("utf-8", "ignore").translate(HFS_IGNORABLE)
    return any(part.partition(":")[0].rstrip(". ").lower() in GIT_NAMES for part in text.split("\\"))


def fold(name: bytes) -> str:
    """What is left of a name where case, normalisation form and trailing dots and spaces do not count."""
    if name.isascii():
        return name.decode("ascii").lower().rstrip(". ")
    from unicodedata import normalize

    return normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold().rstrip(". ")


def collisions(names: Collection[bytes], before: AbstractSet[bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """Twins among the names of one folder.

    names: every name in the folder of the new tree, each once.
    before: names that the same folder holds in any parent's tree.
    Returns (new name, its twin) in the order of `names`; each new name is told once.
    """
    if not _may_collide(names):
        return ()
    first: dict[str, bytes] = {}
    twins: dict[bytes, bytes] = {}
    for name in _old_first(names, before):
        twin = first.setdefault(fold(name), name)
        if twin != name and name not in before:
            twins[name] = twin
    return tuple((name, twins[name]) for name in names if name in twins)


def _may_collide(names: Collection[bytes]) -> bool:
    """False only if no two names fold together: some passes in C over an honest folder."""
    joined = b"\0".join((*names, b""))
    folds_further = not joined.isascii() or b".\0" in joined or b" \0" in joined  # than to lower case
    return folds_further or len(set(joined.lower().split(b"\0"))) != len(names) + 1


def _old_first(names: Iterable[bytes], before: AbstractSet[bytes]) -> list[bytes]:
    """So that a new name is told against an old one where there is one."""
    return sorted(names, key=lambda name: name not in before)
