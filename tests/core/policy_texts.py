"""What the tests of the policy reader share."""

from __future__ import annotations

import pytest

from lanegate.core.policy_reader import PolicyError, read_policy

HEAD = 'version = 1\nidentity = "none"\n'
PUSHER = 'version = 1\nidentity = "pusher"\n'


#: Keys of their own points on the curve (2 B, 3 B and 4 B of RFC 8032); nobody signs with them.
ANA_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMmj+GquRl8OVlE4ZFEPOZdWH6LJ6F6iHcIpIwnzzWAi ana"
BOB_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINS09XhIaMMCBAMkZxfsFp/3niZgjqEmoatp7nfRsWcS bob"
SERVER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC8RMsphqzjf8A8v6jIo8kxscdWAhbgOR+GVFcsn6NBH git@server"

#: All that a policy can say about acceptance, and about zones.
ACCEPTED = f"""\
version = 1
identity = "either"
self_accept = true
override = true
[servers.main]
keys = ["{SERVER_KEY}"]
[people.ana]
pushers = ["ana"]
keys = ["{ANA_KEY}"]
[people.bob]
keys = ["{BOB_KEY}"]
[roles]
acceptor = ["bob"]
maintainer = ["ana"]
[lanes.ui]
owners = ["ana"]
depends_on = {{ core = "hard", docs = "soft", tools = "none" }}
bots = true
[lanes.core]
[lanes.docs]
[lanes.tools]
[[refs]]
name = "refs/heads/main"
accepted = true
gates = ["targeted", "full"]
order = ["requirements", "implementation"]
[[refs]]
name = "refs/heads/release/*"
accepted = true
from = "refs/heads/main"
gates = ["full"]
gate_tip = false
[[refs]]
name = "refs/heads/lane/{{lane}}"
[gates.targeted]
rung = 2
run = ["pytest tests/ui -q", "make lint"]
[gates.full]
rung = 3
run = ["make test"]
[[zones]]
paths = ["/Cargo.lock", "/ci/", "!/ci/notes/"]
mode = "high-risk"
roles = ["maintainer"]
[[zones]]
paths = ["/CHANGES", "/ci/log"]
mode = "append-only"
"""


def told(text: str | bytes) -> list[str]:
    """Problems as `line: code dotted.path: message`."""
    with pytest.raises(PolicyError) as caught:
        read_policy(text.encode() if isinstance(text, str) else text)
    return [f"{p.line}: {p.code} {p.where}: {p.message}" for p in caught.value.problems]
