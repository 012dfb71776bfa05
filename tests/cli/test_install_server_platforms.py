"""`lanegate install --server`: the key that signs landings, and what is different on some platforms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.attack_signatures import key_file, key_line
from tests.desk import codes
from tests.support import Bare, make_clone
from tests.support import install_by_command as install

HERE = "src/ui/here.py"


def test_a_key_of_ones_own_stays(bare: Bare, tmp_path: Path) -> None:
    """A key that the administrator set is used, shown, and neither replaced nor taken away."""
    own = key_file("server")
    bare.config("lanegate.serverKey", str(own))
    ran = install(bare)
    assert f"lanegate.serverKey: {own}\n" in ran.out
    assert f"server key, for [servers.main] of the policy: {key_line('server').rpartition(' ')[0]}" in ran.out
    assert not (bare.path / "lanegate/server_key").exists()
    ran = install(bare, "--uninstall")
    assert "server key: removed" not in ran.out
    assert own.exists()
    assert bare.out("config", "lanegate.serverKey") == str(own)


def test_the_key_stays_the_same(bare: Bare) -> None:
    install(bare)
    key = (bare.path / "lanegate/server_key").read_text()
    ran = install(bare, "--mode", "audit")
    assert "lanegate.serverKey: lanegate/server_key\n" in ran.out
    assert (bare.path / "lanegate/server_key").read_text() == key


def test_a_key_that_cannot_be_used(bare: Bare) -> None:
    bare.config("lanegate.serverKey", "/nowhere/key")
    ran = install(bare)
    assert ran.code == 0
    assert ran.err == "note: the server's key /nowhere/key is not there: landings are not recorded\n"
    (bare.path / "lanegate/broken").write_text("no key\n")
    (bare.path / "lanegate/broken").chmod(0o600)
    bare.config("lanegate.serverKey", "lanegate/broken")
    assert "note: ssh-keygen: " in install(bare).err


def test_without_ssh_keygen(bare: Bare, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    ran = install(bare, env={"PATH": str(folder)})
    assert ran.code == 0
    assert ran.err == "note: there is no ssh-keygen here: landings cannot be signed, so they are not recorded\n"
    assert bare.git("config", "lanegate.serverKey", check=False).out == ""
    clone = make_clone(bare, tmp_path / "clone")
    clone.change({"src/core/index.py": "2\n"}, lane="ui")
    assert codes(clone.push("HEAD:refs/heads/lane/ui")) == {"LG101"}


@pytest.mark.parametrize("log", ["ledger", "locks"])
def test_records_that_were_there_before(bare: Bare, log: str) -> None:
    """Nobody guarded them until now, and from now on they count: the administrator is told, once."""
    bare.git("update-ref", f"refs/lanegate/{log}", "refs/heads/main")
    [note] = install(bare).err.splitlines()
    assert note.startswith(f"note: refs/lanegate/{log} was here before, and its records count now: ")
    assert install(bare).err == ""


def test_deadline_of_the_platform(bare: Bare) -> None:
    """Five seconds are all there is on GitHub Enterprise; a deadline that was asked for stays."""
    assert "lanegate.deadline: unset → 4\n" in install(bare, "--platform", "github-enterprise").out
    assert "lanegate.deadline: 4 → 50\n" in install(bare, "--platform", "gitea").out
    assert "lanegate.deadline: 50 → 9\n" in install(bare, "--deadline", "9").out
    assert "lanegate.deadline: 9\n" in install(bare, "--platform", "github-enterprise").out


def test_hooks_where_gitlab_looks(bare: Bare, tmp_path: Path) -> None:
    """Gitaly sets core.hooksPath itself and runs what lies in custom_hooks."""
    ran = install(bare, "--platform", "gitlab")
    assert ran.out.startswith(f"hooks in {bare.path}/custom_hooks\npre-receive: none → lanegate\n")
    assert bare.git("config", "--local", "core.hooksPath", check=False).out == ""
    clone = make_clone(bare, tmp_path / "clone")
    clone.git("config", "remote.origin.receivepack", f"git -c core.hooksPath={bare.path}/custom_hooks receive-pack")
    clone.change({"src/core/index.py": "2\n"}, lane="ui")
    ran = clone.push("HEAD:refs/heads/lane/ui")
    assert codes(ran) == {"LG101"}
    assert "remote: GL-HOOK-ERR: lanegate: refused (1 problem" in ran.err
    said = [line for line in ran.err.split("\n") if line.startswith("remote: ") and line.strip() != "remote:"]
    assert all(line.startswith("remote: GL-HOOK-ERR: ") for line in said), ran.err
    clone.git("reset", "-q", "--hard", "origin/main")
    clone.change({HERE: "2\n"}, lane="ui")
    ran = clone.push("HEAD:refs/heads/lane/ui")
    assert ran.ok
    assert "GL-HOOK-ERR" not in ran.err
    install(bare, "--uninstall")
    assert list((bare.path / "custom_hooks").iterdir()) == []
