"""Identity `signature` over real pushes: a commit is its signer's, whatever else it or its pusher claims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack_signatures import (
    by,
    header_of,
    key_line,
    parted,
    raw_of,
    signed_policy,
    ssh_sign,
    with_headers,
)
from tests.attack_support import LANE, MAIN, Arena, arena, as_pusher, raw_commit
from tests.support import Clone

CORE = "refs/heads/lane/core"


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    """Nobody is authenticated here: the keys alone say whose a commit is."""
    return arena(tmp_path, signed_policy())


def mine(clone: Clone, content: str = "x\n") -> str:
    """A commit of lane ui on HEAD, signed or not as the clone has it; HEAD stays."""
    start = clone.head()
    commit = clone.change({"src/ui/x.py": content}, lane="ui")
    clone.git("reset", "-q", "--hard", start)
    return commit


def test_a_commit_that_an_owner_signed(at: Arena) -> None:
    at.accepts(f"{mine(by('bob', at.clone))}:{LANE}")
    at.accepts(f"{mine(by('bob', at.clone), 'y')}:{MAIN}")


def test_every_key_of_a_person(at: Arena) -> None:
    first = by("bob", at.clone).change({"src/ui/x.py": "x\n"}, lane="ui")
    by("bob-laptop", at.clone).change({"src/ui/x.py": "y\n"}, lane="ui")
    at.accepts(f"HEAD:{LANE}")
    assert parted(raw_of(at.clone, first))[1] != parted(raw_of(at.clone, "HEAD"))[1]


@pytest.mark.parametrize("ref", [LANE, MAIN])
def test_an_unsigned_commit(at: Arena, ref: str) -> None:
    ran = at.refuses(f"{mine(at.clone)}:{ref}", codes=["LG203"])
    assert "no owner of lane ui signed this: no signature" in ran.err
    assert "git config gpg.format ssh" in ran.err
    assert "commit --amend -S" in ran.err
    at.accepts(f"{mine(by('bob', at.clone))}:{ref}")


@pytest.mark.parametrize("ref", [LANE, MAIN])
def test_signed_by_somebody_who_does_not_own_the_lane(at: Arena, ref: str) -> None:
    ran = at.refuses(f"{mine(by('ana', at.clone))}:{ref}", codes=["LG202"])
    assert "signed by ana, who does not own lane ui" in ran.err
    at.accepts(f"{mine(by('bob', at.clone))}:{ref}")


def test_an_empty_commit(at: Arena) -> None:
    """It changes nothing, and still speaks for its lane."""
    at.clone.commit(lane="ui")
    at.refuses(f"HEAD:{LANE}", codes=["LG203"])
    by("bob", at.clone).commit(None, "--amend", lane="ui")
    at.accepts(f"HEAD:{LANE}")


def test_one_commit_of_many(at: Arena) -> None:
    """Good signatures before and after it vouch for no other commit."""
    first = by("bob", at.clone).change({"src/ui/x.py": "1\n"}, lane="ui")
    at.clone.change({"src/ui/x.py": "2\n"}, lane="ui")
    by("bob", at.clone).change({"src/ui/x.py": "3\n"}, lane="ui")
    at.refuses(f"HEAD:{LANE}", codes=["LG203"])
    at.accepts(f"{first}:{LANE}")
    at.refuses(f"HEAD:{LANE}", codes=["LG203"])
    at.clone.git("reset", "-q", "--hard", first)
    by("bob", at.clone).change({"src/ui/x.py": "3\n"}, lane="ui")
    at.accepts(f"HEAD:{LANE}")


def test_a_key_that_only_the_pusher_trusts(at: Arena, tmp_path: Path) -> None:
    """git itself calls it good, by the pusher's own list; the server has one of its own too, and asks neither."""
    commit = mine(by("mallory", at.clone))
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f"bob@example.org {key_line('mallory')}\n")
    for repo in (at.clone, at.server):
        repo.config("gpg.ssh.allowedSignersFile", str(allowed))
    assert at.clone.git("verify-commit", commit).ok
    ran = at.refuses(f"{commit}:{LANE}", codes=["LG203"])
    assert "which the policy does not name" in ran.err
    at.accepts(f"{mine(by('bob', at.clone))}:{LANE}")


