"""An ssh server on the loopback interface for tests: the real sshd where there is one, else a stand-in.

Both run a forced command for each key, as docs/platforms.md writes it into authorized_keys, and both let the client's
whole environment in (`AcceptEnv *`), the worst that an administrator can set. The stand-in plays ssh and sshd in one
program; it needs no key, and knows people by the name of the identity file. Started by root, sshd wants /run/sshd.
"""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import run

#: Where programs of the system are looked for.
SEARCHED = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
#: As docs/platforms.md has it; HOME is the folder of the test.
FORCED = (
    'env -i PATH="{path}" HOME={home} SSH_CONNECTION="$SSH_CONNECTION" LANEGATE_PUSHER={name} '
    'git-shell -c "$SSH_ORIGINAL_COMMAND"'
)
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile {folder}/pid
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
LogLevel ERROR
"""
CLIENT_CONFIG = """\
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
"""
#: The last argument is the command; the identity file before it says who asks.
_STAND_IN = """\
#!/bin/sh
while [ $# -gt 1 ]; do
  [ "$1" = -i ] && identity=${{2##*/}}
  shift
done
SSH_ORIGINAL_COMMAND=$1
SSH_CONNECTION="127.0.0.1 50000 127.0.0.1 22"
export SSH_ORIGINAL_COMMAND SSH_CONNECTION
exec /bin/sh {folder}/forced-"$identity"
"""


@dataclass(frozen=True, slots=True)
class SshServer:
    """How to reach the server. folder: keys by person; program: what stands for `ssh`; address: before the path."""

    folder: Path
    program: str
    address: str

    def environment(self, name: str) -> Mapping[str, str]:
        """What a client sets to ask as `name`."""
        return {
            "GIT_SSH_COMMAND": f"{self.program} -i {shlex.quote(str(self.folder / name))}",
            "GIT_SSH_VARIANT": "ssh",
        }


def forced_command(folder: Path, name: str) -> str:
    return FORCED.format(path=os.environ["PATH"], home=shlex.quote(str(folder)), name=name)


@contextmanager
def ssh_server(folder: Path, names: tuple[str, ...]) -> Iterator[SshServer]:
    """A server that lets these people in, each by a key and a forced command of their own."""
    for name in names:
        folder.joinpath(f"forced-{name}").write_text(forced_command(folder, name))
    program = shutil.which("sshd", path=SEARCHED)
    port = free_port()
    if program is None or not _prepared(folder, names, port, program):
        stand_in = folder / "ssh"
        stand_in.write_text(_STAND_IN.format(folder=folder))
        stand_in.chmod(0o755)
        yield SshServer(folder, str(stand_in), "ssh://localhost")
        return
    with listening(program, folder, port):
        yield SshServer(folder, f"{shutil.which('ssh')} -F {folder / 'ssh_config'}", f"ssh://127.0.0.1:{port}")


@contextmanager
def listening(sshd: str, folder: Path, port: int) -> Iterator[None]:
    """The real sshd with the file `sshd_config` of a folder, from the moment it listens."""
    daemon = subprocess.Popen([sshd, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        daemon.terminate()
        daemon.wait()


def make_keys(folder: Path, *names: str) -> None:
    """A key without passphrase for each name, NAME and NAME.pub."""
    for name in names:
        run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)],
            cwd=folder,
            check=True,
        )


def _prepared(folder: Path, names: tuple[str, ...], port: int, sshd: str) -> bool:
    """Write keys and configuration; whether sshd would start with them."""
    make_keys(folder, "host", *names)
    lines = []
    for name in names:
        command = forced_command(folder, name).replace('"', '\\"')
        lines.append(f'restrict,command="{command}" {(folder / f"{name}.pub").read_text()}')
    folder.joinpath("authorized_keys").write_text("".join(lines))
    config = CONFIG.format(port=port, folder=folder, authorized=folder / "authorized_keys")
    folder.joinpath("sshd_config").write_text(f"{config}AcceptEnv *\n")
    folder.joinpath("ssh_config").write_text(f"{CLIENT_CONFIG}SendEnv *\n")
    return run([sshd, "-t", "-f", str(folder / "sshd_config")], cwd=folder).ok


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")
