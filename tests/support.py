"""Real repositories for tests: make one, commit, push, and see what git and lanegate said.

Everything runs the real git; nothing is mocked. `POLICY` and `FILES` are a small project with three lanes:
ui (owns /src/ui/ but the theme, may modify /src/app.py, may read /src/core/), core and docs; `policy()` makes variants.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lanegate.usecases import install_server as gate

ROOT = Path(__file__).resolve().parent.parent
POLICY_PATH = "policy/lanegate.toml"
ZERO = "0" * 40

HEAD_OF_POLICY = """\
version = 1
unowned = "{unowned}"
identity = "{identity}"
max_active_lanes = 8
"""

PEOPLE = """
[people.ana]
pushers = ["ana"]
[people.bob]
pushers = ["bob"]
[people.cy]
pushers = ["cy"]
[roles]
maintainer = ["ana"]
integrator = ["ana"]
"""

LANES = """
[lanes.ui]
kind = "implementation"
state = "active"
owners = ["bob"]
owned_paths = ["/src/ui/", "!/src/ui/theme/"]
modify_paths = ["/src/app.py"]
read_paths = ["/src/core/"]
out_of_scope = ["/src/ui/vendor/"]
branch = "lane/ui"
escalate_if = ["scope leaves src/ui"]

[lanes.core]
kind = "requirements"
state = "active"
owners = ["ana"]
owned_paths = ["/src/core/", "/src/app.py", "/src/ui/theme/", "/policy/"]
branch = "lane/core"

[lanes.docs]
kind = "quality"
state = "active"
owners = ["cy"]
task = "T-12"
subject_prefix = "[W1]"
owned_paths = ["/docs/", "/README.md"]
read_paths = ["/src/"]
branch = "lane/docs"

