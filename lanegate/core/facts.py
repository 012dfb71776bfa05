"""What git says, as frozen values: the only things a rule may look at.

Nothing here reads anything. `lanegate.git` fills these values in, `lanegate.core.judge` decides on them.
Paths and messages are bytes exactly as git stores them; object ids are lower-case hex text (40 or 64 digits);
modes are six octal digits as `git diff-tree` prints them, `000000` where the path does not exist on that side.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lanegate.core.acceptance import Evidence
    from lanegate.core.locks import Held

_NOTHING: Mapping[Any, Any] = {}

ABSENT = "000000"
REGULAR = "100644"
EXECUTABLE = "100755"
LINK = "120000"
SUBMODULE = "160000"


class Change(NamedTuple):
    """One path whose (type, mode, id) differs from what it is compared with. A rename is two of these."""

    path: bytes
    old_mode: str
    new_mode: str
    old_id: str
    new_id: str


class Defect(NamedTuple):
    """Something malformed in a commit object or in a tree that the commit brings (design section 5)."""

    what: str
    path: bytes | None = None
    code: str = "LG604"


class Signer(NamedTuple):
    """Who signed a commit. person: their id in the policy, None if that is not proven, and then `reason` says why, in
    words. key: the encoded key that signed, None where no person did."""

    person: str | None
    key: bytes | None = None
    reason: str | None = None


class Revert(NamedTuple):
    """What a commit with a `Reverts` trailer takes back. lane: that the taken back commit names, None if it names none.
    problem: why the commit is not exactly its inverse, in words; None if it is."""

    lane: str | None = None
    problem: str | None = None


class Commit(NamedTuple):
    """A new commit and what it changes.

    changes: of a commit with one parent, against that parent; of a root, against the empty tree; of a merge, against
        the merge that git itself makes of its two parents (none: the merge is clean).
    conflicts: of a merge, the paths where git's own merge reports a conflict, or to which it carries a change along a
        rename. carried: of these, the latter that the commit leaves as git wrote them, where the old names that the
        change may come from are known: these, by path (core/carried.py).
    links: target of each symbolic link that the commit adds or changes, by path.
    signer: who signed it, None where nobody looked: the policy does not ask, or it is a clean merge.
    revert: where it has a `Reverts` trailer, None also where nobody looked (in a clone).
    appended: the paths in append-only zones whose change only adds lines at the end (core/appends.py).
    """

    id: str
    parents: tuple[str, ...]
    message: bytes
    changes: tuple[Change, ...] = ()
    conflicts: frozenset[bytes] = frozenset()
    defects: tuple[Defect, ...] = ()
    links: Mapping[bytes, bytes] = _NOTHING
    signer: Signer | None = None
    revert: Revert | None = None
    appended: frozenset[bytes] = frozenset()
    carried: Mapping[bytes, frozenset[bytes]] = _NOTHING

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1

    @property
    def is_clean_merge(self) -> bool:
        return len(self.parents) > 1 and not self.changes


class RefUpdate(NamedTuple):
    """One line of pre-receive's standard input, or one first-parent step of the trusted ref.

    old, new: object ids, None where the ref is created or deleted.
    commits: the new commits (design section 5), parents before children.
    fast_forward: whether `old` is reachable from `new`; None at creation and deletion.
    on_first_parent_chain: whether `old` is on the first-parent chain of `new`; None at creation and deletion.
    defect: why the new value cannot be what the ref points to (not a commit, a malformed tag), None if it can.
    is_tag_reachable: for a ref below refs/tags: whether the peeled commit is on a policed branch after this push.
    symref: the ref that this one stands for on the server, None if it holds an id itself.
    already_on_lane: commit ids among `commits` that stood, before the push, on the {lane} ref of a lane: by lane id.
    evidence: of an accepted ref, what the ledger says; None is taken for an empty ledger.
    has_no_start: at creation, that what the rule's `from` names does not exist.
    held: the locks before the push, and the time of it; None: locks are not judged here, or nothing asks for one.
    known: commit ids among `commits` that stood on a ref that a rule names before the push; looked for with `held`.
    had: (lane, path) where the lane held, at some time, a lock that covers the path; looked for where a commit in
        `known` changes a high-risk path.
    """

    ref: str
    old: str | None
    new: str | None
    commits: tuple[Commit, ...] = ()
    fast_forward: bool | None = None
    on_first_parent_chain: bool | None = None
    defect: str | None = None
    is_tag_reachable: bool | None = None
    symref: str | None = None
    already_on_lane: Mapping[str, frozenset[str]] = _NOTHING
    evidence: Evidence | None = None
    has_no_start: bool = False
    held: Held | None = None
    known: frozenset[str] = frozenset()
    had: frozenset[tuple[str, bytes]] = frozenset()
