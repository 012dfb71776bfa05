"""Two lanes change this very repository, through hooks and a server: what gets in, what is refused, and where.

Clones the checkout that this file is in into a bare server with lanegate's pre-receive hook, opens two lanes in
worktrees under the project's own policy, and makes real commits and pushes. Every command is shown as it is run. Exit 0
only if every outcome was the expected one, its rule code included.

usage: python docs/demo.py [--keep]       (or `make demo`); --keep leaves the repositories there to look at

Needs the Python standard library, git, and lanegate installed beside this Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
POLICY = "policy/lanegate.toml"
GITCONFIG = """\
[user]
  name = Demo
  email = demo@example.org
[init]
  defaultBranch = main
[push]
  default = current
[safe]
  directory = *
[advice]
  pushUpdateRejected = false
"""


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


class Paper:
    """Where the transcript goes: plain text, with colour on a terminal."""

    def __init__(self) -> None:
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str = "", colour: str = "") -> None:
        print(f"\x1b[{colour}m{text}\x1b[0m" if colour and self._colour else text, flush=True)

    def title(self, text: str) -> None:
        self.say(f"\n{text}", "1")

    def command(self, where: str, text: str) -> None:
        self.say(f"{where}$ {text}", "36")

    def output(self, text: str) -> None:
        for line in text.rstrip().splitlines():
            self.say(f"  {line}".rstrip())

    def outcome(self, text: str, *, expected: bool) -> None:
        self.say(f"{'==' if expected else '!!'} {text}", "32" if expected else "31;1")


class Demo:
    """Runs commands in a folder of their own and compares what happens with what should."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paper = Paper()
        self.outcomes: list[bool] = []
        self._environment = self._hermetic()

    def _hermetic(self) -> dict[str, str]:
        """This machine's environment without its git and lanegate settings, lanegate of this Python first."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "LANEGATE_"))}
        (self.folder / "gitconfig").write_text(GITCONFIG)
        return kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }

    def has(self, program: str) -> bool:
        return shutil.which(program, path=self._environment["PATH"]) is not None

    def quietly(self, *argv: str) -> str:
        """Standard output of a command that is not part of the story. Raises DemoError with its words when it fails."""
        done = subprocess.run(
            argv, cwd=self.folder, env=self._environment, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode != 0:
            raise DemoError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr.strip()}")
        return done.stdout.strip()

    def run(self, where: str, text: str) -> tuple[int, str]:
        """Shows a shell command, runs it in a folder of the demo, shows what it printed. (exit status, output)."""
        self.paper.command(where, text)
        done = subprocess.run(
            ["/bin/sh", "-c", text],
            cwd=self.folder / where,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        said = done.stdout.replace(f"{self.folder}/", "")
        self.paper.output(said)
        return done.returncode, said

    def must(self, where: str, text: str) -> None:
        """A step that only prepares the next one."""
        status, _ = self.run(where, text)
        if status != 0:
            raise DemoError(f"this should have worked (exit {status})")

    def accepted(self, where: str, text: str, words: str) -> None:
        status, _ = self.run(where, text)
        expected = status == 0
        self._record(words if expected else f"expected to be allowed, but exit {status}", expected)

    def refused(self, where: str, text: str, code: str, words: str) -> None:
        """The command fails, and the only rule code it names is this one."""
        status, said = self.run(where, text)
        codes = sorted(set(re.findall(r"\bLG\d{3}\b", said)))
        expected = status != 0 and codes == [code]
        got = f"exit {status}, {', '.join(codes) or 'no code'}"
        self._record(f"{words} ({code})" if expected else f"expected a refusal with {code}, got: {got}", expected)

    def _record(self, words: str, expected: bool) -> None:
        self.outcomes.append(expected)
        self.paper.outcome(words, expected=expected)


def check_machine(demo: Demo) -> None:
    if not demo.has("git"):
        raise DemoError("git is not on the PATH")
    if not demo.has("lanegate"):
        raise DemoError("lanegate is not installed: run `make demo`")


def server_from_checkout(demo: Demo) -> str:
    """Clones the checkout, puts its current commit on main, and returns that commit's id."""
    if demo.quietly("git", "-C", str(CHECKOUT), "rev-parse", "--is-shallow-repository") == "true":
        raise DemoError(
            "this checkout is shallow; the server needs its history: git fetch --unshallow (CI: fetch-depth: 0)"
        )
    tip = demo.quietly("git", "-C", str(CHECKOUT), "rev-parse", "HEAD")
    demo.quietly("git", "-C", str(CHECKOUT), "cat-file", "-e", f"{tip}:{POLICY}")
    demo.paper.command(".", "git clone --quiet --bare LANEGATE-CHECKOUT server.git")
    demo.quietly("git", "clone", "--quiet", "--bare", str(CHECKOUT), "server.git")
    server = ("git", "-C", "server.git")
    # a CI checkout has a detached HEAD; a developer's has branches that could be in the demo's way
    demo.quietly(*server, "update-ref", "--no-deref", "HEAD", tip)
    for ref in demo.quietly(*server, "for-each-ref", "--format=%(refname)", "refs/heads").splitlines():
        demo.quietly(*server, "update-ref", "-d", ref)
    demo.quietly(*server, "update-ref", "refs/heads/main", tip)
    demo.quietly(*server, "symbolic-ref", "HEAD", "refs/heads/main")
    return tip


