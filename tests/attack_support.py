"""Arenas for attacks: a server with lanegate's pre-receive, a clone of it, and pushes that must be refused or accepted.

Making a repository takes git several processes, so each kind of server is made once in a test process and copied. Every
push is checked the same way: what lanegate said (exactly these codes, no traceback), which refs moved, and that the
server passes `git fsck` afterwards.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import FILES, REFS, Bare, Clone, Ran, install_server, make_bare, make_clone, policy, run, seed

MAIN = "refs/heads/main"
LANE = "refs/heads/lane/ui"
GITLINK = "160000"
SYMLINK = "120000"
#: The policy of tests/support.py where nobody is authenticated: rules that name people are refused then.
PLAIN_POLICY = policy(people="")
#: A policy whose rules name people, for servers that authenticate the pusher.
PUSHER_POLICY = policy(identity="pusher", refs=REFS.replace('main"\n', 'main"\npushers = ["maintainer", "bob"]\n', 1))
#: Settings of a server that people reach through ssh with forced commands.
BY_SSH = {"lanegate.platform": "ssh"}
#: Set by sshd and a forced command; here by hand, as a push over a local path passes them on to the hook.
SSH = {"SSH_CONNECTION": "192.0.2.1 1024 192.0.2.2 22"}
_CODE = re.compile(r"\bLG\d{3}\b")
#: Where what is made once in a test process lies.
TEMPLATES = Path(tempfile.mkdtemp(prefix="lanegate-attacks-"))
atexit.register(shutil.rmtree, TEMPLATES, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Arena:
    """A server and a clone of it on branch main, without hooks of its own."""

    server: Bare
    clone: Clone

    def refuses(
        self, *refspecs: str, codes: Sequence[str], options: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Ran:
        """Push, and check that nothing moved and that lanegate named exactly `codes`."""
        before = self.refs()
        ran = self.clone.push(*refspecs, options=options, env=env)
        assert ran.code == 1, ran.both
        assert codes_in(ran) == set(codes), ran.both
        assert "pre-receive hook declined" in ran.err
        assert "Traceback" not in ran.both
        assert self.refs() == before
        self.sound()
        return ran

    def accepts(self, *refspecs: str, options: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Ran:
        """Push, and check that lanegate let it in without a word of complaint and that refs moved."""
        before = self.refs()
        ran = self.clone.push(*refspecs, options=options, env=env)
        assert ran.code == 0, ran.both
        assert codes_in(ran) == set()
        assert "lanegate: allowed" in ran.err
        assert "Traceback" not in ran.both
        assert self.refs() != before
        self.sound()
        return ran

    def refs(self) -> str:
        """Every ref of the server with its id."""
        return self.server.out("for-each-ref", "--format=%(refname) %(objectname)")

    def sound(self) -> None:
        """The server's repository is whole."""
        self.server.git("fsck", "--full", "--strict", "--no-dangling")

    def begin_at(self, commit: str) -> None:
        """Let the server's main stand at a commit of the clone, past every hook, and the clone too."""
        self.plant(f"+{commit}:{MAIN}")
        self.clone.git("fetch", "-q", "origin")
        self.clone.git("reset", "-q", "--hard", commit)

    def plant(self, refspec: str) -> None:
        """Put something of the clone into the server past every hook (`HEAD:refs/x`, `+a:b`)."""
        self.server.git("-c", "fetch.fsckObjects=false", "fetch", "-q", str(self.clone.path), refspec)


