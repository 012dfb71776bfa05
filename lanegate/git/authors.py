"""Who made which commits: one pass of `git log`."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.git.run import Git


def read_authors(git: Git, ids: Sequence[str]) -> dict[str, str]:
    """The author's address of each commit, by its id; bytes that are not UTF-8 are replaced. Raises GitError."""
    asked = "".join(f"{oid}\n" for oid in ids).encode()
    fixed = ("-c", "log.showSignature=false", "log", "--no-walk=unsorted", "--stdin", "-z", "--no-color", "--no-notes")
    said = git.output(*fixed, "--encoding=UTF-8", "--format=%H %ae", stdin=asked) if ids else b""
    pairs = (line.partition(b" ") for line in said.split(b"\0") if line)
    return {oid.decode(): address.decode("utf-8", "replace") for oid, _, address in pairs}
