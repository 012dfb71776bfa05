"""A history of signed commits with a signed verdict on each, to measure acceptance on.

Written object by object with libgit2: 10,000 signatures by ssh-keygen, one process each, would take longer than what
is measured. The commits are linear, each touches one file of its lane, lanes take turns. Signed with Ed25519.
"""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha1, sha512
from pathlib import Path

import pygit2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lanegate.core.ledger import LEDGER_REF, written
from lanegate.core.record import Record, Verdict, write_record

MAIN = "refs/heads/main"
POLICY_PATH = "policy/lanegate.toml"
START = 1_700_000_000
_KINDS = {"commit": 1, "tree": 2, "blob": 3}


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


class Key:
    """An Ed25519 key that signs as `ssh-keygen -Y sign -n git` does (PROTOCOL.sshsig)."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.blob = _string(b"ssh-ed25519") + _string(raw)

    @property
    def line(self) -> str:
        return f"ssh-ed25519 {b64encode(self.blob).decode()}"

    def sign(self, message: bytes) -> bytes:
        named = _string(b"git") + _string(b"") + _string(b"sha512")
        signed = self._private.sign(b"SSHSIG" + named + _string(sha512(message).digest()))
        blob = b"SSHSIG" + (1).to_bytes(4, "big") + _string(self.blob) + named
        text = b64encode(blob + _string(_string(b"ssh-ed25519") + _string(signed)))
        lines = [text[at : at + 70] for at in range(0, len(text), 70)]
        return b"\n".join((b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----"))


@dataclass
class Folder:
    """A tree under construction; ids of what did not change are kept."""

    entries: dict[bytes, Folder | str] = field(default_factory=dict)
    oid: str | None = None

    def put(self, path: bytes, blob: str) -> None:
        self.oid = None
        name, slash, rest = path.partition(b"/")
        if not slash:
            self.entries[name] = blob
            return
        below = self.entries.setdefault(name, Folder())
        assert isinstance(below, Folder)
        below.put(rest, blob)


class Store:
    """Writes objects into a bare repository."""

    def __init__(self, where: Path) -> None:
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(where)], check=True)
        self.where = where
        self._repository = pygit2.Repository(str(where))
        self._count = 0

    def write(self, kind: str, content: bytes) -> str:
        return str(self._repository.odb.write(_KINDS[kind], content))

    def tree(self, folder: Folder) -> str:
        if folder.oid is None:
            rows = []
            for name, entry in folder.entries.items():
                is_folder = isinstance(entry, Folder)
                oid = self.tree(entry) if isinstance(entry, Folder) else entry
                mode = b"40000" if is_folder else b"100644"
                rows.append((name + b"/" if is_folder else name, mode + b" " + name + b"\0" + bytes.fromhex(oid)))
            folder.oid = self.write("tree", b"".join(row for _, row in sorted(rows)))
        return folder.oid

    def commit(self, folder: Folder, parent: str | None, message: str, key: Key) -> str:
        self._count += 1
        who = f"Bench <bench@example.org> {START + self._count} +0000"
        head = f"tree {self.tree(folder)}\n" + (f"parent {parent}\n" if parent else "")
        head += f"author {who}\ncommitter {who}\n"
        body = f"\n{message}\n".encode()
        signature = key.sign(head.encode() + body).replace(b"\n", b"\n ")
        return self.write("commit", head.encode() + b"gpgsig " + signature + b"\n" + body)

    def point(self, ref: str, oid: str) -> None:
        subprocess.run(["git", "-C", str(self.where), "update-ref", ref, oid], check=True)

    def pack(self) -> None:
        """Without a bitmap, as a clone that somebody works in: with one git reads the whole ledger for each push."""
        subprocess.run(
            ["git", "-C", str(self.where), "repack", "-adq", "--depth=20", "--window=5", "--no-write-bitmap-index"],
            check=True,
        )


@dataclass
class Signed:
    """What was made. base: the commit that holds the policy. commits: after it, oldest first, up to the tip of main."""

    where: Path
    base: str
    commits: list[str]
    keys: dict[str, Key]
    has_ledger: bool = True


def lane_policy(
    keys: dict[str, Key], lanes: int, *, accepted: bool, server: str | None = None, asks: bool = False
) -> str:
    """A policy of so many lanes: with acceptance and signatures, or paths alone. asks: with acceptance, and nobody has
    to be proven to be anybody."""
    text = f'version = 1\nidentity = "{"signature" if accepted else "none"}"\nmax_active_lanes = {lanes}\n'
    if accepted:
        text += "".join(f'[people.{name}]\nkeys = ["{key.line}"]\n' for name, key in keys.items())
        text += '[roles]\nmaintainer = ["p0"]\nacceptor = ["ana"]\n'
        text += f'[servers.main]\nkeys = ["{server}"]\n' if server else ""
    for lane in range(lanes):
        owners = f'owners = ["p{lane}"]\n' if accepted else ""
        paths = f'"/lane{lane}/"' + (', "/policy/"' if lane == 0 else "")
        text += f"[lanes.l{lane}]\n{owners}owned_paths = [{paths}]\n"
    text += f'[[refs]]\nname = "{MAIN}"\n' + ("accepted = true\n" if accepted or asks else "")
    return text + '[[refs]]\nname = "refs/heads/lane/{lane}"\nforce = true\ndelete = true\n'


def signed_history(
    where: Path, commits: int, lanes: int = 100, *, accepted: bool = True, server: str | None = None, asks: bool = False
) -> Signed:
    """Commits on main and a ledger with a verdict on each; or, not `accepted`, the same under a policy of paths alone,
    without a ledger. server: file of a key to make, with which a server signs what it records. asks: as of
    `lane_policy`; the ledger is still to be made (`large_ledger`)."""
    store = Store(where)
    keys = {name: Key() for name in ("ana", *(f"p{lane}" for lane in range(lanes)))}
    policy = store.write(
        "blob", lane_policy(keys, lanes, accepted=accepted, server=_server_key(server), asks=asks).encode()
    )
    tree = Folder()
    tree.put(POLICY_PATH.encode(), policy)
    base = tip = store.commit(tree, None, "Policy\n\nLane: l0", keys["p0"])
    made = []
    for number in range(commits):
        lane = number % lanes
        path = f"lane{lane}/part{number // lanes % 7}/file{number // lanes % 5}.txt"
        tree.put(path.encode(), store.write("blob", f"version {number}\n".encode()))
        tip = store.commit(tree, tip, f"Change {number}\n\nLane: l{lane}", keys[f"p{lane}"])
        made.append(tip)
    store.point(MAIN, tip)
    if accepted:
        judge_all(store, policy, keys["ana"], made, lanes)
    store.pack()
    return Signed(where, base, made, keys, has_ledger=accepted or asks)


def _server_key(path: str | None) -> str | None:
    """Make a key in a file; its public line."""
    if path is None:
        return None
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return Path(f"{path}.pub").read_text().strip()


def large_ledger(where: Path, verdicts: int, commits: Sequence[str]) -> list[str]:
    """A ledger of so many verdicts without signatures, for looking things up; the ids they are about: the last of them
    the last `commits`, of lanes in turn (as of `signed_history`), those before ids of no object. Records are older than
    commits: git walks all that is newer than what is pushed, so that with newer ones it would take the time."""
    importer = subprocess.Popen(["git", "-C", str(where), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin is not None
    named, state = [], dict[bytes, bytes]()
    for number in range(verdicts):
        at = len(commits) - verdicts + number
        named.append(commits[at] if at >= 0 else sha1(b"%d" % number, usedforsecurity=False).hexdigest())
        record = Record(number + 1, "1" * 40, Verdict("accepted", (named[-1],), f"l{at % 100}", (MAIN,)))
        made = {**written(record, named[0], state.get), b"record": write_record(record)}
        rows = [b"M 100644 inline %b\ndata %d\n%b\n" % (path, len(data), data) for path, data in made.items()]
        head = f"commit {LEDGER_REF}\ncommitter Bench <bench@example.org> {START - verdicts + number} +0000\ndata 0\n"
        importer.stdin.write(head.encode() + b"".join(rows))
    importer.stdin.close()
    if importer.wait() != 0:
        raise SystemExit("git fast-import failed")
    return named


def judge_all(store: Store, policy: str, acceptor: Key, commits: list[str], lanes: int) -> None:
    """A ledger with a record for each commit."""
    tree, state = Folder(), dict[bytes, bytes]()
    tip: str | None = None
    for number, commit in enumerate(commits):
        lane = f"l{number % lanes}"
        record = Record(number + 1, policy, Verdict("accepted", (commit,), lane, (MAIN,)), "ana")
        for path, content in {**written(record, tip, state.get), b"record": write_record(record)}.items():
            state[path] = content
            tree.put(path, store.write("blob", content))
        tip = store.commit(tree, tip, f"accepted {commit[:7]} for {MAIN} ({lane})", acceptor)
    if tip is not None:
        store.point(LEDGER_REF, tip)
