"""`lanegate install --server`: the gate is put in place, says what it did, and can be taken back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attack_signatures import signed_policy
from tests.desk import codes
from tests.support import FILES, POLICY, REFS, Bare, Ran, lanegate, make_bare, make_clone, make_repo, policy, run, seed
from tests.support import install_by_command as install

HERE = "src/ui/here.py"
NEW = """\
hooks in {folder}
pre-receive: none → lanegate
post-receive: none → lanegate
lanegate.managed: unset → true
lanegate.trustedRef: unset → refs/heads/main
lanegate.policyPath: unset → policy/lanegate.toml
lanegate.mode: unset → enforce
lanegate.platform: unset → local
lanegate.deadline: unset → 50
lanegate.serverKey: unset → lanegate/server_key
receive.fsckObjects: unset → true
transfer.fsckObjects: unset → true
receive.shallowUpdate: unset → false
receive.denyDeleteCurrent: unset → true
receive.advertisePushOptions: unset → true
core.hooksPath: unset → hooks
server key, for [servers.main] of the policy: {key}
"""


def push_of(bare: Bare, path: str, lane: str = "ui", env: Mapping[str, str] | None = None) -> Ran:
    """A push of one commit that touches `path` in a lane, to that lane's ref, from a fresh clone."""
    number = len(list(bare.path.parent.iterdir()))
    clone = make_clone(bare, bare.path.parent / f"clone{number}")
    clone.change({path: f"{number}\n"}, "Change", lane=lane)
    return clone.push(f"+HEAD:refs/heads/lane/{lane}", env=env)


def test_install_and_uninstall(bare: Bare) -> None:
    config = bare.out("config", "--local", "--list")
    hooks = sorted((bare.path / "hooks").iterdir())
    ran = install(bare)
    key = (bare.path / "lanegate/server_key.pub").read_text().strip()
    assert (ran.code, ran.out, ran.err) == (0, NEW.format(folder=bare.path / "hooks", key=key), "")
    assert (bare.path / "lanegate/server_key").stat().st_mode & 0o777 == 0o600
    assert codes(push_of(bare, "src/core/index.py")) == {"LG101"}
    assert push_of(bare, HERE).ok
    ran = install(bare, "--uninstall")
    assert ran.ok
    assert "pre-receive: lanegate → none\npost-receive: lanegate → none\nlanegate.managed: true → unset\n" in ran.out
    assert ran.out.endswith("server key: removed; take its line out of [servers] of the policy\n")
    assert not list(bare.path.glob("lanegate/server_key*"))
    assert bare.out("config", "--local", "--list") == config
    assert sorted((bare.path / "hooks").iterdir()) == hooks
    assert push_of(bare, "src/core/index.py").ok


def test_former_values_come_back(bare: Bare) -> None:
    bare.config("receive.fsckObjects", "false")
    bare.config("transfer.fsckObjects", "false")
    bare.git("config", "--add", "transfer.fsckObjects", "1")
    before = bare.out("config", "--local", "--list")
    assert "transfer.fsckObjects: false, 1 → true\n" in install(bare).out
    install(bare, "--deadline", "9")
    install(bare, "--uninstall")
    assert bare.out("config", "--local", "--list") == before


def test_all_options(bare: Bare) -> None:
    bare.git("branch", "trunk", "main")
    ran = install(
        bare,
        *("--platform", "ssh", "--trusted-ref", "refs/heads/trunk", "--policy-path", "policy/lanegate.toml"),
        *("--identity-variable", "WHO", "--bootstrap-pusher", "ana", "--baseline", "main", "--mode", "audit"),
        *("--deadline", "12.5"),
    )
    assert ran.ok, ran.both
    keys = dict(line.split("=", 1) for line in bare.out("config", "--local", "--list").split("\n"))
    assert {key: value for key, value in keys.items() if key.startswith("lanegate.")} == {
        "lanegate.managed": "true",
        "lanegate.trustedref": "refs/heads/trunk",
        "lanegate.policypath": "policy/lanegate.toml",
        "lanegate.mode": "audit",
        "lanegate.platform": "ssh",
        "lanegate.identityvariable": "WHO",
        "lanegate.deadline": "12.5",
        "lanegate.bootstrappusher": "ana",
        "lanegate.baseline": bare.tip(),
        "lanegate.serverkey": "lanegate/server_key",
    }


