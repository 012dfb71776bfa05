"""Who signed a commit: real commits that git signs and checks, and commits that git and lanegate should not trust."""

from __future__ import annotations

import sys
from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.signed_commit import SignedCommit, Signer, signer_of, split_commit, with_signature
from lanegate.core.ssh_keys import fingerprint
from tests.core.conftest import Signers
from tests.core.oracles import examples
from tests.core.ssh_signers import GENERATED, KINDS, armoured, need_ssh_keygen, sshsig
from tests.core.ssh_signers import Signer as Person
from tests.support import Clone, run

FORMATS = ("sha1", "sha256")
HEADERS = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}
NO_SIGNATURE = "no signature"
NOT_CHECKED = "signature header that git does not check in this repository"


def make(path: Path, *people: Person, object_format: str = "sha1") -> Clone:
    """A repository whose git checks signatures of the people given."""
    need_ssh_keygen()
    run(["git", "init", "-q", "-b", "main", f"--object-format={object_format}", str(path)], cwd=path.parent, check=True)
    repo = Clone(path)
    allowed = path / ".git" / "allowed"
    allowed.write_text("".join(f"{person.kind} {person.line}\n" for person in people))
    repo.config("gpg.format", "ssh")
    repo.config("gpg.ssh.allowedSignersFile", str(allowed))
    return repo


def raw_of(repo: Clone, name: str = "HEAD") -> bytes:
    return repo.out("cat-file", "commit", name).encode("utf-8", "surrogateescape")


def sign(repo: Clone, person: Person, *args: str) -> bytes:
    """`git commit -S`, and the object that it made."""
    repo.git("-c", f"user.signingKey={person.path}", "commit", "-q", "--allow-empty", "-S", *args)
    return repo.git("cat-file", "commit", "HEAD").out.encode("utf-8", "surrogateescape")


def git_accepts(repo: Clone, raw: bytes) -> bool:
    """Whether `git verify-commit` does, of a commit written as it is."""
    options = ("-t", "commit", "-w", "--stdin", "--literally")
    commit = repo.out("hash-object", *options, data=raw)
    return repo.git("verify-commit", commit, check=False).ok


def headed(payload: bytes, header: bytes, text: bytes) -> bytes:
    """A commit object with a header of several lines before its empty line, as git puts a signature there."""
    head, _, message = payload.partition(b"\n\n")
    return head + b"\n" + header + b" " + text.removesuffix(b"\n").replace(b"\n", b"\n ") + b"\n\n" + message


@pytest.mark.parametrize("object_format", FORMATS)
@pytest.mark.parametrize("kind", GENERATED)
def test_what_git_signs_is_signed(kind: str, object_format: str, signer: Signers, tmp_path: Path) -> None:
    ana, bob = signer(kind), signer("ed25519", 1)
    repo = make(tmp_path / "repo", ana, bob, object_format=object_format)
    people = {ana.blob: "ana", bob.blob: "bob"}
    raw = sign(repo, ana, "-m", "Subject\n\nBody\n\nLane: core")
    assert signer_of(raw, people) == Signer("ana", ana.blob)
    assert git_accepts(repo, raw)
    assert signer_of(raw.replace(b"Lane: core", b"Lane: docs"), people) == Signer(
        None, reason=f"not a signature of this commit by the key {fingerprint(ana.blob)}"
    )
    assert signer_of(raw, {bob.blob: "bob"}) == Signer(
        None, reason=f"signed by the key {fingerprint(ana.blob)}, which the policy does not name"
    )
    again = sign(repo, bob, "--amend", "-m", "Subject")
    assert signer_of(again, people).person == "bob"


@pytest.mark.parametrize("object_format", FORMATS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in GENERATED])
def test_a_security_key_as_git_stores_it(kind: str, object_format: str, signer: Signers, tmp_path: Path) -> None:
    ana = signer(kind)
    repo = make(tmp_path / "repo", ana, object_format=object_format)
    repo.commit("Subject")
    payload = raw_of(repo) + b"\n"
    raw = headed(payload, HEADERS[object_format], armoured(sshsig(ana, payload)))
    assert signer_of(raw, {ana.blob: "ana"}).person == "ana"
    assert git_accepts(repo, raw)


