"""ssh and sshd as docs/platforms.md wants them: its forced command runs, whatever the client sent along."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.console import blocks
from tests.support import ROOT

PLATFORMS_TEXT = (ROOT / "docs" / "platforms.md").read_text()
#: Plays ssh on the client and sshd on the server, with an `AcceptEnv *` that lets the client's whole environment in.
_SSHD = """\
#!/bin/sh
for word; do SSH_ORIGINAL_COMMAND=$word; done
SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 22"
export SSH_ORIGINAL_COMMAND SSH_CONNECTION
exec /bin/sh -c '{command}'
"""


def forced_command(person: str = "ana") -> str:
    """What sshd hands to the login shell: the documented `command` option, unquoted as sshd(8) does."""
    (line,) = [block.body for block in blocks(PLATFORMS_TEXT, "text") if "command=" in block.body]
    quoted = re.search(r'command="((?:[^"\\]|\\.)*)"', line)
    assert quoted is not None
    return quoted[1].replace('\\"', '"').replace("LANEGATE_PUSHER=ana", f"LANEGATE_PUSHER={person}")


def sshd(path: Path, person: str = "ana") -> Path:
    """A program for GIT_SSH, written to `path`: reaches this machine as that person (GIT_SSH_VARIANT=simple)."""
    path.write_text(_SSHD.format(command=forced_command(person)))
    path.chmod(0o755)
    return path
