"""A small project with a policy, and pushes to it that the oracle judges: what the oracle's own tests start from."""

from __future__ import annotations

from tests.differential import oracle
from tests.differential.case import Server, Update
from tests.differential.oracle import judge_push
from tests.differential.world import Edit, World

MAIN = "refs/heads/main"
POLICY_PATH = b"policy/lanegate.toml"
POLICY = b"""
version = 1
identity = "pusher"
unowned = "deny"
[people.ana]
pushers = ["ana"]
[people.bob]
pushers = ["bob", "bobby"]
[people.cy]
pushers = ["cy"]
[roles]
maintainer = ["ana"]
integrator = ["ana"]
[lanes.ui]
owners = ["bob"]
owned_paths = ["/ui/", "!/ui/theme/"]
modify_paths = ["/app.py"]
read_paths = ["/core/"]
out_of_scope = ["/ui/vendor/"]
[lanes.core]
owners = ["ana"]
owned_paths = ["/core/", "/app.py", "/policy/", "/ui/theme/"]
[lanes.docs]
owners = ["ana"]
task = "T-1"
subject_prefix = "[W1]"
owned_paths = ["/docs/"]
[lanes.old]
state = "done"
owners = ["bob"]
owned_paths = ["/old/"]
[[matrix]]
path = "/core/*.md"
grants = { ui = "MODIFY", core = "READ" }
[[matrix]]
path = "/core/x.md"
grants = { ui = "-" }
[[refs]]
name = "refs/heads/main"
pushers = ["integrator"]
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
delete = true
[[refs]]
name = "refs/heads/wip/*"
[[refs]]
name = "refs/heads/MAIN"
[[refs]]
name = "refs/tags/*"
"""
FILES: dict[bytes, Edit] = {
    POLICY_PATH: POLICY,
    b"ui/a.py": b"a\n" * 9,
    b"ui/theme/t": b"t\n",
    b"ui/vendor/v": b"v\n",
    b"core/c.py": b"c\n" * 9,
    b"core/r.md": b"r\n",
    b"core/x.md": b"x\n",
    b"app.py": b"app\n",
    b"docs/d": b"d\n",
    b"other": b"o\n",
}
UI = b"Change\n\nLane: ui\n"
CORE = b"Change\n\nLane: core\n"


def codes(found: list[oracle.Finding]) -> set[str]:
    return {finding.code for finding in found}


def push(
    world: World,
    base: str,
    new: str | None,
    ref: str = "refs/heads/lane/ui",
    *,
    pusher: str | None = "bob",
    refs: dict[str, str] | None = None,
    baseline: tuple[str, ...] = (),
    bootstrap: str | None = None,
) -> set[str]:
    """Codes of a push of one ref to a server whose main is `base`."""
    server = Server({MAIN: base, **(refs or {})}, baseline=baseline, bootstrap=bootstrap)
    updates = [Update(ref, server.refs.get(ref), new)]
    return codes(judge_push(world.git, world.patterns, server, updates, pusher))
