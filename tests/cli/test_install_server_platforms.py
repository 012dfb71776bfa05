"""`lanegate install --server`: the key that signs landings, and what is different on some platforms."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lanegate.usecases import install_server as gate
from lanegate.usecases.platforms import PLATFORMS
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


@pytest.mark.parametrize(("name", "means"), [("plain", "local"), ("forgejo", "gitea"), ("ghes", "github-enterprise")])
def test_other_names_of_platforms(bare: Bare, name: str, means: str) -> None:
    """One set of settings, whatever the administrator calls it."""
    assert f"lanegate.platform: unset → {means}\n" in install(bare, "--platform", name).out


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file, link and folder below a folder with its mode and content."""

    def content(path: Path) -> bytes:
        if path.is_symlink():
            return bytes(path.readlink())
        return path.read_bytes() if path.is_file() else b""

    return {str(path.relative_to(folder)): (path.lstat().st_mode, content(path)) for path in folder.rglob("*")}


def write_hook(path: Path, text: str, mode: int = 0o755) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_uninstall_restores_what_was_there(bare: Bare, platform: str) -> None:
    """To the byte and the mode, folders too, also after an installation as another platform."""
    bare.config("receive.denyDeleteCurrent", "warn")
    bare.config("receive.fsckObjects", "false")
    hooks = bare.path / PLATFORMS[platform].hooks
    write_hook(hooks / "pre-receive", "#!/bin/sh\ncat >/dev/null\n", 0o750)
    (hooks / "post-receive").symlink_to("/opt/mail")
    if platform == "gitea":
        for hook in ("pre-receive", "post-receive"):
            write_hook(hooks / f"{hook}.d/gitea", "#!/bin/sh\n", 0o700)
        write_hook(bare.path / "hooks/other", "")
        (hooks / "post-receive").unlink()
        write_hook(hooks / "post-receive", "#!/bin/sh\n")
    before = everything(bare.path)
    gate.install_server(str(bare.path), gate.ServerOptions(platform="ssh"))
    gate.install_server(str(bare.path), gate.ServerOptions(platform=platform))
    assert everything(bare.path) != before
    gate.uninstall_server(str(bare.path))
    assert everything(bare.path) == before


def test_another_platform_takes_its_hooks_along(bare: Bare) -> None:
    """What lies where the new platform does not look is taken away; what was there comes back."""
    write_hook(bare.path / "hooks/pre-receive", "#!/bin/sh\nexit 0\n")
    install(bare)
    ran = install(bare, "--platform", "gitlab")
    assert f"hooks in {bare.path}/hooks\npre-receive: lanegate → the hook that stood here before\n" in ran.out
    assert (bare.path / "hooks/pre-receive").read_text() == "#!/bin/sh\nexit 0\n"
    assert (bare.path / "custom_hooks/pre-receive.d/lanegate").exists()
    install(bare, "--platform", "local")
    assert (bare.path / "hooks/pre-receive.before-lanegate").exists()
    assert not (bare.path / "custom_hooks/pre-receive.d/lanegate").exists()


@pytest.mark.parametrize("is_link", [True, False])
def test_a_hook_that_is_put_back_in_its_place(bare: Bare, tmp_path: Path, is_link: bool) -> None:
    """`gitolite setup` links the hooks of LOCAL_CODE into each repository, over lanegate's: install again mends it."""
    hook, common = bare.path / "hooks/pre-receive", tmp_path / "common"
    write_hook(common, "#!/bin/sh\ncat >/dev/null\n")

    def gitolite_setup() -> None:
        hook.unlink(missing_ok=True)
        if is_link:
            hook.symlink_to(common)
        else:
            shutil.copy(common, hook)

    gitolite_setup()
    before = everything(bare.path)
    install(bare, "--platform", "gitolite")
    gitolite_setup()
    ran = install(bare, "--platform", "gitolite")
    assert ran.ok, ran.both
    assert "lanegate hook: pre-receive" in hook.read_text()
    gitolite_setup()
    write_hook(common, "#!/bin/sh\nexit 1\n")
    if not is_link:  # another one than was put aside: nobody knows which of the two is wanted
        gitolite_setup()
        assert "is not lanegate's, and pre-receive.before-lanegate is there already" in install(bare).err
        write_hook(common, "#!/bin/sh\ncat >/dev/null\n")
        gitolite_setup()
    install(bare)
    install(bare, "--uninstall")
    assert everything(bare.path) == before