def test_one_person_with_several_keys(signer: Signers, tmp_path: Path) -> None:
    one, two = signer("ed25519"), signer("ecdsa-256")
    people = {one.blob: "ana", two.blob: "ana", signer("ed25519", 1).blob: "bob"}
    repo = make(tmp_path / "repo", one, two)
    assert [signer_of(sign(repo, key, "-m", "x"), people) for key in (one, two)] == [
        Signer("ana", one.blob),
        Signer("ana", two.blob),
    ]


@pytest.mark.parametrize("message", ["", "x", "x\n\n\n", "gpgsig x\n", "Subject\n\n gpgsig -----BEGIN\n", "ä" * 5000])
def test_messages(message: str, signer: Signers, tmp_path: Path) -> None:
    """`commit-tree` takes a message as it is, without a line feed at its end."""
    ana = signer("ed25519")
    repo = make(tmp_path / "repo", ana)
    tree = repo.out("hash-object", "-t", "tree", "-w", "--stdin")
    commit = repo.out("commit-tree", f"-S{ana.path}", tree, data=message)
    raw = repo.git("cat-file", "commit", commit).out.encode("utf-8", "surrogateescape")
    assert raw.endswith(message.encode())
    assert signer_of(raw, {ana.blob: "ana"}).person == "ana"
    assert repo.git("verify-commit", commit, check=False).ok


def test_a_merge_of_a_signed_tag(signer: Signers, tmp_path: Path) -> None:
    """The tag's signature stands in the header `mergetag`, and is no signature of the merge."""
    ana, bob = signer("ed25519"), signer("ed25519", 1)
    repo = make(tmp_path / "repo", ana, bob)
    repo.commit("Base")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("Topic")
    repo.git("-c", f"user.signingKey={bob.path}", "tag", "-s", "-m", "Topic", "v1")
    repo.git("checkout", "-q", "main")
    people = {ana.blob: "ana", bob.blob: "bob"}
    for options, expected in (((), Signer(None, reason=NO_SIGNATURE)), ((f"-S{ana.path}",), Signer("ana", ana.blob))):
        repo.git("merge", "-q", "--no-ff", "-m", "Merge", *options, "v1")
        raw = raw_of(repo) + b"\n"
        assert b"\nmergetag object " in raw
        assert b"BEGIN SSH SIGNATURE" in raw
        assert signer_of(raw, people) == expected
        assert git_accepts(repo, raw) == (expected.person is not None)
        repo.git("reset", "-q", "--hard", "HEAD^")


def test_a_commit_that_libgit2_writes(signer: Signers, tmp_path: Path) -> None:
    """libgit2 keeps the line feed at the end of the text: the header ends in a line of one space."""
    ana = signer("ed25519")
    repo = make(tmp_path / "repo", ana)
    repo.commit("Subject")
    payload = raw_of(repo) + b"\n"
    library = pygit2.Repository(str(repo.path))
    text = armoured(sshsig(ana, payload)).decode()
    raw = library.get(library.create_commit_with_signature(payload.decode(), text, "gpgsig")).read_raw()
    assert b"-----END SSH SIGNATURE-----\n \n\n" in raw
    assert signer_of(raw, {ana.blob: "ana"}).person == "ana"
    assert git_accepts(repo, raw)


PGP = b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
X509 = b"-----BEGIN SIGNED MESSAGE-----\nMIIE\n-----END SIGNED MESSAGE-----\n"
OWN, OTHER = object(), object()


