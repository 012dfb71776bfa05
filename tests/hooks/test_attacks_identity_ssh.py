"""Identity over ssh: a key with a forced command says who pushes, and nothing that the client sends does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.attack_ssh import SshServer, ssh_server
from tests.attack_support import BY_SSH, LANE, MAIN, PUSHER_POLICY, Arena, arena, blob, codes_in, commit_with
from tests.support import run

CORE = "refs/heads/lane/core"


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder, ("ana", "bob")) as server:
        yield server


@pytest.fixture
def at(tmp_path: Path, ssh: SshServer) -> Arena:
    made = arena(tmp_path, PUSHER_POLICY, config=BY_SSH)
    made.clone.git("remote", "set-url", "origin", f"{ssh.address}{made.server.path}")
    return made


def ui(at: Arena) -> str:
    return commit_with(at.clone, {b"src/ui/x.py": ("100644", blob(at.clone))})


def core(at: Arena) -> str:
    return commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))}, message="X\n\nLane: core\n")


def test_each_pushes_their_own_lane(at: Arena, ssh: SshServer) -> None:
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"], env=ssh.environment("ana"))
    at.accepts(f"{ui(at)}:{LANE}", env=ssh.environment("bob"))
    at.refuses(f"{core(at)}:{CORE}", codes=["LG202"], env=ssh.environment("bob"))
    at.accepts(f"{core(at)}:{CORE}", env=ssh.environment("ana"))


def test_landing_what_an_owner_brought(at: Arena, ssh: SshServer) -> None:
    commit = ui(at)
    at.refuses(f"{commit}:{MAIN}", codes=["LG202"], env=ssh.environment("ana"))
    at.accepts(f"{commit}:{LANE}", env=ssh.environment("bob"))
    at.accepts(f"{commit}:{MAIN}", env=ssh.environment("ana"))


@pytest.mark.parametrize(
    "claims",
    [
        {"LANEGATE_PUSHER": "bob"},
        {"REMOTE_USER": "bob", "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST"},
        {"GIT_AUTHOR_NAME": "Bob", "GIT_COMMITTER_EMAIL": "bob@example.org", "USER": "bob", "LOGNAME": "bob"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "lanegate.identityVariable", "GIT_CONFIG_VALUE_0": "USER"},
    ],
)
def test_what_the_client_claims(at: Arena, ssh: SshServer, claims: Mapping[str, str]) -> None:
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"], env={**ssh.environment("ana"), **claims})


def test_a_client_that_sends_git_configuration(at: Arena, ssh: SshServer, tmp_path: Path) -> None:
    """With AcceptEnv a client could point core.hooksPath at an empty folder; the forced command drops it."""
    config = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(tmp_path)}
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"], env={**ssh.environment("ana"), **config})


@pytest.mark.parametrize(
    "program",
    [
        "git -c core.hooksPath=/dev/null receive-pack",
        "env LANEGATE_PUSHER=bob git-receive-pack",
        "LANEGATE_PUSHER=bob git-receive-pack",
        "git-receive-pack; true",
        "git --exec-path=/tmp receive-pack",
    ],
)
def test_a_client_that_names_another_program(at: Arena, ssh: SshServer, program: str) -> None:
    before = at.refs()
    ran = at.clone.push(f"{ui(at)}:{LANE}", options=(f"--receive-pack={program}",), env=ssh.environment("ana"))
    assert not ran.ok, ran.both
    assert at.refs() == before


def test_a_key_gives_no_shell(ssh: SshServer, tmp_path: Path) -> None:
    words = ssh.environment("ana")["GIT_SSH_COMMAND"].split()
    for command in (
        "touch " + str(tmp_path / "owned"),
        "sh",
        "git-receive-pack '/x'; touch " + str(tmp_path / "owned"),
    ):
        ran = run([*words, "127.0.0.1", command], cwd=tmp_path)
        assert not ran.ok
    assert not (tmp_path / "owned").exists()


def test_a_push_past_ssh_is_nobodys(at: Arena, ssh: SshServer) -> None:
    at.clone.git("remote", "set-url", "origin", str(at.server.path))
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG907"], env={"LANEGATE_PUSHER": "bob"})
    at.clone.git("remote", "set-url", "origin", f"{ssh.address}{at.server.path}")
    at.accepts(f"{ui(at)}:{LANE}", env=ssh.environment("bob"))


def test_a_hooks_path_of_the_account_does_not_switch_the_hook_off(at: Arena, ssh: SshServer) -> None:
    """git-receive-pack reads the account's own ~/.gitconfig; the repository's setting stands above it."""
    ssh.folder.joinpath(".gitconfig").write_text(
        f"[core]\n\thooksPath = {ssh.folder}\n[lanegate]\n\tmanaged = false\n\tmode = audit\n"
    )
    at.refuses(f"{ui(at)}:{LANE}", codes=["LG202"], env=ssh.environment("ana"))
    at.accepts(f"{ui(at)}:{LANE}", env=ssh.environment("bob"))


def test_bad_commits_of_the_right_person(at: Arena, ssh: SshServer) -> None:
    bad = commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})
    ran = at.refuses(f"{bad}:{LANE}", codes=["LG101"], env=ssh.environment("bob"))
    assert codes_in(ran) == {"LG101"}
