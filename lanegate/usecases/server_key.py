"""The key that a server signs its records with: made by `install --server`, known to the policy, read by nobody else.

The setting `lanegate.serverKey` is the path of the private key; a relative one counts from the repository's folder, so
that a repository that is moved takes its key along. ssh-keygen(1) makes the key and tells its public half; it refuses
a private key that others may read.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.policy import Policy
    from lanegate.core.ssh_private_key import PrivateKey

#: Where `install` makes the key, from the repository's folder.
OWN_KEY = os.path.join("lanegate", "server_key")
_HOST = "lanegate"
#: Bytes of a private key's file.
_LARGEST = 1 << 16


class SigningServer(NamedTuple):
    """name: id of the server in the policy. path: of its private key. private: what it says, where this was read."""

    name: str
    path: str
    private: PrivateKey | None = None


class ServerKeyError(Exception):
    """The server cannot sign. `.message` says why, `.hint` what the administrator does."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def key_path(git_dir: str, setting: str) -> str:
    """The path of the private key that lanegate.serverKey names."""
    return os.path.join(git_dir, os.path.expanduser(setting))


def make_key(git_dir: str) -> bool:
    """Make the server's own key, unless it is there; False where there is no ssh-keygen. Raises ServerKeyError,
    OSError.

    It is made in a folder beside and then put in its place, the private half last: who is killed on the way leaves no
    half of a key there.
    """
    import shutil
    import tempfile

    path = os.path.join(git_dir, OWN_KEY)
    _clear_up(path)
    if os.path.exists(path):
        return True
    if shutil.which("ssh-keygen") is None:
        return False
    os.makedirs(os.path.dirname(path), exist_ok=True)
    beside = tempfile.mkdtemp(prefix=f"{os.path.basename(path)}-", dir=os.path.dirname(path))
    try:
        made = os.path.join(beside, "key")
        _ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", _HOST, "-f", made)
        os.replace(f"{made}.pub", f"{path}.pub")
        os.replace(made, path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return True


def _clear_up(path: str) -> None:
    """Take away the folders that a killed `make_key` left."""
    import shutil
    from glob import escape, glob

    for beside in glob(f"{escape(path)}-*"):
        shutil.rmtree(beside, ignore_errors=True)


def remove_key(git_dir: str) -> bool:
    """Remove the key that `make_key` made; whether there was one. Raises OSError."""
    path = os.path.join(git_dir, OWN_KEY)
    _clear_up(path)
    was_there = os.path.exists(path)
    for half in (path, f"{path}.pub"):
        if os.path.exists(half):
            os.unlink(half)
    return was_there


def public_line(path: str) -> str:
    """The public half of a private key, as [servers] of a policy has it. Raises ServerKeyError."""
    if not os.access(path, os.R_OK):
        why = "cannot be read" if os.path.exists(path) else "is not there"
        raise ServerKeyError(f"the server's key {path} {why}", "run: lanegate install --server DIR")
    return " ".join(_ssh_keygen("-y", "-P", "", "-f", path).split())


def server_of(policy: Policy, line: str) -> str | None:
    """The id of the server in a policy whose key this is, None if it is nobody's. Raises ServerKeyError."""
    from lanegate.core.ssh_keys import parse_key_line
    from lanegate.core.ssh_wire import FormatError

    try:
        return _server_with(policy, parse_key_line(line).blob)
    except FormatError as error:
        raise ServerKeyError(f"the server's key is none that signs: {error}", "make an Ed25519 key") from error


def _server_with(policy: Policy, blob: bytes) -> str | None:
    """The id of the server that has an encoded key."""
    from lanegate.core.ssh_keys import known_key

    found = (server.id for server in policy.servers.values() for key in server.keys if known_key(key) == blob)
    return next(found, None)


def signing_server(policy: Policy, git_dir: str, setting: str | None) -> SigningServer:
    """Who signs here. Raises ServerKeyError where it cannot sign so that the policy knows it."""
    if setting is None:
        raise ServerKeyError("lanegate.serverKey is not set", "run: lanegate install --server DIR")
    path = key_path(git_dir, setting)
    line = public_line(path)
    name = server_of(policy, line)
    if name is None:
        raise ServerKeyError(
            f"the policy knows no server with the key {path}", f'add to [servers.main] of the policy: keys = ["{line}"]'
        )
    return SigningServer(name, path)


def named_server(policy: Policy, git_dir: str, setting: str | None) -> SigningServer | None:
    """What `signing_server` answers, for whoever is about to sign: no program is started to find it out. None where the
    key's file does not tell its public half, or others may read it, or the policy does not know the key."""
    path = key_path(git_dir, setting) if setting is not None else None
    private = _told_by(path) if path is not None else None
    if private is None or path is None:
        return None
    name = _server_with(policy, private.blob)
    return SigningServer(name, path, private) if name is not None else None


def _told_by(path: str) -> PrivateKey | None:
    """What a private key's file says, None unless all of it is there to read, and nobody else can read it."""
    from lanegate.core.ssh_private_key import read_private_key
    from lanegate.core.ssh_wire import FormatError

    try:
        with open(path, "rb") as file:
            is_open = os.fstat(file.fileno()).st_mode & 0o077
            return None if is_open else read_private_key(file.read(_LARGEST))
    except (OSError, FormatError):
        return None


def _ssh_keygen(*arguments: str) -> str:
    import subprocess

    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerKeyError(f"ssh-keygen cannot be run: {error}", "install OpenSSH's client programs") from error
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise ServerKeyError(f"ssh-keygen: {said}", "run: lanegate install --server DIR")
    return done.stdout.decode("utf-8", "replace")
