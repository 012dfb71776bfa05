"""What a commit changes, and what docs/judgement.md says to one change: two listings compared, one grant looked up."""

from __future__ import annotations

from typing import NamedTuple

from tests.differential.plumbing import Entry, Leaves
from tests.differential.rules import Policy
from tests.differential.rules_zones import OPEN

NOTHING = Entry("000000", "")
REGULAR = ("100644", "100755")


class Change(NamedTuple):
    path: bytes
    old: Entry
    new: Entry


def differences(old: Leaves, new: Leaves, conflicts: frozenset[bytes] = frozenset()) -> list[Change]:
    """Paths whose entry differs, and those in conflict that exist on either side whether they differ or not."""
    changes = [Change(path, old.get(path, NOTHING), new.get(path, NOTHING)) for path in sorted(old.keys() | new.keys())]
    return [change for change in changes if change.old != change.new or change.path in conflicts]


def change_code(policy: Policy, lane: str, change: Change) -> str | None:
    grant = policy.grant(lane, change.path)
    if grant == "out":
        return "LG104"
    if grant == "PRIMARY":
        return None
    if grant == "MODIFY":
        return None if change.old.mode == change.new.mode and change.old.mode in REGULAR else "LG102"
    if grant == "READ" or policy.is_owned(change.path):
        return "LG101"
    return None if policy.table.get("unowned", "deny") == "allow" else "LG103"


def link_target(link: bytes, target: bytes) -> bytes | None:
    """Where a symbolic link points, by names alone, from the repository's root; None when that is outside of it
    (or the root itself), or nowhere: an empty target, and one longer than a path can be."""
    if target.startswith(b"/") or not 0 < len(target) <= 4096:
        return None
    parts = link.split(b"/")[:-1]
    for part in target.split(b"/"):
        if part == b"..":
            if not parts:
                return None
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts) or None


def target_code(policy: Policy, lane: str, path: bytes | None) -> str | None:
    if path is None:
        return "LG101"
    grant = policy.grant(lane, path)
    if grant == "out":
        return "LG104"
    if grant != "-" or policy.mode(path) in OPEN:
        return None
    return None if policy.table.get("unowned", "deny") == "allow" and not policy.is_owned(path) else "LG101"
