"""Whether git signs the commits of a clone, and as whom of the policy (git-config(1): commit.gpgSign, gpg.format,
user.signingKey).

Asked of git as its caller set it up, since that is what his commits are signed with. Nothing is signed to find out: a
key whose agent is locked looks the same as one that is ready.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy
from lanegate.core.ssh_keys import known_key, parse_key_line
from lanegate.core.ssh_wire import FormatError
from lanegate.git.worktree import CallersGit, Worktree

_FILE = "~/.ssh/id_ed25519.pub"


class Signing(NamedTuple):
    """message: what is set and what is not. person: whose commits are made here, None if that is not to be seen."""

    message: str
    hint: str | None = None
    person: str | None = None


class _NoKeyError(Exception):
    """There is no public key to be seen; the text says why."""


def examine_signing(worktree: Worktree, policy: Policy) -> Signing:
    """What signs the commits of this clone. Raises GitError."""
    theirs = CallersGit(worktree.top or worktree.git_dir)
    wanted = [
        ("gpg.format", _get(theirs, "gpg.format"), "ssh"),
        ("user.signingKey", _get(theirs, "user.signingKey", "--type=path"), _FILE),
        ("commit.gpgSign", _get(theirs, "commit.gpgSign", "--type=bool"), "true"),
    ]
    missing = [(key, value, right) for key, value, right in wanted if not value or (right != _FILE and value != right)]
    if missing:
        found = ", ".join(f"{key} is {value or 'not set'}" for key, value, _ in missing)
        commands = " && ".join(f"git config {key} {right}" for key, _, right in missing)
        return Signing(f"commits are not signed by an SSH key: {found}", f"run: {commands}")
    return _known_key(worktree, policy, wanted[1][1])


def examine_writer(worktree: Worktree, policy: Policy) -> Signing:
    """As whom of the policy this clone's git signs what it is told to sign, such as a record. Raises GitError."""
    setting = _get(CallersGit(worktree.top or worktree.git_dir), "user.signingKey", "--type=path")
    if not setting:
        hint = f"run: git config gpg.format ssh && git config user.signingKey {_FILE}"
        return Signing("records are signed with an SSH key, and user.signingKey is not set", hint)
    return _known_key(worktree, policy, setting)


def _known_key(worktree: Worktree, policy: Policy, setting: str) -> Signing:
    """Whose key in the policy user.signingKey is."""
    try:
        line = _public_key(setting, worktree.top or worktree.git_dir)
        key = parse_key_line(line)
    except (_NoKeyError, FormatError) as error:
        return Signing(f"user.signingKey = {setting}: {error}", f"run: git config user.signingKey {_FILE}")
    for person in policy.people.values():
        if key.blob in {known_key(own) for own in person.keys}:
            return Signing(f"as {person.id}, by {key.fingerprint}", person=person.id)
    return Signing(f"{key.fingerprint} is nobody's key in the policy", f"have a maintainer add it to your keys: {line}")


def _get(git: CallersGit, key: str, *options: str) -> str:
    """A setting, empty where there is none or git cannot read it."""
    return git.line("config", *options, "--get", key, accept=(0, 1, 128))


def _public_key(setting: str, top: str) -> str:
    """The line of the key that git would sign with: a file, its private twin, or the key itself behind `key::`."""
    text = setting.removeprefix("key::")
    if text == setting and not setting.startswith("ssh-"):
        path = os.path.join(top, setting)
        text = _read(path if path.endswith(".pub") else f"{path}.pub")
    return " ".join(text.split())


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(16_384)
    except OSError as error:
        raise _NoKeyError(f"{path} cannot be read: {error.strerror}") from error
