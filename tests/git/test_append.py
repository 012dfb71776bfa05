"""Writing records: sound objects, git's own signature, nothing moved, and clear words where git cannot sign."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from lanegate.core.people import writers_of
from lanegate.core.policy import Person
from lanegate.core.record import GateRun, Landing, Moved, Reconcile, Record, RecordError, Verdict
from lanegate.core.ssh_private_key import read_private_key
from lanegate.git.append import SigningError, append, check_signer, person, server
from lanegate.git.ledger import Ledger
from lanegate.git.ledger_tree import object_id
from lanegate.git.objects import CatFile
from lanegate.git.run import Git, GitError
from tests.attack_signatures import key_file, key_line
from tests.core.build import policy
from tests.git.ledgers import MAIN, Writer
from tests.support import Clone, run

POLICY = "1" * 40
HOW = "git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub"


def record_of(number: int = 1, **fields: object) -> Record:
    return Record(number, POLICY, Reconcile("ui", ("A-1",)))._replace(**fields)


def git_of(repo: Clone) -> Git:
    return Git(str(repo.path / ".git"))


def signer_of(repo: Clone, commit: str) -> str | None:
    """The person who signed a commit, by lanegate and by git itself."""
    allowed = repo.path / "allowed"
    allowed.write_text("".join(f"{name} {key_line(name)}\n" for name in ("ana", "server")))
    said = repo.git("-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "--raw", commit, check=False).both
    people = {name: Person(name, 1, (), (key_line(name),)) for name in ("ana", "server")}
    with closing(CatFile(git_of(repo))) as reader:
        found = writers_of(policy(identity="signature", people=people))(commit, reader.read(commit)[1])
    assert found is not None
    assert (f'Good "git" signature for {found.person} ' in said) == (found.person is not None)
    return found.person


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_what_it_writes_is_sound(tmp_path: Path, options: tuple[str, ...]) -> None:
    writer = Writer(tmp_path / "ledger.git", *options)
    report = b"lane = 'ui'\n" * 500
    first = writer.verdict(1, 2)
    second = writer.write(
        GateRun(writer.id(1), ("full",), report=object_id("blob", report, writer.digits)), report=report
    )
    third = writer.verdict(*range(3, 300), rejected=True)
    assert writer.bare.out("rev-list", third).split() == [third, second, first]
    assert writer.bare.git("cat-file", "blob", f"{second}:report").out.encode() == report
    assert writer.bare.out("ls-tree", "--name-only", third).split() == ["commits", "lanes", "record"]
    assert writer.bare.out("for-each-ref") == ""
    writer.bare.git("update-ref", "refs/lanegate/ledger", third)
    assert writer.bare.git("fsck", "--full", "--strict").out == ""
    assert not list(writer.bare.path.rglob("tmp_*"))


def test_the_signature_is_gits_own(repo: Clone) -> None:
    for key, value in (("gpg.format", "ssh"), ("user.signingKey", str(key_file("ana")))):
        repo.git("config", key, value)
    signed = append(git_of(repo), person(str(repo.path)), None, record_of())
    assert signer_of(repo, signed) == "ana"
    assert repo.out("log", "-1", "--format=%an %s", signed) == "Bob reconciled: A-1 of ui"
    other = append(git_of(repo), person(str(repo.path), key=str(key_file("server"))), signed, record_of(2))
    assert signer_of(repo, other) == "server"


def test_a_key_given_needs_no_settings(repo: Clone) -> None:
    repo.git("config", "gpg.format", "openpgp")
    made = append(git_of(repo), person(str(repo.path), key=str(key_file("ana"))), None, record_of())
    assert signer_of(repo, made) == "ana"


def test_a_server_signs_by_itself(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its user has configured, or the environment of a push says."""
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Mallory")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    made = append(git_of(repo), server(git_of(repo), "main", str(key_file("server"))), None, record_of())
    assert signer_of(repo, made) == "server"
    assert repo.out("log", "-1", "--format=%an|%cn|%ce", made) == "lanegate main|lanegate main|lanegate@main"


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_a_servers_key_that_was_read_makes_the_same_bytes(tmp_path: Path, options: tuple[str, ...]) -> None:
    """As `git commit-tree -S` by the same key at the same second; also of text that is not ASCII."""
    run(["git", "init", "--quiet", *options, "."], cwd=tmp_path, check=True)
    repo = Clone(tmp_path)
    digits = 64 if options else 40
    key = read_private_key(key_file("server").read_bytes())
    git = git_of(repo)
    record = record_of(note="größer\n\nals gedacht")._replace(policy="1" * digits)
    first = append(git, server(git, "main", str(key_file("server")), key), None, record)
    second = append(git, server(git, "main", str(key_file("server")), key), first, record._replace(number=2))
    for commit in (first, second):
        raw = repo.git("cat-file", "commit", commit).out
        when = repo.out("log", "-1", "--format=%at +0000", commit)
        gits = server(git, "main", str(key_file("server")))
        gits.git.environment.update(GIT_AUTHOR_DATE=when, GIT_COMMITTER_DATE=when)
        parent = None if commit == first else first
        assert append(git, gits, parent, record._replace(number=1 if commit == first else 2)) == commit, raw
    repo.git("update-ref", "refs/lanegate/ledger", second)
    assert repo.git("fsck", "--full", "--strict").out == ""


