"""A gitolite server on the loopback interface: Debian's gitolite3 behind the real sshd, in a home of the test.

People come with keys, through the forced command that gitolite itself wrote into authorized_keys; rules are pushed to
gitolite-admin, as an administrator does.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.attack_ssh import CLIENT_CONFIG, CONFIG, SEARCHED, free_port, listening, make_keys
from tests.support import Bare, Ran, run

#: gitolite reads its own rules from `master`.
_GIT_CONFIG = "[user]\nname = Git\nemail = git@example.org\n[init]\ndefaultBranch = master\n[gc]\nauto = 0\n"


@dataclass(frozen=True, slots=True)
class Gitolite:
    """folder: keys by person, and `server`, the home of the account. admin: who may push rules. port: of sshd."""

    folder: Path
    admin: str
    port: int

    @property
    def home(self) -> Path:
        return self.folder / "server"

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the account that gitolite runs under."""
        return {"HOME": str(self.home), "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig")}

    def account(self, *argv: str) -> Ran:
        """Run a program as the account."""
        return run(list(argv), cwd=self.home, env=self.environment, check=True)

    def person(self, name: str) -> Mapping[str, str]:
        """What somebody sets to be reached by his key."""
        ssh = f"ssh -F {shlex.quote(str(self.folder / 'ssh_config'))} -i {shlex.quote(str(self.folder / name))}"
        return {"GIT_SSH_COMMAND": ssh, "GIT_SSH_VARIANT": "ssh"}

    def address(self, repository: str) -> str:
        return f"ssh://127.0.0.1:{self.port}/{repository}"

    def repository(self, name: str) -> Bare:
        return Bare(self.home / "repositories" / f"{name}.git")

    def configure(self, rules: str, *people: str) -> None:
        """Push rules and people's keys to gitolite-admin."""
        mine = self.person(self.admin)
        work = self.folder / "gitolite-admin"
        run(["git", "clone", "-q", self.address("gitolite-admin"), str(work)], cwd=self.folder, env=mine, check=True)
        for name in people:
            shutil.copy(self.folder / f"{name}.pub", work / "keydir")
        (work / "conf/gitolite.conf").write_text(f"repo gitolite-admin\n    RW+ = {self.admin}\n{rules}")
        for command in (["add", "-A"], ["commit", "-q", "-m", "Rules"], ["push", "-q", "origin", "master"]):
            run(["git", *command], cwd=work, env=mine, check=True)


@contextmanager
def gitolite(folder: Path, admin: str, *people: str) -> Iterator[Gitolite]:
    """A server that `admin` administers; the others have keys, and come in once they are configured."""
    make_keys(folder, "host", admin, *people)
    here = Gitolite(folder, admin, free_port())
    here.home.mkdir()
    (here.home / ".gitconfig").write_text(_GIT_CONFIG)
    here.account("gitolite", "setup", "-pk", str(folder / f"{admin}.pub"))
    config = CONFIG.format(port=here.port, folder=folder, authorized=here.home / ".ssh/authorized_keys")
    (folder / "sshd_config").write_text(f"{config}SetEnv HOME={here.home}\n")
    (folder / "ssh_config").write_text(CLIENT_CONFIG)
    sshd = shutil.which("sshd", path=SEARCHED)
    assert sshd is not None, "sshd is not installed"
    run([sshd, "-t", "-f", str(folder / "sshd_config")], cwd=folder, check=True)
    with listening(sshd, folder, here.port):
        yield here
