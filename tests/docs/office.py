"""An office: people with homes, keys and clones, and a server that knows them; they play the consoles of a document.

A line of a console says who: `bob$ command` runs in bob's clone, once he has one, with bob's configuration, and what
he pushes comes over ssh as bob (tests/docs/sshd.py); `server$` is the administrator. What is below `/srv/git` and
`/home` in the document is below a folder of the test.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.docs.console import blocks
from tests.docs.sshd import sshd
from tests.support import POLICY_PATH, hermetic_environment, run

LINE = re.compile(r"^(?P<who>[a-z]+)\$ (?P<command>.*)$")
#: Each person's editor: completes the draft of a gate report, as a reviewer does who is content.
_EDITOR = """\
#!/bin/sh
sed -i -e 's/^met = false/met = true/' -e 's/^evidence = ""/evidence = "tried it"/' -e 's/^items = .*/none = true/' \\
  -e 's/^assumptions = .*/no_assumptions = true/' -e 's/^decision = .*/decision = "accepted"/' \\
  -e 's/^\\(architecture\\|docs\\|policy\\) = ""/\\1 = "as agreed"/' -e 's/^next = ""/next = "land it"/' "$@"
"""


@dataclass(frozen=True, slots=True)
class Office:
    """Everything is below `root`: `home/NAME`, and `srv/git` of the server."""

    root: Path
    clone: str = "shop"

    def hire(self, *names: str) -> None:
        """Give each a home, an SSH key `id_ed25519` in it, an editor, and a way to the server."""
        for name in names:
            home = self.root / "home" / name
            (home / ".ssh").mkdir(parents=True)
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@laptop", "-f", "id_ed25519"]
            run(command, cwd=home / ".ssh", check=True)
            config = hermetic_environment(home)["GIT_CONFIG_GLOBAL"]
            for key, value in (("user.name", name.title()), ("user.email", f"{name}@example.org")):
                run(["git", "config", "--file", config, key, value], cwd=home, check=True)
            sshd(home / "ssh", name)
            self._program(home / "editor", _EDITOR)

    def key(self, name: str) -> str:
        """The line of somebody's public key."""
        return (self.root / "home" / name / ".ssh" / "id_ed25519.pub").read_text().strip()

    def settle(self, text: str) -> str:
        """A policy of the document with the keys that were made here, told by their comments."""
        for name in (self.root / "home").iterdir():
            text = re.sub(rf"ssh-ed25519 \S+ {name.name}@laptop", self.key(name.name), text)
        server = self.repository() / "lanegate" / "server_key.pub"
        if server.exists():
            text = re.sub(r"ssh-ed25519 \S+ lanegate", server.read_text().strip(), text)
        return text

    def repository(self) -> Path:
        """Where the server keeps its repository; the folder around it is there."""
        folder = self.root / "srv" / "git"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "shop.git"

    def write(self, who: str, path: str, text: str) -> None:
        """Somebody writes a file of his clone, a policy with the keys of this office."""
        file = self.place(who) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.settle(text))

    def everybody(self, script: str) -> None:
        """Each person runs a script at home."""
        for home in sorted((self.root / "home").iterdir()):
            run(["/bin/sh", "-e", "-c", self._inside(script)], cwd=home, env=self._environment(home.name), check=True)

    def place(self, who: str) -> Path:
        """The folder that somebody's commands run in."""
        if who == "server":
            return self.root
        home = self.root / "home" / who
        home.mkdir(parents=True, exist_ok=True)
        return home / self.clone if (home / self.clone).is_dir() else home

    def run(self, who: str, command: str) -> str:
        """What a command prints, in one stream, with the document's folders."""
        done = subprocess.run(
            ["/bin/sh", "-c", self._inside(command)],
            cwd=self.place(who),
            env=self._environment(who),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return re.sub(r" +$", "", done.stdout.replace(f"{self.root}/", "/"), flags=re.M)

    def play(self, body: str) -> str:
        """A console with the output of each command replaced by what it prints now."""
        lines = [found for line in body.splitlines() if (found := LINE.match(line))]
        return "".join(f"{line[0]}\n{self.run(line['who'], line['command'])}" for line in lines)

    def perform(self, text: str) -> str:
        """A text with its consoles played, in order with what its other blocks say: ana writes a policy, everybody runs
        a script."""
        for block in blocks(text, "toml", "sh", "console"):
            if block.language == "toml":
                self.write("ana", POLICY_PATH, block.body)
            elif block.language == "sh":
                self.everybody(block.body)
            else:
                text = text.replace(block.whole, f"```console\n{self.play(block.body)}```", 1)
        return text

    def _environment(self, who: str) -> dict[str, str]:
        if who in ("server", "ci"):
            return dict(os.environ)
        home = self.root / "home" / who
        return {
            **os.environ,
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "GIT_SSH": str(home / "ssh"),
            "GIT_SSH_VARIANT": "simple",
            "EDITOR": str(home / "editor"),
        }

    def _inside(self, command: str) -> str:
        return re.sub(r"/(srv/git|home)(?=/)", rf"{self.root}/\1", command)

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)
