"""Writing a record: blobs, trees and a signed commit, and nothing that anybody sees before a ref is moved to it.

Blobs and trees go to git as one pack (gitformat-pack(5)), the commit is made by `git commit-tree -S` as its writer has
set git up. The commit of a server whose key can be read goes into the pack, the same bytes that git would make. A kill
at any point leaves objects that nothing reaches, which git throws away in time. To move the ref by compare-and-swap is
left to the caller.
"""

from __future__ import annotations

from lanegate.core.ledger import LEDGER
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record import write_readable
from lanegate.core.record_text import message_of
from lanegate.git.ledger_state import LedgerState
from lanegate.git.ledger_tree import object_id
from lanegate.git.objects import CatFile
from lanegate.git.run import Git, GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lanegate.core.record import Record
    from lanegate.core.record_log import Log
    from lanegate.core.ssh_private_key import PrivateKey
    from lanegate.git.objects import Reader

_HOW = "git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub"
_NEW_KEY = "run: lanegate install --server DIR"
_PACK_KINDS = {"commit": 1, "tree": 2, "blob": 3}


class SigningError(GitError):
    """A record cannot be signed. `.message` says why, `.hint` what to run."""

    def __init__(self, message: str, hint: str = _HOW) -> None:
        super().__init__(message)
        self.hint = hint


class Signer(NamedTuple):
    """Who makes a record's commit. git: with his configuration, for his name and key. key: file of a private key (or of
    a public one whose private one an agent holds), None for his own user.signingKey. signs: False under identity
    `none`. private, who: of a server whose key was read, that key, and its name and address."""

    git: Git
    key: str | None = None
    signs: bool = True
    private: PrivateKey | None = None
    who: str = ""


def person(
    folder: str, environ: Mapping[str, str] | None = None, *, key: str | None = None, signs: bool = True
) -> Signer:
    """The person who runs git in a folder of the repository, as `git commit -S` there would sign."""
    from lanegate.git.worktree import CallersGit

    return Signer(CallersGit(folder, environ), key, signs)


def server(git: Git, name: str, key: str, private: PrivateKey | None = None) -> Signer:
    """A server, whatever its user has configured. name: its id in the policy. key: file of its private key. private:
    what that says, where it was read."""
    names = {f"GIT_{who}_NAME": f"lanegate {name}" for who in ("AUTHOR", "COMMITTER")}
    addresses = {f"GIT_{who}_EMAIL": f"lanegate@{name}" for who in ("AUTHOR", "COMMITTER")}
    theirs = Git(git.git_dir, git.environment)
    theirs.environment.update(names | addresses)
    can_sign = private is not None and private.secret is not None
    return Signer(theirs, key, private=private if can_sign else None, who=f"lanegate {name} <lanegate@{name}>")


def append(
    git: Git,
    signer: Signer,
    parent: str | None,
    record: Record,
    report: bytes | None = None,
    reader: Reader | None = None,
    log: Log = LEDGER,
) -> str:
    """Make the commit of a record on top of the log's tip `parent` (None: it is the first); the commit's id.

    git: the hermetic git of the repository, whose objects `signer.git` works on too. report: the gate report whose blob
    id stands in the record (`object_id`). reader: of the repository's objects, where one runs already. Raises
    SigningError, GitError; RecordError for a record that nobody could read again; ValueError for another report.
    """
    spelt = write_readable(record)
    digits = len(record.policy)
    named = getattr(record.body, "report", None)
    if named != (object_id("blob", report, digits) if report is not None else None):
        raise ValueError("the record names another gate report")
    own = CatFile(git) if reader is None else None
    try:
        state = LedgerState(reader or own, parent, digits, log)
        tree = state.add(record, spelt)
    finally:
        if own is not None:
            own.close()
    blobs = [*state.blobs.values(), *([report] if report is not None else [])]
    packed = [*(("blob", content) for content in blobs), *(("tree", raw) for raw in state.tree.made.values())]
    made = None
    if signer.private is not None:
        packed.append(("commit", _signed_here(signer.private, signer.who, tree, parent, message_of(record))))
        made = object_id(*packed[-1], digits)
    git.output("unpack-objects", "-q", stdin=_pack(packed, digits))
    return made or _commit(signer, tree, parent, message_of(record))


def check_signer(signer: Signer) -> None:
    """Whether git is set up to sign with an SSH key; nothing is signed to find out. Raises SigningError."""
    if not signer.signs or signer.key is not None:
        return
    ask = ("config", "--null", "--get-regexp", r"^(gpg\.format|user\.signingkey|gpg\.ssh\.defaultkeycommand)$")
    listed = signer.git.output(*ask, accept=(0, 1)).decode("utf-8", "replace")
    found = dict(entry.partition("\n")[::2] for entry in listed.split("\0") if entry)
    if found.get("gpg.format") != "ssh":
        raise SigningError(
            f"records are signed with an SSH key, and gpg.format is {found.get('gpg.format') or 'not set'}"
        )
    if not found.get("user.signingkey") and not found.get("gpg.ssh.defaultkeycommand"):
        raise SigningError("records are signed with an SSH key, and user.signingKey is not set")


def _signed_here(key: PrivateKey, who: str, tree: str, parent: str | None, message: str) -> bytes:
    """The commit object that `git commit-tree -S` makes, with the time in UTC."""
    from time import time

    from lanegate.core.signed_commit import with_signature
    from lanegate.core.ssh_private_key import sign
    from lanegate.core.ssh_wire import FormatError

    when = f"{who} {int(time())} +0000"
    above = f"parent {parent}\n" if parent is not None else ""
    payload = f"tree {tree}\n{above}author {when}\ncommitter {when}\n\n{message}".encode("utf-8", "replace")
    try:
        return with_signature(payload, sign(key, payload), len(tree))
    except FormatError as error:
        raise SigningError(f"the server's key cannot sign the record: {error}", _NEW_KEY) from error


def _commit(signer: Signer, tree: str, parent: str | None, message: str) -> str:
    settings = ["-c", "i18n.commitEncoding=UTF-8"]  # another one would be a header that no record has
    options = ["-p", parent] if parent is not None else []
    if signer.signs:
        check_signer(signer)
        settings += ["-c", "gpg.format=ssh", *(["-c", f"user.signingKey={signer.key}"] if signer.key else [])]
        options.append("-S")
    try:
        made = signer.git.output(*settings, "commit-tree", tree, *options, stdin=message.encode("utf-8", "replace"))
    except GitError as error:
        if not signer.signs:
            raise
        raise SigningError(f"git could not make and sign the record: {error.message}") from error
    return made.decode().strip()


def _pack(objects: Iterable[tuple[str, bytes]], digits: int) -> bytes:
    """A pack of whole objects, each once."""
    from zlib import compress

    from lanegate.core.hashes import sha1, sha256

    once = dict.fromkeys(objects)
    parts = [b"PACK", (2).to_bytes(4, "big"), len(once).to_bytes(4, "big")]
    for kind, content in once:
        parts += (_pack_header(_PACK_KINDS[kind], len(content)), compress(content, 1))
    pack = b"".join(parts)
    return pack + (sha1(pack, usedforsecurity=False) if digits == 40 else sha256(pack)).digest()


def _pack_header(kind: int, size: int) -> bytes:
    """Type and size, seven bits a byte after the first four."""
    byte, size = kind << 4 | size & 15, size >> 4
    header = bytearray()
    while size:
        header.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    header.append(byte)
    return bytes(header)