[lanes.old]
kind = "operations"
state = "done"
owners = ["cy"]
owned_paths = ["/old/"]
"""

REFS = """
[[refs]]
name = "refs/heads/main"
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
delete = true
[[refs]]
name = "refs/tags/*"
"""

FILES: Mapping[str, str] = {
    "src/ui/search.py": "search = 1\n",
    "src/ui/theme/dark.py": "dark = 1\n",
    "src/ui/vendor/lib.py": "lib = 1\n",
    "src/core/index.py": "index = 1\n",
    "src/app.py": "app = 1\n",
    "docs/guide.md": "# Guide\n",
    "README.md": "# Project\n",
    "old/report.txt": "old\n",
}


def policy(
    *,
    identity: str = "none",
    unowned: str = "deny",
    lanes: str = LANES,
    refs: str = REFS,
    people: str | None = None,
    extra: str = "",
) -> str:
    """Policy text: the parts above, any of them replaced, and `extra` at the end.

    people: PEOPLE by default, but nothing under identity "none", where nobody is proven to be anybody.
    """
    if people is None:
        people = "" if identity == "none" else PEOPLE
    return HEAD_OF_POLICY.format(identity=identity, unowned=unowned) + people + lanes + refs + extra


POLICY = policy()


def hermetic_environment(home: Path) -> dict[str, str]:
    """Environment variables that give git a private home in `home`, a fixed identity and a fixed language."""
    config = home / "gitconfig"
    config.write_text(
        "[user]\n\tname = Bob\n\temail = bob@example.org\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n[gc]\n\tauto = 0\n'
    )
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "xdg"),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "false",
        "LC_ALL": "C",
        "PYTHONPATH": str(ROOT),
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended. `out` and `err` are text with undecodable bytes as surrogates; `both` is err, then out."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.err + self.out

    @property
    def ok(self) -> bool:
        return self.code == 0


def run(
    argv: list[str],
    *,
    cwd: Path,
    data: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    check: bool = False,
) -> Ran:
    """Run a program to its end with `data` on its standard input and `env` added to the environment.

    check: a non-zero exit raises AssertionError that shows what the program said.
    """
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    done = subprocess.run(
        argv, cwd=cwd, input=raw, env={**os.environ, **(env or {})}, capture_output=True, timeout=300, check=False
    )
    out, err = (s.decode("utf-8", "surrogateescape") for s in (done.stdout, done.stderr))
    assert done.returncode == 0 or not check, f"{argv} exited {done.returncode}\n{err}\n{out}"
    return Ran(done.returncode, out, err)


def lanegate(*args: str, cwd: Path, env: Mapping[str, str] | None = None, data: str | bytes = b"") -> Ran:
    """Run the command line `lanegate ARGS` in `cwd`, as a process of its own."""
    return run([sys.executable, "-m", "lanegate", *args], cwd=cwd, env=env, data=data)


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare repository."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def git(self, *args: str, data: str | bytes = b"", check: bool = True) -> Ran:
        return run(["git", *args], cwd=self.path, data=data, env=self.environment, check=check)

    def out(self, *args: str, data: str | bytes = b"") -> str:
        """Standard output of a git command that must succeed, without the last line feed."""
        return self.git(*args, data=data).out.removesuffix("\n")

    def tip(self, ref: str = "refs/heads/main") -> str | None:
        """The id that a ref holds, None if it does not exist."""
        ran = self.git("rev-parse", "--verify", "--quiet", ref, check=False)
        return ran.out.strip() or None

    def config(self, key: str, value: str) -> None:
        self.git("config", key, value)


@dataclass(frozen=True, slots=True)
class Clone(Bare):
    """A repository with a work tree (`path` is its top)."""

    def write(self, path: str | bytes, content: str | bytes = "x\n") -> Path:
        """Write a file of the work tree, making its folders."""
        full = Path(os.fsdecode(os.path.join(os.fsencode(self.path), os.fsencode(path))))
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        return full

    def commit(self, message: str | None = None, *args: str, lane: str | None = None, hooks: bool = False) -> Ran:
        """`git commit` of what is staged; without hooks unless asked. lane: adds the trailer `Lane: <lane>`.

        The result is not checked: a hook may have refused.
        """
        text = message if message is not None else "Change"
        if lane is not None:
            text += f"\n\nLane: {lane}"
        options = () if hooks else ("--no-verify",)
        return self.git("commit", "-q", "--allow-empty", *options, "-m", text, *args, check=False)

    def change(
        self, files: Mapping[str, str | bytes | None], message: str = "Change", *, lane: str | None = None
    ) -> str:
        """Write (None: delete) files, stage everything and commit without hooks; the new commit's id."""
        for path, content in files.items():
            if content is None:
                self.git("rm", "-q", "-r", "--", path)
            else:
                self.write(path, content)
        self.git("add", "-A")
        ran = self.commit(message, lane=lane)
        assert ran.ok, ran.both
        return self.out("rev-parse", "HEAD")

    def push(self, *refspecs: str, options: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Ran:
        """`git push origin REFSPECS`, without the clone's own pre-push; unchecked, since the server may refuse."""
        argv = ["git", "push", "--no-verify", *options, "origin", *(refspecs or ("HEAD",))]
        return run(argv, cwd=self.path, env={**self.environment, **(env or {})})

    def head(self) -> str:
        return self.out("rev-parse", "HEAD")


def make_repo(path: Path) -> Clone:
    """An empty repository with a work tree on branch main."""
    run(["git", "init", "-q", "-b", "main", str(path)], cwd=path.parent, check=True)
    return Clone(path)


def make_bare(path: Path, *options: str) -> Bare:
    """An empty bare repository, main its default branch. options: of `git init`, such as --object-format=sha256."""
    run(["git", "init", "-q", "--bare", "-b", "main", *options, str(path)], cwd=path.parent, check=True)
    return Bare(path)


def seed(bare: Bare, files: Mapping[str, str | bytes], *, text: str | None = POLICY) -> str:
    """Put a first commit with `files` and the policy `text` on main of `bare`, past every hook; its id."""
    work = make_repo(bare.path.parent / (bare.path.name + ".seed"))
    everything: dict[str, str | bytes | None] = dict(files)
    if text is not None:
        everything[POLICY_PATH] = text
    commit = work.change(everything, "Start", lane="core")
    bare.git("fetch", "-q", str(work.path), f"+{commit}:refs/heads/main")
    return commit


def install_by_command(bare: Bare, *args: str, env: Mapping[str, str] | None = None) -> Ran:
    """`lanegate install --server BARE ARGS`."""
    return lanegate("install", "--server", str(bare.path), *args, cwd=bare.path.parent, env=env)


def install_server(bare: Bare, *, config: Mapping[str, str] | None = None) -> None:
    """Install lanegate's gate in `bare`; `config` then overrides or adds local configuration, by key."""
    gate.install_server(str(bare.path), gate.ServerOptions())
    for key, value in (config or {}).items():
        bare.config(key, value)


def make_server(
    path: Path,
    *,
    text: str = POLICY,
    files: Mapping[str, str | bytes] = FILES,
    config: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Bare:
    """A bare repository with `files` and the policy `text` on main, and lanegate's pre-receive live."""
    bare = make_bare(path, *options)
    seed(bare, files, text=text)
    install_server(bare, config=config)
    return bare


def make_clone(bare: Bare, path: Path, *options: str) -> Clone:
    """A clone of `bare`, with origin/HEAD set, without hooks."""
    run(["git", "clone", "-q", *options, str(bare.path), str(path)], cwd=path.parent, check=True)
    return Clone(path)
