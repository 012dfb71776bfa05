"""People who sign their commits: keys made by ssh-keygen, commits signed by git, and signatures put in by hand.

A key is made once in a test process. `by` gives a clone in which git signs with a key, as somebody who has set it up
does; the other functions take a commit object apart and put it together again, as an attacker does.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from tests.attack_support import TEMPLATES
from tests.support import Bare, Clone, Ran, lanegate, policy, run

#: Who has which keys. mallory stands in no policy.
KEYS = {"ana": ("ana",), "bob": ("bob", "bob-laptop"), "cy": ("cy",)}
ROLES = """
[roles]
maintainer = ["ana"]
integrator = ["ana"]
"""


@cache
def key_file(name: str) -> Path:
    """The private key of that name; the public one lies beside it."""
    path = Path(tempfile.mkdtemp(dir=TEMPLATES)) / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    run(command, cwd=path.parent, check=True)
    return path


def key_line(name: str) -> str:
    """The public key of that name, as a policy has it."""
    return key_file(name).with_suffix(".pub").read_text().strip()


def people(*, pushers: bool = False, keys: dict[str, tuple[str, ...]] | None = None) -> str:
    """[people] with these keys by person (KEYS), and pusher names if wanted, and [roles]."""
    text = ""
    for person, names in (KEYS if keys is None else keys).items():
        lines = ", ".join(f'"{key_line(name)}"' for name in names)
        text += f"[people.{person}]\n" + (f'pushers = ["{person}"]\n' if pushers else "") + f"keys = [{lines}]\n"
    return text + ROLES


def signed_policy(identity: str = "signature", *, pushers: bool | None = None, **parts: str) -> str:
    """The policy of tests/support.py under an identity that asks for signatures. parts: as of `policy`."""
    names = identity == "either" if pushers is None else pushers
    return policy(identity=identity, people=people(pushers=names), **parts)


def by(name: str, clone: Clone) -> Clone:
    """The clone where git signs every commit with the key of that name."""
    settings = {"gpg.format": "ssh", "user.signingKey": str(key_file(name)), "commit.gpgSign": "true"}
    environment = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return Clone(clone.path, {**clone.environment, **environment})


def run_by(name: str, clone: Clone, *args: str) -> Ran:
    """`lanegate ARGS` in the clone, as somebody whose git signs with the key of that name."""
    theirs = by(name, clone)
    return lanegate(*args, cwd=theirs.path, env=theirs.environment)


def raw_of(repo: Bare, commit: str) -> bytes:
    """The content of a commit object."""
    return repo.git("cat-file", "commit", commit).out.encode("utf-8", "surrogateescape")


def parted(raw: bytes) -> tuple[bytes, bytes]:
    """(the commit without its `gpgsig` header, the lines of that header)."""
    head, gap, message = raw.partition(b"\n\n")
    before, start, header = head.partition(b"\ngpgsig ")
    assert start, raw
    lines = header.split(b"\n")
    count = 1 + sum(line.startswith(b" ") for line in lines)
    rest = b"".join(b"\n" + line for line in lines[count:])
    return before + rest + gap + message, b"gpgsig " + b"\n".join(lines[:count]) + b"\n"


def with_headers(raw: bytes, headers: bytes) -> bytes:
    """A commit with more headers behind those it has."""
    head, gap, message = raw.partition(b"\n\n")
    assert gap, raw
    return head + b"\n" + headers + b"\n" + message


def header_of(signature: bytes, name: bytes = b"gpgsig") -> bytes:
    """A signature as a header."""
    return name + b" " + signature.rstrip(b"\n").replace(b"\n", b"\n ") + b"\n"


def ssh_sign(name: str, payload: bytes, folder: Path, namespace: str = "git") -> bytes:
    """What `ssh-keygen -Y sign` makes of a payload with the key of that name."""
    file = folder / "payload"
    file.write_bytes(payload)
    signature = folder / "payload.sig"
    signature.unlink(missing_ok=True)
    key = str(key_file(name))
    run(["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", key, str(file)], cwd=folder, check=True)
    return signature.read_bytes()