def test_again_keeps_what_was_asked_for_before(bare: Bare) -> None:
    install(bare, "--platform", "ssh", "--identity-variable", "WHO", "--deadline", "9", "--baseline", "main")
    ran = install(bare, "--mode", "audit")
    assert "lanegate.deadline: 9\n" in ran.out
    assert "lanegate.identityVariable: WHO\n" in ran.out
    assert f"lanegate.baseline: {bare.tip()}\n" in ran.out
    assert "lanegate.mode: enforce → audit\n" in ran.out
    ran = install(bare, "--platform", "http-backend")
    assert "lanegate.identityVariable: WHO → REMOTE_USER\n" in ran.out
    ran = install(bare, "--platform", "local")
    assert "lanegate.identityVariable: REMOTE_USER → unset\n" in ran.out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--trusted-ref", "main"), "lanegate.trustedRef = main: expected a branch, refs/heads/…"),
        (("--policy-path", "../x"), "lanegate.policyPath = ../x: expected a path inside the repository"),
        (("--deadline", "soon"), "lanegate.deadline = soon: expected seconds"),
        (("--baseline", "nothing"), "baseline nothing is no commit of"),
        (("--mode", "off"), "invalid choice"),
        (("--platform", "gerrit"), "invalid choice"),
    ],
)
def test_wrong_options_change_nothing(bare: Bare, args: tuple[str, ...], says: str) -> None:
    config = bare.out("config", "--local", "--list")
    ran = install(bare, *args)
    assert ran.code == 2
    assert says in ran.err
    assert bare.out("config", "--local", "--list") == config
    assert not (bare.path / "hooks/pre-receive").exists()


def test_audit_lets_through_and_says_so(bare: Bare) -> None:
    install(bare, "--mode", "audit")
    ran = push_of(bare, "src/core/index.py")
    assert ran.ok
    assert codes(ran) == {"LG101"}


def test_the_hook_that_was_there(bare: Bare) -> None:
    hook = bare.path / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\ncat > {bare.path}/seen; test ! -e {bare.path}/stop\n")
    hook.chmod(0o755)
    text = hook.read_text()
    assert "the other one runs first, as pre-receive.before-lanegate" in install(bare).out
    assert push_of(bare, HERE).ok
    assert "refs/heads/lane/ui" in (bare.path / "seen").read_text()
    assert codes(push_of(bare, "src/core/index.py")) == {"LG101"}
    (bare.path / "stop").write_text("")
    ran = push_of(bare, HERE)
    assert not ran.ok
    assert codes(ran) == set()
    install(bare, "--uninstall")
    assert hook.read_text() == text


def test_delegator(bare: Bare) -> None:
    """A platform whose own pre-receive runs what is in pre-receive.d: ours goes in there, its file stays."""
    folder = bare.path / "hooks/pre-receive.d"
    folder.mkdir()
    ran = install(bare)
    assert ran.code == 2
    assert "no executable pre-receive that runs what is in it" in ran.err
    delegator = bare.path / "hooks/pre-receive"
    delegator.write_text(DELEGATOR)
    delegator.chmod(0o755)
    after = bare.path / "hooks/post-receive"
    expected = (
        f"hook in {folder}\npre-receive: none → lanegate\nhook in {after.parent}\npost-receive: none → lanegate\n"
    )
    assert install(bare).out.startswith(expected)
    after.unlink()
    (bare.path / "hooks/post-receive.d").mkdir()
    assert "no executable post-receive that runs what is in it" in install(bare).err
    shutil.copy(delegator, after)
    assert f"hook in {after}.d\npost-receive: none → lanegate\n" in install(bare).out
    assert [path.name for path in folder.iterdir()] == ["lanegate"]
    assert delegator.read_text() == after.read_text() == DELEGATOR
    assert push_of(bare, HERE).ok
    assert codes(push_of(bare, "src/core/index.py")) == {"LG101"}
    install(bare, "--uninstall")
    assert list(folder.iterdir()) == []