@pytest.mark.parametrize(
    ("headers", "reason", "git"),
    [
        pytest.param([], NO_SIGNATURE, False, id="none"),
        pytest.param([(OTHER, None)], NOT_CHECKED, False, id="the other object format's"),
        pytest.param([(OWN, None), (OTHER, None)], "malformed commit object", True, id="both formats"),
        pytest.param([(OWN, None), (OWN, None)], "malformed commit object", True, id="twice"),
        pytest.param([(OWN, None), (b"gpgsig-sha512", b"Lane: core")], NOT_CHECKED, True, id="unknown format beside"),
        pytest.param([(b"gpgsigs", b"\nLane: core"), (OWN, None)], NOT_CHECKED, True, id="odd name before"),
        pytest.param([(b"gpgsigs", None)], NOT_CHECKED, False, id="odd name alone"),
        pytest.param([(b"x-gpgsig", None)], NO_SIGNATURE, False, id="another name"),
        pytest.param([(b"x", b"\ngpgsig x"), (OWN, None)], "unsigned header", False, id="unknown header added"),
        pytest.param([(b"encoding", b"latin-1"), (OWN, None)], "malformed commit object", False, id="encoding added"),
        pytest.param([(OWN, PGP)], "signed with OpenPGP, and only SSH signatures count", False, id="OpenPGP"),
        pytest.param([(OWN, X509)], "signed with X.509, and only SSH signatures count", False, id="X.509"),
    ],
)
@pytest.mark.parametrize("object_format", FORMATS)
def test_headers(
    headers: list[tuple[object, bytes | None]],
    reason: str,
    git: bool,
    object_format: str,
    signer: Signers,
    tmp_path: Path,
) -> None:
    """None stands for an honest signature of the commit without any of the headers."""
    ana = signer("ed25519")
    repo = make(tmp_path / "repo", ana, object_format=object_format)
    repo.commit("Subject")
    payload = raw_of(repo) + b"\n"
    text = armoured(sshsig(ana, payload))
    own, other = HEADERS[object_format], HEADERS["sha256" if object_format == "sha1" else "sha1"]
    raw = payload
    for name, value in headers:
        header = own if name is OWN else other if name is OTHER else name
        assert isinstance(header, bytes)
        raw = headed(raw, header, text if value is None else value)
    told = signer_of(raw, {ana.blob: "ana"})
    if reason == "unsigned header":
        reason = f"not a signature of this commit by the key {fingerprint(ana.blob)}"
    assert told == Signer(None, reason=reason)
    assert git_accepts(repo, raw) == git
    assert signer_of(headed(payload, own, text), {ana.blob: "ana"}).person == "ana"


TREES = {40: "a" * 40, 64: "b" * 64}
LINES = st.sampled_from(
    [
        b"gpgsig -----BEGIN\n text\n \n  -----END\n",
        b"gpgsig-sha256 x\n y\n",
        b"gpgsig \n",
        b"gpgsigx y\n",
        b"mergetag x\n gpgsig y\n",
        b"change-id z\n",
    ]
)


def as_git_parts_it(raw: bytes, header: bytes) -> tuple[bytes, bytes]:
    """(payload, signature) line by line, as git's commit.c does; every line that it drops is dropped here."""
    payload, signature, own, other = b"", b"", False, False
    head, _, message = raw.partition(b"\n\n")
    for line in (head + b"\n").splitlines(keepends=True):
        if own and line.startswith(b" "):
            signature += line[1:]
        elif line.startswith(header + b" "):
            own, other = True, False
            signature += line[len(header) + 1 :]
        else:
            own = False
            other = line.startswith(b"gpgsig") or (other and line.startswith(b" "))
            payload += b"" if other else line
    return payload + b"\n" + message, signature


