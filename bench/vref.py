"""What path rules add to a large push: gitolite's VREF/NAME against lanegate's pre-receive hook.

usage: python bench/vref.py [--rounds N] [--commits N]

A gitolite server in a throw-away HOME, set up by `gitolite setup -pk`, holds copies of one generated repository that
differ in what guards their paths. 1,600 commits of user ana, another history each round, are pushed to an existing
branch of each in turn. What a guard adds is the time of its push minus that of the same push, in the same round, to the
copy without rules about paths. Two kinds of rules, 696 paths each:

- allow: ana may change these paths and no others. `RW VREF/NAME/… = ana` for each, `- VREF/NAME/ = ana` last; for
  lanegate the owned_paths of ana's lane. gitolite takes the first rule that matches: they stand in random order.
- deny: ana may change everything else. `- VREF/NAME/… = ana` for each; `/**` and a `!` pattern for each.

Both judge under the name that gitolite authenticated. They do not do the same work: VREF/NAME looks at the names in
`git diff old new`, lanegate at every commit. Pushes outside of the paths are tried first, and show it.

The push goes through `gitolite-shell`, started by the very command that gitolite wrote into authorized_keys with the
two variables that sshd sets. ssh itself is left out: it would cost all copies the same.

Prints medians, and how many times more VREF/NAME adds than lanegate: the median of the rounds, smallest and largest.
The bar is 15. Exit status 2 where there is no gitolite.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import measure
from generate import AREAS, FILES, FOLDERS, START, generate, path_of

BAR = 15
USER = "ana"
BRANCH = "refs/heads/lane/all"
PLAIN = "plain"
#: Of so many folders one has a rule for each of its files: 456 rules for folders, 240 for files.
FILE_BY_FILE = 20
#: A path that both kinds of rules keep ana from.
FORBIDDEN = "other" + path_of(0).removeprefix("src")

_MISSING = """\
bench/vref.py measures gitolite 3, and there is no `gitolite` on the PATH.
Debian and Ubuntu: apt-get install gitolite3, as root; without an admin key in its configuration it sets nothing up.
Elsewhere: https://gitolite.com/gitolite/install.html"""

#: gitolite reads its own rules from `master`.
_GIT_CONFIG = """\
[user]
name = Bench
email = bench@example.org
[init]
defaultBranch = master
[gc]
auto = 0
"""

#: In place of ssh and sshd: the forced command, in an environment as sshd makes it. The last argument is what git asks.
_SSH = """\
#!/bin/sh
while [ $# -gt 1 ]; do shift; done
exec env -i PATH={path} HOME={home} SSH_CONNECTION='127.0.0.1 50000 127.0.0.1 22' SSH_ORIGINAL_COMMAND="$1" {forced}
"""


class Guard(NamedTuple):
    """The same rules for both: lines of gitolite.conf, owned_paths of a lane."""

    kind: str
    refexes: list[str]
    patterns: list[str]

    @property
    def vref(self) -> str:
        return f"vref-{self.kind}"

    @property
    def lanegate(self) -> str:
        return f"lanegate-{self.kind}"

    def policy(self) -> str:
        listed = "".join(f'  "{pattern}",\n' for pattern in self.patterns)
        return (
            f'version = 1\nidentity = "pusher"\n\n[people.{USER}]\npushers = ["{USER}"]\n\n'
            f'[roles]\nmaintainer = ["{USER}"]\n\n'
            f'[lanes.all]\nowners = ["{USER}"]\nowned_paths = [\n{listed}]\n\n'
            '[[refs]]\nname = "refs/heads/main"\n\n[[refs]]\nname = "refs/heads/lane/{lane}"\n'
        )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="pushes to each copy")
    parser.add_argument("--commits", type=int, default=1_600, help="commits of a push, or a few more")
    return parser.parse_args()


def paths() -> list[str]:
    """Folders (with a slash at the end) and files that hold each generated path exactly once, in random order."""
    found: list[str] = []
    for folder in range(AREAS * FOLDERS):
        files = [path_of(number) for number in range(folder * FILES, (folder + 1) * FILES)]
        found += files if folder % FILE_BY_FILE == 0 else [files[0].rpartition("/")[0] + "/"]
    random.Random(1).shuffle(found)
    return found