#: What Gitea writes, in essence.
DELEGATOR = """\
#!/usr/bin/env bash
data=$(cat)
exitcodes=""
hookname=$(basename $0)
GIT_DIR=${GIT_DIR:-$(dirname $0)/..}
for hook in ${GIT_DIR}/hooks/${hookname}.d/*; do
  test -x "${hook}" && test -f "${hook}" || continue
  echo "${data}" | "${hook}"
  exitcodes="${exitcodes} $?"
done
for i in ${exitcodes}; do
  [ ${i} -eq 0 ] || exit ${i}
done
"""


def test_a_pusher_cannot_switch_hooks_off(bare: Bare, tmp_path: Path) -> None:
    """git-receive-pack reads the configuration of whoever it runs as."""
    evil = tmp_path / "evil"
    evil.write_text("[core]\n\thooksPath = /dev/null\n[user]\n\tname = E\n\temail = e@x\n")
    env = {"GIT_CONFIG_GLOBAL": str(evil)}
    assert push_of(bare, "src/core/index.py", env=env).ok, "nothing is installed yet"
    install(bare)
    assert codes(push_of(bare, "src/core/more.py", env=env)) == {"LG101"}
    assert push_of(bare, HERE, env=env).ok


def test_the_gate_moves_with_the_repository(bare: Bare) -> None:
    install(bare)
    moved = Bare(bare.path.parent / "moved.git")
    bare.path.rename(moved.path)
    assert codes(push_of(moved, "src/core/index.py")) == {"LG101"}
    assert push_of(moved, HERE).ok