def arena(
    folder: Path,
    text: str | None = PLAIN_POLICY,
    *,
    files: Mapping[str, str | bytes] = FILES,
    config: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Arena:
    """A server in `folder` with `files` and the policy `text`, with further server `config`, and its clone.

    options: of `git init`, such as --object-format=sha256.
    """
    template = _template(text, tuple(sorted(files.items())), options)
    shutil.copytree(template, folder / "arena", symlinks=True)
    server, clone = Bare(folder / "arena" / "server.git"), Clone(folder / "arena" / "clone")
    clone.git("remote", "set-url", "origin", str(server.path))
    for key, value in (config or {}).items():
        server.config(key, value)
    return Arena(server, clone)


@cache
def _template(text: str | None, files: tuple[tuple[str, str | bytes], ...], options: tuple[str, ...]) -> Path:
    folder = Path(tempfile.mkdtemp(dir=TEMPLATES))
    bare = make_bare(folder / "server.git", "--template=", *options)
    seed(bare, dict(files), text=text)
    shutil.rmtree(folder / "server.git.seed")
    install_server(bare)
    make_clone(bare, folder / "clone", "--template=")
    return folder


def codes_in(ran: Ran) -> set[str]:
    """The codes that an answer names."""
    return set(_CODE.findall(ran.both))


def as_pusher(name: str) -> dict[str, str]:
    """The environment that an ssh server with a forced command gives to the hook."""
    return {**SSH, "LANEGATE_PUSHER": name}


def hash_object(repo: Bare, kind: str, raw: bytes) -> str:
    """Store an object as it is, well-formed or not; its id."""
    return repo.out("hash-object", "-t", kind, "-w", "--stdin", "--literally", data=raw)


def blob(repo: Bare, content: str | bytes = "x\n") -> str:
    return hash_object(repo, "blob", content.encode() if isinstance(content, str) else content)


def tree(repo: Bare, *entries: tuple[str, bytes, str]) -> str:
    """A tree of (mode, name, id) exactly as given."""
    return hash_object(repo, "tree", b"".join(b"%b %b\0%b" % (m.encode(), n, bytes.fromhex(i)) for m, n, i in entries))


def entry(repo: Bare, mode: str, path: str) -> tuple[str, bytes, str]:
    """What `path` is at HEAD, as an entry of `tree` with this mode, under its last name."""
    return mode, path.rsplit("/", 1)[-1].encode(), repo.out("rev-parse", f"HEAD:{path}")


def tree_with(repo: Bare, base: str, changed: Mapping[bytes, tuple[str, str] | None]) -> str:
    """The tree of `base` with paths set to (mode, id) or taken away (None), past the work tree."""
    index = {"GIT_INDEX_FILE": str(repo.path / f"index.{len(list(repo.path.glob('index.*')))}")}
    run(["git", "read-tree", base], cwd=repo.path, env=index, check=True)
    nothing = ("0", "0" * len(repo.out("rev-parse", base)))
    lines = b"".join(b"%b %b\t%b\0" % (m.encode(), i.encode(), p) for p, (m, i) in _sides(changed, nothing))
    run(["git", "update-index", "-z", "--index-info"], cwd=repo.path, env=index, data=lines, check=True)
    return run(["git", "write-tree"], cwd=repo.path, env=index, check=True).out.strip()


def _sides(
    changed: Mapping[bytes, tuple[str, str] | None], nothing: tuple[str, str]
) -> list[tuple[bytes, tuple[str, str]]]:
    return [(path, side or nothing) for path, side in changed.items()]


def commit_tree(repo: Bare, tree: str, *parents: str, message: str | bytes = "Change\n\nLane: ui\n") -> str:
    """A commit object with exactly this message; its id."""
    options = [option for parent in parents for option in ("-p", parent)]
    return repo.out("commit-tree", tree, *options, data=message)


def commit_with(
    repo: Bare,
    changed: Mapping[bytes, tuple[str, str] | None],
    *parents: str,
    message: str | bytes = "Change\n\nLane: ui\n",
) -> str:
    """A commit on `parents` (HEAD) that makes these changes to the first of them, past the work tree; its id."""
    base = parents or ("HEAD",)
    return commit_tree(repo, tree_with(repo, base[0], changed), *base, message=message)


def raw_commit(repo: Bare, raw: bytes) -> str:
    """A commit object of these bytes; its id."""
    return hash_object(repo, "commit", raw)
