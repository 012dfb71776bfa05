"""docs/platforms.md works as written: `install --server` for each platform, and pushes through its forced command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanegate.usecases.platforms import PLATFORMS
from tests.docs.http_backend import serving
from tests.docs.sshd import PLATFORMS_TEXT, sshd
from tests.support import (
    FILES,
    POLICY_PATH,
    Bare,
    Clone,
    Ran,
    lanegate,
    make_bare,
    make_clone,
    make_repo,
    policy,
    run,
    seed,
)

INSTALLS = re.findall(r"^lanegate install .*$", PLATFORMS_TEXT, re.M)
REFS = """
[[refs]]
name = "refs/heads/main"
pushers = ["integrator"]
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
"""


def installed(tmp_path: Path, platform: str) -> Bare:
    """A server set up by the documented command for this platform, under identity `pusher`."""
    server = make_bare(tmp_path / "shop.git")
    seed(server, FILES, text=policy(identity="pusher", refs=REFS))
    (line,) = [line for line in INSTALLS if line.endswith(f"--platform {platform}")]
    ran = lanegate(*line.replace("/srv/git/shop.git", str(server.path)).split()[1:], cwd=tmp_path)
    assert ran.ok, ran.both
    return server


@pytest.fixture
def over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A clone whose origin is reached as ana, through the documented forced command."""
    server = installed(tmp_path, "ssh")
    monkeypatch.setenv("GIT_SSH", str(sshd(tmp_path / "sshd")))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    clone = make_clone(server, tmp_path / "clone")
    clone.git("remote", "set-url", "origin", f"git@server:{server.path}")
    return clone


def push_change(clone: Clone, path: str, lane: str, **environment: str) -> Ran:
    clone.change({path: "changed\n"}, lane=lane)
    return clone.push(f"HEAD:refs/heads/lane/{lane}", env=environment)


def test_every_platform_has_its_install_line() -> None:
    assert [line.rpartition(" ")[2] for line in INSTALLS] == list(PLATFORMS)


def test_the_table_is_the_one_that_counts() -> None:
    """Each platform with its variable and the signs that must be there."""
    rows = {
        row[1].strip("` "): row for row in (line.split("|") for line in PLATFORMS_TEXT.splitlines()) if len(row) == 6
    }
    for name, platform in PLATFORMS.items():
        (row,) = [row for first, row in rows.items() if first.partition("`")[0] == name]
        said = re.findall(r"`([A-Z_]+)`", row[2] + row[3].partition(";")[0])
        assert said == [*([platform.variable] if platform.variable else []), *platform.signs]


def test_an_administrator_may_fetch_the_first_policy(tmp_path: Path) -> None:
    server = make_bare(tmp_path / "shop.git")
    ran = lanegate("install", "--server", str(server.path), "--platform", "local", cwd=tmp_path)
    assert ran.ok, ran.both
    work = make_repo(tmp_path / "shop")
    work.change({POLICY_PATH: policy(), **FILES}, lane="core")
    (line,) = re.findall(r"`(git -C /srv.* fetch .*)`", PLATFORMS_TEXT)
    run(line.replace("/srv/git", str(tmp_path)).replace("/home/ana", str(tmp_path)).split(), cwd=tmp_path, check=True)
    clone = make_clone(server, tmp_path / "clone")
    allowed = push_change(clone, "src/ui/search.py", "ui")
    assert allowed.ok, allowed.both


def test_forced_command_says_who_pushes(over_ssh: Clone) -> None:
    ran = push_change(over_ssh, "src/core/index.py", "core")
    assert ran.ok, ran.both


def test_forced_command_outdoes_what_the_client_claims(over_ssh: Clone) -> None:
    ran = push_change(over_ssh, "src/ui/search.py", "ui", LANEGATE_PUSHER="bob")
    assert not ran.ok
    assert "LG202" in ran.err


def test_forced_command_drops_the_client_environment(over_ssh: Clone, tmp_path: Path) -> None:
    """With AcceptEnv GIT_CONFIG_*, a client could point core.hooksPath at an empty folder."""
    hookless = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(tmp_path)}
    ran = push_change(over_ssh, "src/ui/search.py", "core", **hookless)
    assert not ran.ok
    assert "LG101" in ran.err


def test_forced_command_gives_no_shell(over_ssh: Clone, tmp_path: Path) -> None:
    ran = run([str(tmp_path / "sshd"), "server", "echo in"], cwd=tmp_path)
    assert not ran.ok
    assert "in\n" not in ran.out


def test_a_push_past_sshd_is_nobodys(over_ssh: Clone, tmp_path: Path) -> None:
    over_ssh.git("remote", "set-url", "origin", str(tmp_path / "shop.git"))
    ran = push_change(over_ssh, "src/core/index.py", "core", LANEGATE_PUSHER="ana")
    assert not ran.ok
    assert "LG907" in ran.err


def test_http_backend_says_who_pushes(tmp_path: Path) -> None:
    server = installed(tmp_path, "http-backend")
    clone = make_clone(server, tmp_path / "clone")
    with serving(tmp_path) as address:
        clone.git("remote", "set-url", "origin", f"{address.replace('NAME', 'ana')}/shop.git")
        owner = push_change(clone, "src/core/index.py", "core")
        assert owner.ok, owner.both
        clone.git("reset", "-q", "--hard", "origin/main")
        stranger = push_change(clone, "src/ui/search.py", "ui", REMOTE_USER="bob", LANEGATE_PUSHER="bob")
    assert not stranger.ok
    assert "LG202" in stranger.err


def test_a_push_past_the_web_server_is_nobodys(tmp_path: Path) -> None:
    server = installed(tmp_path, "http-backend")
    ran = push_change(make_clone(server, tmp_path / "clone"), "src/core/index.py", "core", REMOTE_USER="ana")
    assert not ran.ok
    assert "LG907" in ran.err