def test_hooks_path_of_the_machine(bare: Bare, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    bare.git("config", "--global", "core.hooksPath", str(shared))
    ran = install(bare)
    assert ran.code == 2
    assert f"core.hooksPath is {shared}: git looks for hooks there" in ran.err
    assert install(bare, "--force").ok
    assert codes(push_of(bare, "src/core/index.py")) == {"LG101"}


def test_a_server_with_worktrees(bare: Bare, tmp_path: Path) -> None:
    """A relative core.hooksPath would lead the hooks of a linked worktree into its own files."""
    bare.git("worktree", "add", "-q", "-b", "lane/ui", str(tmp_path / "tree"))
    assert f"core.hooksPath: unset → {bare.path}/hooks\n" in install(bare).out
    assert codes(push_of(bare, "src/core/index.py", lane="core")) == set()
    assert codes(push_of(bare, HERE, lane="core")) == {"LG101"}


def test_what_is_no_server(tmp_path: Path, bare: Bare) -> None:
    work = make_repo(tmp_path / "work")
    for path, says in (
        (tmp_path / "missing", "cannot"),
        (tmp_path, "not a git repository"),
        (work.path, "has a work tree: people push to a bare repository"),
        (work.path / ".git", "has a work tree"),
        (bare.path / "objects", "is not a repository itself, it lies inside"),
    ):
        ran = install(Bare(path)) if path.exists() else lanegate("install", "--server", str(path), cwd=tmp_path)
        assert ran.code == 2, (path, ran.both)
        assert says in ran.err, (path, ran.err)
        assert "Traceback" not in ran.err


def test_a_repository_of_somebody_else(bare: Bare, tmp_path: Path) -> None:
    """git's own switch for its tests: the repository counts as another user's, as after a copy by root."""
    foreign = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    ran = install(bare, env=foreign)
    assert ran.code == 2
    assert f"if you trust it: git config --global --add safe.directory {bare.path}" in ran.err
    bare.git("config", "--global", "--add", "safe.directory", str(bare.path))
    assert install(bare, env=foreign).ok


def test_shallow_server(bare: Bare, tmp_path: Path) -> None:
    work = make_clone(bare, tmp_path / "work")
    work.change({HERE: "1\n"}, "More", lane="ui")
    run(["git", "clone", "-q", "--bare", "--depth=1", f"file://{work.path}", str(tmp_path / "cut.git")], cwd=tmp_path)
    ran = install(Bare(tmp_path / "cut.git"))
    assert ran.code == 2
    assert "is shallow, its history is cut off" in ran.err


def test_sha256(tmp_path: Path) -> None:
    bare = make_bare(tmp_path / "server.git", "--object-format=sha256")
    work = make_repo(tmp_path / "start")
    run(["git", "init", "-q", "-b", "main", "--object-format=sha256", str(tmp_path / "sha")], cwd=tmp_path, check=True)
    start = type(work)(tmp_path / "sha")
    start.change({"policy/lanegate.toml": POLICY, "src/core/index.py": "1\n"}, "Start", lane="core")
    bare.git("fetch", "-q", str(start.path), "main:main")
    assert install(bare).ok
    assert codes(push_of(bare, "src/core/index.py")) == {"LG101"}
    assert push_of(bare, HERE).ok


def test_without_a_policy_it_says_what_will_happen(tmp_path: Path) -> None:
    empty = make_bare(tmp_path / "server.git")
    ran = install(empty)
    assert ran.code == 0
    assert (
        ran.err
        == "note: refs/heads/main does not exist yet: every push is refused (LG901) until a policy stands there\n"
    )
    ran = install(empty, "--bootstrap-pusher", "ana", "--platform", "ssh")
    assert (
        ran.err == "note: refs/heads/main does not exist yet: every push is refused (LG901) until ana brings a policy\n"
    )
    plain = make_bare(tmp_path / "plain.git")
    seed(plain, {"a": "1\n"}, text=None)
    assert "there is no policy at policy/lanegate.toml" in install(plain).err


def test_people_and_nobody_to_know_them(bare: Bare, tmp_path: Path) -> None:
    other = make_bare(tmp_path / "people.git")
    seed(other, FILES, text=policy(identity="pusher"))
    ran = install(other)
    assert ran.code == 0
    assert "platform local authenticates nobody: every push is refused (LG907)" in ran.err
    assert install(other, "--platform", "ssh").err == ""
    assert codes(push_of(other, HERE)) == {"LG907"}
    assert push_of(other, HERE, env={"SSH_CONNECTION": "1 2 3 4", "LANEGATE_PUSHER": "bob"}).ok


def test_signatures_do_without_somebody_who_knows_people(tmp_path: Path) -> None:
    """But for refs whose rule names who may push."""
    guarded = REFS.replace('main"\n', 'main"\npushers = ["maintainer"]\n', 1)
    for number, identity in enumerate(("signature", "either")):
        free, bound = make_bare(tmp_path / f"free{number}.git"), make_bare(tmp_path / f"bound{number}.git")
        seed(free, FILES, text=signed_policy(identity))
        seed(bound, FILES, text=signed_policy(identity, pushers=True, refs=guarded))
        assert install(free).err == ""
        said = "the policy says who may push to refs/heads/main, and platform local authenticates nobody"
        expected = f"note: {said}: pushes there are refused (LG907) until --platform says who pushes\n"
        assert install(bound).err == expected
        assert install(bound, "--platform", "ssh").err == ""


def test_a_folder_that_cannot_be_written(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not write gets words and nothing half done. root may write everything, so something is in the way."""
    hooks = bare.path / "hooks"
    for path in hooks.iterdir():
        path.unlink()
    hooks.rmdir()
    hooks.write_text("in the way")
    ran = install(bare)
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert ran.err
    assert bare.git("config", "lanegate.managed", check=False).out == ""
    assert os.path.isfile(hooks)
