"""A policy that was read once is kept beside the repository, by the id of its blob, ready to judge.

A server reads the same policy at every push; parsing it and building the index costs more than judging ten commits. The
file holds plain values and a checksum, is written whole or not at all, and saves time and nothing else: missing,
damaged or made by another version, the blob is read again. It lies in the repository's own folder, where hooks lie.
"""

from __future__ import annotations

import os

from lanegate.core.ownership import Ownership
from lanegate.core.policy import Policy
from lanegate.core.policy_plain import from_plain, to_plain
from lanegate.lean import dump, load

_PREFIX = "policy-"


def kept_policy(git_dir: str, blob: str, *, with_rules: bool) -> tuple[Policy, Ownership] | None:
    """The policy of a blob (as `from_plain` makes it) and its grants, None if they are not kept here."""
    kept = load(os.fsencode(os.path.join(git_dir, "lanegate", _PREFIX + blob)))
    if kept is None:
        return None
    plain, state = kept
    try:
        return from_plain(plain, with_rules=with_rules), Ownership.from_state(state)
    except ValueError:
        return None


def keep_policy(git_dir: str, blob: str, policy: Policy, ownership: Ownership) -> None:
    """Keep a policy and its grants, and forget those of other blobs. Failing to is silent."""
    folder = os.path.join(git_dir, "lanegate")
    name = _PREFIX + blob
    beside = os.path.join(folder, f"{name}.{os.getpid()}")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(beside, "wb") as file:
            file.write(dump((to_plain(policy), ownership.state())))
        os.replace(beside, os.path.join(folder, name))
        for other in os.listdir(folder):
            if other.startswith(_PREFIX) and not other.startswith(name):
                os.unlink(os.path.join(folder, other))
    except OSError:
        return