def test_a_servers_key_that_cannot_sign(repo: Clone) -> None:
    key = read_private_key(key_file("server").read_bytes())
    assert key.secret is not None
    broken = key._replace(secret=bytes(32) + key.secret[32:])
    with pytest.raises(SigningError, match=r"the server's key cannot sign the record: .* its public half") as error:
        append(git_of(repo), server(git_of(repo), "main", "", broken), None, record_of())
    assert error.value.hint == "run: lanegate install --server DIR"
    assert "server's key" in error.value.message


def test_without_a_signature(repo: Clone) -> None:
    repo.git("config", "commit.gpgSign", "true")
    made = append(git_of(repo), person(str(repo.path), signs=False), None, record_of())
    assert signer_of(repo, made) is None
    assert "gpgsig" not in repo.git("cat-file", "commit", made).out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "records are signed with an SSH key, and gpg.format is not set"),
        ({"user.signingKey": "x"}, "records are signed with an SSH key, and gpg.format is not set"),
        ({"gpg.format": "openpgp"}, "records are signed with an SSH key, and gpg.format is openpgp"),
        ({"gpg.format": "ssh"}, "records are signed with an SSH key, and user.signingKey is not set"),
    ],
)
def test_where_git_is_not_set_up_to_sign(repo: Clone, settings: dict[str, str], message: str) -> None:
    for key, value in settings.items():
        repo.git("config", key, value)
    with pytest.raises(SigningError) as error:
        append(git_of(repo), person(str(repo.path)), None, record_of())
    assert (error.value.message, error.value.hint) == (message, HOW)
    with pytest.raises(SigningError):
        check_signer(person(str(repo.path)))
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "gpg.ssh.defaultKeyCommand", f"echo key::{key_line('ana')}")
    check_signer(person(str(repo.path)))


def test_a_key_that_is_not_there(repo: Clone) -> None:
    with pytest.raises(SigningError, match="git could not make and sign the record"):
        append(git_of(repo), person(str(repo.path), key="/nowhere/key"), None, record_of())


def test_a_commit_that_git_cannot_make(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_NAME", "<>")
    with pytest.raises(GitError) as error:
        append(git_of(repo), person(str(repo.path), signs=False), None, record_of())
    assert not isinstance(error.value, SigningError)


def test_no_header_but_gits_own(repo: Clone) -> None:
    """Somebody who writes his commits in another encoding still writes records in UTF-8, as the ledger asks."""
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    made = append(git_of(repo), person(str(repo.path), signs=False), None, record_of(note="schön"))
    raw = repo.git("cat-file", "commit", made).out
    assert "\nencoding " not in raw
    assert "\n\nschön\n" in raw


def test_a_landing_of_a_ref_whose_name_is_no_utf8(repo: Clone) -> None:
    moved = (Moved("refs/heads/\udcff", None, "2" * 40),)
    made = append(git_of(repo), person(str(repo.path), signs=False), None, record_of(body=Landing(moved, "now", "2")))
    with closing(CatFile(git_of(repo))) as reader:
        assert Ledger(reader, made).entries("2" * 40)[0].one("ref") == "refs/heads/\udcff"


def test_what_nobody_could_read_again(repo: Clone) -> None:
    for body in (Reconcile("no lane", ("A-1",)), Verdict("accepted", (), "ui", (MAIN,))):
        with pytest.raises(RecordError):
            append(git_of(repo), person(str(repo.path), signs=False), None, record_of(body=body))
    assert repo.out("count-objects") == "0 objects, 0 kilobytes"


@pytest.mark.parametrize("report", [None, b"another"])
def test_another_report_than_the_records(repo: Clone, report: bytes | None) -> None:
    body = GateRun("2" * 40, ("full",), report=object_id("blob", b"mine", 40))
    with pytest.raises(ValueError, match="another gate report"):
        append(git_of(repo), person(str(repo.path), signs=False), None, record_of(body=body), report)
    with pytest.raises(ValueError, match="another gate report"):
        append(git_of(repo), person(str(repo.path), signs=False), None, record_of(), b"mine")


def test_few_processes(repo: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record costs a push, not a coffee: git is started five times at most, ssh-keygen once."""
    for key, value in (("gpg.format", "ssh"), ("user.signingKey", str(key_file("ana")))):
        repo.git("config", key, value)
    tip = append(git_of(repo), person(str(repo.path)), None, record_of())
    log = tmp_path / "log"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    real = os.popen("command -v git").read().strip()  # noqa: S605
    shim.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    append(git_of(repo), person(str(repo.path)), tip, record_of(2))
    assert 1 < len(log.read_text().splitlines()) <= 5
