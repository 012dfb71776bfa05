"""gitolite for real: two people over sshd, lanegate's pre-receive beside gitolite's update hook and its own VREF."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import LANE, PUSHER_POLICY, codes_in
from tests.gitolite import gitolite
from tests.support import FILES, POLICY_PATH, Clone, lanegate, make_repo

RULES = """\
repo shop
    RW+ = ana bob
    -   VREF/NAME/src/ui/secret = bob
"""


@pytest.mark.extra
def test_gitolite(tmp_path: Path) -> None:
    """Each is refused once and let in once, by lanegate under the name that gitolite authenticated; then by the VREF,
    which lanegate does not stand in the way of. `gitolite setup` leaves the hooks alone."""
    with gitolite(tmp_path, "ana", "bob") as host:
        host.configure(RULES, "bob")
        server = host.repository("shop")
        server.git("symbolic-ref", "HEAD", "refs/heads/main")
        start = make_repo(tmp_path / "start")
        start.change({POLICY_PATH: PUSHER_POLICY, **FILES}, lane="core")
        start.git("remote", "add", "origin", host.address("shop"))
        first = start.push("HEAD:refs/heads/main", env=host.person("ana"))
        assert first.ok, first.both  # the first policy comes before lanegate does
        update = server.path / "hooks/update"
        own = (update.readlink(), update.read_bytes())
        ran = lanegate(
            "install", "--server", str(server.path), "--platform", "gitolite", cwd=tmp_path, env=host.environment
        )
        assert ran.ok, ran.both
        host.account("gitolite", "setup")
        assert (update.readlink(), update.read_bytes()) == own

        clones = {}
        for name in ("ana", "bob"):
            start.git("clone", "-q", str(server.path), str(tmp_path / f"at-{name}"))
            clones[name] = Clone(tmp_path / f"at-{name}", dict(host.person(name)))
            clones[name].git("remote", "set-url", "origin", host.address("shop"))
        ana, bob = clones["ana"], clones["bob"]
        before = server.tip(LANE)
        bob.change({"src/core/index.py": "2\n"}, lane="ui")
        ran = bob.push(f"HEAD:{LANE}")
        assert (ran.code, codes_in(ran)) == (1, {"LG101"}), ran.both
        bob.git("reset", "-q", "--hard", "origin/main")
        bob.change({"src/ui/search.py": "2\n"}, lane="ui")
        forged = ana.environment | {"GL_USER": "bob", "LANEGATE_PUSHER": "bob"}
        ana.git("fetch", "-q", str(bob.path), "HEAD")
        ran = Clone(ana.path, forged).push(f"FETCH_HEAD:{LANE}")
        assert (ran.code, codes_in(ran)) == (1, {"LG202"}), ran.both
        assert server.tip(LANE) == before
        ran = bob.push(f"HEAD:{LANE}")
        assert ran.ok, ran.both
        assert "remote: lanegate: allowed (1 commit, 1 path" in ran.err
        ana.change({"src/core/index.py": "2\n"}, lane="core")
        ran = ana.push("HEAD:refs/heads/lane/core")
        assert ran.ok, ran.both

        landed = server.tip(LANE)
        bob.change({"src/ui/secret": "of another team\n"}, lane="ui")
        ran = bob.push(f"HEAD:{LANE}")
        assert ran.code == 1
        assert codes_in(ran) == set()
        assert "DENIED by VREF/NAME/src/ui/secret" in ran.err
        assert server.tip(LANE) == landed