@examples(300)
@given(size=st.sampled_from([40, 64]), lines=st.lists(LINES, max_size=4), message=st.binary(max_size=20))
def test_a_commit_is_parted_as_git_parts_it_or_not_at_all(size: int, lines: list[bytes], message: bytes) -> None:
    start = f"tree {TREES[size]}\n".encode() + b"author A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n"
    raw = start + b"".join(lines) + b"\n" + message
    own = b"gpgsig " if size == 40 else b"gpgsig-sha256 "
    signatures = [line for line in lines if line.startswith(b"gpgsig")]
    if len(signatures) == 1 and signatures[0].startswith(own) and b"\0" not in message:
        assert split_commit(raw) == as_git_parts_it(raw, own[:-1])
    else:
        told = signer_of(raw, {})
        assert told.person is None
        assert told.reason in (NO_SIGNATURE, NOT_CHECKED, "malformed commit object")
        assert told.reason != NO_SIGNATURE or not signatures


@given(st.binary())
def test_any_bytes_get_an_answer(raw: bytes) -> None:
    assert signer_of(raw, {}) == Signer(None, reason="malformed commit object")


def test_a_commit_without_an_empty_line(signer: Signers) -> None:
    """git writes none without a message; the headers are all there is."""
    ana = signer("ed25519")
    payload = f"tree {TREES[40]}\nauthor A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n".encode()
    text = armoured(sshsig(ana, payload))
    raw = payload + b"gpgsig " + text[:-1].replace(b"\n", b"\n ") + b"\n"
    assert signer_of(raw, {ana.blob: "ana"}).person == "ana"
    assert signer_of(payload, {ana.blob: "ana"}).reason == NO_SIGNATURE


def test_a_signature_in_the_message_is_none(signer: Signers) -> None:
    """Whoever writes the message could put there what somebody signed once; and an honest message may quote one."""
    ana = signer("ed25519")
    payload = f"tree {TREES[40]}\nauthor A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n\nSubject\n\nEnd\n".encode()
    line = b"gpgsig " + armoured(sshsig(ana, payload))[:-1].replace(b"\n", b"\n ") + b"\n"
    quoting = payload.replace(b"\n\nEnd", b"\n" + line + b"\nEnd")
    assert signer_of(quoting, {ana.blob: "ana"}).reason == NO_SIGNATURE
    assert signer_of(headed(quoting, b"gpgsig", armoured(sshsig(ana, quoting))), {ana.blob: "ana"}).person == "ana"


def test_the_library_is_loaded_with_the_first_signature_of_a_known_key(signer: Signers, tmp_path: Path) -> None:
    """Hooks read policies with keys in them, and must not pay for arithmetic that they do not do."""
    ana = signer("ed25519")
    payload = f"tree {TREES[40]}\nauthor A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n\nm".encode()
    signed = headed(payload, b"gpgsig", armoured(sshsig(ana, payload)))
    code = f"""
import sys
from lanegate.core.signed_commit import signer_of
from lanegate.core.ssh_keys import parse_key_line
key = parse_key_line({ana.line!r})
for raw, people in ({payload!r}, {{key.blob: "ana"}}), ({signed!r}, {{}}), ({signed!r}, {{key.blob: "ana"}}):
    print(key.fingerprint and signer_of(raw, people).person, "nacl" in sys.modules, "cryptography" in sys.modules)
"""
    told = run([sys.executable, "-c", code], cwd=tmp_path, check=True).out
    assert told == "None False False\nNone False False\nana True False\n"


@pytest.mark.parametrize("digits", [40, 64])
@given(st.binary(max_size=300), st.lists(st.binary(min_size=1, max_size=70), min_size=1, max_size=5))
def test_a_signature_that_is_put_in_comes_out_again(digits: int, message: bytes, lines: list[bytes]) -> None:
    payload = b"tree " + TREES[digits].encode() + b"\nauthor A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n\n"
    payload += message.replace(b"\0", b"")
    armour = b"".join([line.replace(b"\n", b"").replace(b"\0", b"") + b"\n" for line in lines])
    raw = with_signature(payload, armour, digits)
    assert split_commit(raw) == SignedCommit(payload, armour)
    assert raw == headed(payload, {40: b"gpgsig", 64: b"gpgsig-sha256"}[digits], armour)