def test_a_name_and_an_address_are_no_key(at: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner's name without the key, and the other way."""
    as_bob = {"GIT_AUTHOR_NAME": "bob", "GIT_AUTHOR_EMAIL": "bob@example.org"}
    as_bob |= {"GIT_COMMITTER_NAME": "bob", "GIT_COMMITTER_EMAIL": "bob@example.org"}
    claims = Clone(at.clone.path, as_bob)
    at.refuses(f"{mine(claims)}:{LANE}", codes=["LG203"])
    at.refuses(f"{mine(by('mallory', claims))}:{LANE}", codes=["LG203"])
    at.refuses(f"{mine(by('cy', claims))}:{LANE}", codes=["LG202"])
    at.refuses(f"{mine(at.clone)}:{LANE}", codes=["LG203"], env={"LANEGATE_PUSHER": "bob", **as_pusher("bob")})
    other = {name: value.replace("bob", "zoe") for name, value in as_bob.items()}
    at.accepts(f"{mine(by('bob', Clone(at.clone.path, other)))}:{LANE}")


def amended(raw: bytes) -> bytes:
    return raw.replace(b"Change\n", b"Changed\n")


def other_tree(at: Arena, raw: bytes) -> bytes:
    tree = at.clone.out("rev-parse", f"{mine(at.clone, 'evil')}^{{tree}}").encode()
    return b"tree " + tree + raw[raw.index(b"\n") :]


def other_parent(at: Arena, raw: bytes) -> bytes:
    parent = mine(by("bob", at.clone), "before")
    at.accepts(f"{parent}:{LANE}")
    return raw.replace(b"parent " + at.clone.head().encode(), b"parent " + parent.encode())


def other_date(raw: bytes) -> bytes:
    return raw.replace(b" +0000\n", b" +0100\n", 1)


def another_header(raw: bytes) -> bytes:
    return with_headers(raw, b"change-id zz\n")


def in_front(raw: bytes) -> bytes:
    return raw.replace(b"\ngpgsig ", b"\nchange-id zz\ngpgsig ")


def longer(raw: bytes) -> bytes:
    return raw + b"\n"


#: Each changes a commit that bob signed, and leaves his signature where it stands.
AFTERWARDS: list[Callable[[bytes], bytes]] = [amended, other_date, another_header, in_front, longer]


@pytest.mark.parametrize("change", AFTERWARDS)
def test_changed_after_signing(at: Arena, change: Callable[[bytes], bytes]) -> None:
    signed = mine(by("bob", at.clone))
    raw = raw_of(at.clone, signed)
    changed = change(raw)
    assert changed != raw
    ran = at.refuses(f"{raw_commit(at.clone, changed)}:{LANE}", codes=["LG203"])
    assert "not a signature of this commit" in ran.err
    at.accepts(f"{signed}:{LANE}")


@pytest.mark.parametrize("change", [other_tree, other_parent])
def test_another_content_or_parent_after_signing(at: Arena, change: Callable[[Arena, bytes], bytes]) -> None:
    signed = mine(by("bob", at.clone))
    changed = raw_commit(at.clone, change(at, raw_of(at.clone, signed)))
    at.refuses(f"{changed}:{LANE}", f"{changed}:{MAIN}", codes=["LG203"])
    at.accepts(f"{signed}:{MAIN}")


def test_amended_by_git(at: Arena) -> None:
    """`git commit --amend` without -S drops the signature; with it the commit is the owner's again."""
    by("bob", at.clone).change({"src/ui/x.py": "x\n"}, lane="ui")
    at.clone.git("commit", "-q", "--no-verify", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z")
    at.refuses(f"HEAD:{LANE}", codes=["LG203"])
    by("bob", at.clone).git("commit", "-q", "--no-verify", "--amend", "--no-edit", "-S")
    at.accepts(f"HEAD:{LANE}")


def test_a_signature_of_another_commit(at: Arena) -> None:
    signed = mine(by("bob", at.clone))
    _, header = parted(raw_of(at.clone, signed))
    stolen = raw_commit(at.clone, with_headers(raw_of(at.clone, mine(at.clone, "evil")), header))
    at.refuses(f"{stolen}:{LANE}", codes=["LG203"])
    at.accepts(f"{signed}:{LANE}")
    at.refuses(f"{stolen}:{MAIN}", codes=["LG203"])


def test_a_signature_for_another_purpose(at: Arena, tmp_path: Path) -> None:
    """bob signed a file that holds the commit; `-n git` of the same bytes is what git itself makes."""
    payload = raw_of(at.clone, mine(at.clone))
    for namespace in ("file", "Git", "git@example.org"):
        signature = ssh_sign("bob", payload, tmp_path, namespace)
        made = raw_commit(at.clone, with_headers(payload, header_of(signature)))
        assert "another purpose" in at.refuses(f"{made}:{LANE}", codes=["LG203"]).err
    made = raw_commit(at.clone, with_headers(payload, header_of(ssh_sign("bob", payload, tmp_path))))
    at.accepts(f"{made}:{LANE}")


PGP = b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=AAAA\n-----END PGP SIGNATURE-----\n"
X509 = b"-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----\n"


@pytest.mark.parametrize(("block", "said"), [(PGP, "OpenPGP"), (X509, "X.509"), (b"good\n", "not an SSH signature")])
def test_another_kind_of_signature(at: Arena, block: bytes, said: str) -> None:
    payload = raw_of(at.clone, mine(at.clone))
    made = raw_commit(at.clone, with_headers(payload, header_of(block)))
    assert said in at.refuses(f"{made}:{LANE}", codes=["LG203"]).err


def test_signature_headers_that_git_does_not_check(at: Arena, tmp_path: Path) -> None:
    payload = raw_of(at.clone, mine(at.clone))
    good = ssh_sign("bob", payload, tmp_path)
    bad = ssh_sign("mallory", payload, tmp_path)
    for headers, codes in (
        (header_of(good, b"gpgsig-sha256"), ["LG203"]),
        (header_of(good, b"gpgsig-sha512"), ["LG203"]),
        (header_of(good, b"Gpgsig"), ["LG203"]),
        (header_of(good) + header_of(good), ["LG203", "LG604"]),
        (header_of(bad) + header_of(good), ["LG203", "LG604"]),
        (header_of(good) + header_of(good, b"gpgsig-sha256"), ["LG203", "LG604"]),
        (header_of(good) + header_of(good, b"gpgsigx"), ["LG203"]),
    ):
        at.refuses(f"{raw_commit(at.clone, with_headers(payload, headers))}:{LANE}", codes=codes)
    at.accepts(f"{raw_commit(at.clone, with_headers(payload, header_of(good)))}:{LANE}")


def test_a_signature_in_the_message(at: Arena, tmp_path: Path) -> None:
    payload = raw_of(at.clone, mine(at.clone))
    head, gap, message = payload.partition(b"\n\n")
    inside = head + gap + b"X\n\n" + header_of(ssh_sign("bob", payload, tmp_path)) + b"\n" + message
    at.refuses(f"{raw_commit(at.clone, inside)}:{LANE}", codes=["LG203"])


def test_copied_commits_are_signed_anew(at: Arena) -> None:
    """Rebase and cherry-pick make new commits: whoever makes them signs them, and the refusal says how."""
    signed = mine(by("bob", at.clone))
    by("bob", at.clone).change({"src/ui/other.py": "x\n"}, lane="ui")
    start = at.clone.head()
    at.clone.git("cherry-pick", signed)
    ran = at.refuses(f"HEAD:{LANE}", codes=["LG203"])
    assert "git config user.signingKey FILE, git commit --amend -S" in ran.err
    at.clone.git("reset", "-q", "--hard", start)
    by("ana", at.clone).git("cherry-pick", signed)
    at.refuses(f"HEAD:{LANE}", codes=["LG202"])
    by("bob", at.clone).git("rebase", "-q", "--force-rebase", "HEAD~2")
    at.accepts(f"HEAD:{LANE}")


def test_sha256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    at = arena(tmp_path, signed_policy(), options=("--object-format=sha256",))
    payload = raw_of(at.clone, mine(at.clone))
    good = ssh_sign("bob", payload, tmp_path)
    for header in (b"", header_of(good), header_of(ssh_sign("mallory", payload, tmp_path), b"gpgsig-sha256")):
        made = raw_commit(at.clone, with_headers(payload, header) if header else payload)
        at.refuses(f"{made}:{LANE}", codes=["LG203"])
    at.refuses(f"{mine(by('ana', at.clone))}:{LANE}", codes=["LG202"])
    signed = mine(by("bob", at.clone))
    assert b"\ngpgsig-sha256 " in raw_of(at.clone, signed)
    at.accepts(f"{signed}:{LANE}")
