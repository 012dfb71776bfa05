"""A server that takes records of the ledger, people who write them, and records put together by hand.

`Book` writes records into the clone as `lanegate accept` and its like do; what it writes is pushed with the arena's
`accepts` and `refuses`. `forge` makes a commit of any tree, signed by whoever.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.record import Record, Verdict
from lanegate.git.append import Signer, append, person
from lanegate.git.run import Git
from tests.attack_signatures import by, key_file, key_line, people
from tests.attack_support import MAIN, Arena, blob, tree_with
from tests.support import POLICY_PATH, REFS, Clone, policy

LEDGER = LEDGER_REF
#: main takes accepted commits only. ana owns lane core and maintains; bob owns ui, cy docs.
ACCEPTED_REFS = REFS.replace('name = "refs/heads/main"\n', 'name = "refs/heads/main"\naccepted = true\n', 1)
SIGNERS = ("ana", "bob", "cy")


def ledger_policy(identity: str = "signature", *, extra: str = "", refs: str = ACCEPTED_REFS, **parts: str) -> str:
    """The policy of tests/support.py where main takes accepted commits; ana and cy may accept. extra: at its end."""
    server = f'[servers.main]\nkeys = ["{key_line("server")}"]\n'
    roles = people(pushers=identity != "signature").replace("[roles]\n", '[roles]\nacceptor = ["ana", "cy"]\n')
    if identity == "none":
        return policy(identity=identity, refs=refs, extra=extra, **parts)
    return policy(identity=identity, people=roles, refs=refs, extra=server + extra, **parts)


def policy_blob(at: Arena) -> str:
    """Id of the policy's blob on the server's main."""
    return at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")


class Book:
    """The ledger as one clone writes it. tip: its newest record's commit; number: of that record."""

    def __init__(self, at: Arena, tip: str | None = None, number: int = 0) -> None:
        self.at = at
        self.git = Git(str(at.clone.path / ".git"))
        self.tip, self.number = tip, number

    def make(self, body: Any, who: str = "cy", *, report: bytes | None = None, **changed: Any) -> str:
        """The commit of a record on the tip; the tip stays. who: whose key signs, `server` for the server's; changed:
        fields of the record."""
        writer = "server:main" if who == "server" else who
        record = Record(self.number + 1, policy_blob(self.at), body, writer)._replace(**changed)
        return append(self.git, signer(self.at.clone, who, signs=record.writer is not None), self.tip, record, report)

    def write(self, body: Any, who: str = "cy", **changed: Any) -> str:
        """Make a record and move on to it."""
        self.tip, self.number = self.make(body, who, **changed), self.number + 1
        return self.tip


def signer(clone: Clone, who: str, *, signs: bool = True) -> Signer:
    """Somebody who signs records with his key."""
    return person(str(clone.path), key=str(key_file(who)), signs=signs)


def verdict(*commits: str, lane: str = "ui", refs: tuple[str, ...] = (MAIN,), **fields: Any) -> Verdict:
    """Accepted, unless `fields` say otherwise."""
    return Verdict(**{"verdict": "accepted", "commits": commits, "lane": lane, "refs": refs, **fields})


def rejection(at: Arena, *commits: str, lane: str = "ui", **fields: Any) -> Verdict:
    """Rejected from main, which the server holds where it does."""
    return verdict(*commits, lane=lane, verdict="rejected", tips=((MAIN, at.server.tip()),), **fields)


def forge(
    at: Arena,
    base: str,
    files: Mapping[bytes, bytes | None],
    *parents: str,
    who: str | None = "cy",
    mode: str = "100644",
    message: str = "Record\n",
) -> str:
    """A commit with the tree of `base` and these files set or (None) taken away, signed by `who`; its id."""
    sides = {path: (mode, blob(at.clone, content)) if content is not None else None for path, content in files.items()}
    return commit_of_tree(at, tree_with(at.clone, base, sides), *parents, who=who, message=message)


def commit_of_tree(at: Arena, tree: str, *parents: str, who: str | None = "cy", message: str = "Record\n") -> str:
    """A commit of any tree, signed by `who`."""
    options = [option for parent in parents for option in ("-p", parent)]
    clone = by(who, at.clone) if who is not None else at.clone
    return clone.out("commit-tree", tree, *options, *(["-S"] if who is not None else []), data=message)


def content(at: Arena, commit: str, path: str) -> bytes:
    """A file of a commit in the clone."""
    return at.clone.git("cat-file", "blob", f"{commit}:{path}").out.encode("utf-8", "surrogateescape")


def key_path(name: str) -> Path:
    """The private key of that name."""
    return key_file(name)