def guards(allowed: Sequence[str]) -> tuple[Guard, Guard]:
    def lines(word: str, named: Sequence[str]) -> list[str]:
        """A refex is a regular expression from the start of the path."""
        refexes = [re.escape(path) + ("" if path.endswith("/") else "$") for path in named]
        return [f"    {word:3} VREF/NAME/{refex} = {USER}\n" for refex in refexes]

    denied = ["other" + path.removeprefix("src") for path in allowed]
    return (
        Guard("allow", [*lines("RW", allowed), f"    -   VREF/NAME/ = {USER}\n"], [f"/{path}" for path in allowed]),
        Guard("deny", lines("-", denied), ["/**", *(f"!/{path}" for path in denied)]),
    )


class Server:
    """gitolite, its repositories, and a client of user ana, in a folder of their own."""

    def __init__(self, folder: Path, guarded: Sequence[Guard]) -> None:
        self.folder = folder
        self.names = [PLAIN, *(name for guard in guarded for name in (guard.vref, guard.lanegate))]
        self.home = folder / "server"
        self.home.mkdir()
        self.home.joinpath(".gitconfig").write_text(_GIT_CONFIG)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GL_", "LANEGATE_"))}
        self.environment = kept | {"HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        self.do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", USER, "-f", str(folder / USER))
        self.do("gitolite", "setup", "-pk", str(folder / f"{USER}.pub"))
        self.environment |= {"GIT_SSH": str(self._ssh()), "GIT_SSH_VARIANT": "simple"}
        self._configure({guard.vref: guard.refexes for guard in guarded})

    def do(self, *argv: str, where: Path | None = None, given: str | None = None) -> str:
        """Runs a program, raises SystemExit with its words when it fails. Returns its output."""
        done = subprocess.run(
            argv, cwd=where or self.folder, env=self.environment, input=given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"exit {done.returncode} from: {' '.join(argv)}\n{done.stderr}")
        return done.stdout.strip()

    def _ssh(self) -> Path:
        keys = self.home.joinpath(".ssh", "authorized_keys").read_text()
        forced = re.search(r'^command="([^"]*)"', keys, re.MULTILINE)
        if forced is None:
            raise SystemExit(f"gitolite wrote no forced command into authorized_keys:\n{keys}")
        program = self.folder / "ssh"
        path, home = shlex.quote(os.environ["PATH"]), shlex.quote(str(self.home))
        program.write_text(_SSH.format(path=path, home=home, forced=forced[1]))
        program.chmod(0o755)
        return program

    def _configure(self, rules: dict[str, list[str]]) -> None:
        """The rules, as an administrator brings them: a push to gitolite-admin."""
        admin = self.folder / "gitolite-admin"
        self.do("git", "clone", "--quiet", self.address("gitolite-admin"), str(admin))
        conf = [f"repo {name}\n    RW+ = {USER}\n" for name in ("gitolite-admin", *self.names)]
        conf += [f"repo {name}\n{''.join(lines)}" for name, lines in rules.items()]
        admin.joinpath("conf", "gitolite.conf").write_text("".join(conf))
        self.do("git", "commit", "--quiet", "--all", "-m", "Rules", where=admin)
        self.do("git", "push", "--quiet", where=admin)

    @staticmethod
    def address(name: str) -> str:
        return f"{USER}@localhost:{name}"

    def repository(self, name: str) -> Path:
        return self.home / "repositories" / f"{name}.git"

    def fill(self, source: Path, guarded: Sequence[Guard]) -> None:
        """Puts the first commit of source on the branch of each copy, and a policy on its main; lanegate goes by it."""
        self.start = self.do("git", "rev-list", "--max-parents=0", "refs/heads/main", where=source)
        policies = {name: guard.policy() for guard in guarded for name in (PLAIN, guard.vref, guard.lanegate)}
        for name in self.names:
            where = self.repository(name)
            self.do("git", "fetch", "--quiet", str(source), f"{self.start}:{BRANCH}", where=where)
            self.commit(where, "refs/heads/main", ("policy/lanegate.toml", policies[name]))
            self.do("git", "symbolic-ref", "HEAD", "refs/heads/main", where=where)
        for guard in guarded:
            where = self.repository(guard.lanegate)
            lanegate = str(Path(sys.executable).with_name("lanegate"))
            pusher = ("--platform", "gitolite")
            self.do(lanegate, "install", "--server", str(where), *pusher)

    def commit(self, where: Path, ref: str, *files: tuple[str, str | None]) -> None:
        """A ref of one commit for each file on top of the first: (path, its content, None for no such file)."""
        stream = f"reset {ref}\nfrom {self.start}\n\n"
        for path, text in files:
            change = f"D {path}\n" if text is None else f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"
            message = f"Change {path}\n\nLane: all\n"
            stream += f"commit {ref}\ncommitter Bench <bench@example.org> {START} +0000\n"
            stream += f"data {len(message)}\n{message}{change}"
        self.do("git", "fast-import", "--quiet", where=where, given=stream)

    def put_back(self, name: str) -> None:
        self.do("git", "update-ref", BRANCH, self.start, where=self.repository(name))

    def push(self, name: str, source: Path) -> measure.Run:
        """Pushes a history, timed; puts the branch back."""
        argv = ("git", "push", "--quiet", self.address(name), f"main:{BRANCH}")
        taken = measure.run(measure.Command(f"push to {name}", argv, cwd=source, env=self.environment))
        self.put_back(name)
        return taken

    def refusal(self, name: str, source: Path, ref: str) -> str:
        """What a push is refused with; nothing when it is accepted."""
        done = subprocess.run(
            ["git", "push", "--quiet", self.address(name), f"{ref}:{BRANCH}"],
            cwd=source, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.put_back(name)
        return done.stderr if done.returncode else ""


def try_refusals(server: Server, source: Path, guarded: Sequence[Guard]) -> None:
    """Shows that each guard is at work, and where they differ. Raises SystemExit when an answer is not as expected."""
    server.commit(source, "refs/bench/outside", (FORBIDDEN, "x\n"))
    server.commit(source, "refs/bench/undone", (FORBIDDEN, "x\n"), (FORBIDDEN, None))
    expected = {("outside", PLAIN): "", ("undone", PLAIN): ""}
    for guard in guarded:
        expected[("outside", guard.vref)] = "DENIED by VREF/NAME/"
        expected[("undone", guard.vref)] = ""  # the difference of old and new is empty
        expected[("outside", guard.lanegate)] = expected[("undone", guard.lanegate)] = "LG103"
    for (ref, name), words in expected.items():
        said = server.refusal(name, source, f"refs/bench/{ref}")
        if words not in said or bool(words) != bool(said):
            raise SystemExit(f"{ref} pushed to {name}: expected {words or 'it to be accepted'}, got:\n{said}")


def describe(server: Server, history: Path, allowed: Sequence[str]) -> None:
    """What is judged in one of the pushes, and how far gitolite reads in its rules."""
    span = f"{server.start}..main"
    commits = server.do("git", "rev-list", "--count", span, where=history)
    net = server.do("git", "diff", "--name-only", span, where=history).splitlines()
    touched = server.do("git", "log", "--no-merges", "--format=", "--name-only", span, where=history).splitlines()
    place = {path: number for number, path in enumerate(allowed, 1)}
    tried = [place.get(path) or place[path.rpartition("/")[0] + "/"] for path in net]
    print(f"a push of {commits} commits, {len(allowed)} paths in the rules")
    print(f"VREF/NAME: {len(net)} paths differ; allow tries {statistics.mean(tried):.0f} rules for each, deny all")
    print(f"lanegate: {len(touched)} paths in the commits that are no merges, and the merges\n")


def compare(server: Server, histories: Sequence[Path], guarded: Sequence[Guard]) -> None:
    tasks: dict[str, Callable[[int], measure.Run]] = {
        name: partial(lambda name, number: server.push(name, histories[number]), name) for name in server.names
    }
    runs = measure.interleave(tasks, len(histories) - 1)
    added = {
        name: [run.seconds - plain.seconds for run, plain in zip(taken, runs[PLAIN], strict=True)]
        for name, taken in runs.items()
    }

    def row(name: str, more: str = "") -> None:
        adds = f"{1000 * statistics.median(added[name]):9.0f} ms" if name != PLAIN else ""
        print(f"{name:16}{1000 * measure.median_seconds(runs[name]):9.0f} ms{adds:>12}{more:>22}")

    print(f"{'':16}{'push':>12}{'adds':>12}{'VREF/NAME is slower':>22}{'bar':>6}")
    row(PLAIN)
    for guard in guarded:
        times = sorted(one / other for one, other in zip(added[guard.vref], added[guard.lanegate], strict=True))
        row(guard.vref)
        row(guard.lanegate, f"{measure.spread(times):>22}{BAR:>6}")


def main() -> int:
    asked = arguments()
    if shutil.which("gitolite") is None:
        print(_MISSING, file=sys.stderr)
        return 2
    allowed = paths()
    guarded = guards(allowed)
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as name:
        folder = Path(name).resolve()
        server = Server(folder, guarded)
        numbers = range(asked.rounds + 1)
        histories = [generate(folder / f"history{number}.git", asked.commits + 1, number) for number in numbers]
        server.fill(histories[0], guarded)
        try_refusals(server, histories[0], guarded)
        describe(server, histories[0], allowed)
        compare(server, histories, guarded)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