def set_up(demo: Demo) -> str:
    demo.paper.title("A server with the hook; a clone; two lanes, each in a worktree")
    start = server_from_checkout(demo)
    demo.must(".", "lanegate install --server server.git --platform local")
    demo.must(".", "git clone --quiet server.git lead")
    demo.must("lead", "lanegate install")
    for lane in ("core", "client"):
        demo.must("lead", f"git worktree add --quiet -b lane/{lane} ../{lane}")
        demo.must(lane, f"lanegate lane use {lane}")
    return start


def own_path(demo: Demo) -> None:
    demo.paper.title("core changes what it owns")
    demo.must("core", "echo '# a change by core' >> lanegate/core/decision.py")
    demo.accepted("core", "git commit --quiet -a -m 'Change the decision'", "allowed at commit")
    demo.must("core", "git log -1 --format=%B")
    demo.accepted("core", "git push --quiet origin lane/core", "allowed by the server")


def other_lane(demo: Demo) -> None:
    demo.paper.title("client changes a file of core")
    demo.must("client", "echo '# a change by client' >> lanegate/core/decision.py")
    commit = "git commit --quiet -a -m 'Change the decision too'"
    demo.refused("client", commit, "LG101", "refused at commit")
    demo.paper.title("client insists")
    demo.must("client", f"{commit} --no-verify")
    demo.refused("client", "git push --quiet --no-verify origin lane/client", "LG101", "refused by the server")
    demo.must("client", "git reset --quiet --hard origin/main")


def move(demo: Demo) -> None:
    demo.paper.title("client moves a file of core to its own folder; most tools would show the new name only")
    demo.must("client", "git mv lanegate/core/decision.py lanegate/cli/decision.py")
    demo.must("client", "git commit --quiet --no-verify -m 'Move it here'")
    demo.must("client", "git show --name-only --format=%s")
    demo.refused("client", "git push --quiet --no-verify origin lane/client", "LG101", "refused by the server")
    demo.must("client", "git reset --quiet --hard origin/main")


def honest_merge(demo: Demo) -> None:
    demo.paper.title("client changes what it owns, and both lanes are merged")
    demo.must("client", "echo '# a change by client' >> lanegate/cli/hooks.py")
    demo.must("client", "git commit --quiet -a -m 'Change the hooks'")
    demo.accepted("client", "git push --quiet origin lane/client", "allowed by the server")
    demo.must("lead", "git merge --quiet --no-ff -m 'Merge core' lane/core")
    demo.must("lead", "git merge --quiet --no-ff -m 'Merge client' lane/client")
    demo.accepted("lead", "git push --quiet origin main", "allowed by the server: clean merges need no lane")


def evil_merge(demo: Demo) -> None:
    demo.paper.title("a merge that slips in a change of its own")
    demo.must("core", "echo '# another change by core' >> lanegate/core/decision.py")
    demo.must("core", "git commit --quiet -a -m 'Change the decision again'")
    demo.must("lead", "git merge --quiet --no-ff --no-commit lane/core")
    demo.must("lead", "echo '# nobody reviews merges' >> lanegate/cli/hooks.py")
    demo.must("lead", "git commit --quiet -a --no-verify -m 'Merge core' --trailer 'Lane: core'")
    demo.refused("lead", "git push --quiet --no-verify origin main", "LG101", "refused by the server")


def verify(demo: Demo, start: str) -> None:
    demo.paper.title("Anybody can judge the result again from a clone: the CI job")
    demo.must(".", "git clone --quiet server.git ci")
    demo.accepted("ci", f"lanegate verify {start[:10]}..main", "what the server accepted, verify accepts")


def play(demo: Demo) -> None:
    start = set_up(demo)
    own_path(demo)
    other_lane(demo)
    move(demo)
    honest_merge(demo)
    evil_merge(demo)
    verify(demo, start)


def main(argv: list[str]) -> int:
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="lanegate-demo-")).resolve()
    demo = Demo(folder)
    try:
        check_machine(demo)
        play(demo)
    except DemoError as error:
        demo.paper.outcome(f"stopped: {error}", expected=False)
        return 1
    finally:
        if "--keep" in argv:
            demo.paper.say(f"\nkept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    good, seconds = sum(demo.outcomes), time.monotonic() - started
    demo.paper.title(f"{good} of {len(demo.outcomes)} outcomes as expected, {seconds:.0f} s")
    return 0 if all(demo.outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
