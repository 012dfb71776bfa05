"""Commands killed at random moments: nothing is broken, and giving the command again completes it.

`LANEGATE_EXAMPLES` times as often in a soak. post-receive is killed in tests/hooks/test_post_receive.py, accept at each
call of git in tests/cli/test_ledger_command.py.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest

from tests.attack_ledger import LEDGER, ledger_policy
from tests.attack_signatures import by
from tests.attack_support import Arena, arena
from tests.support import Bare, Ran, lanegate, make_bare, run

TIMES = int(os.environ.get("LANEGATE_EXAMPLES", "1"))
KILLED = 137  # what a shell makes of signal 9


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


@pytest.fixture
def luck() -> random.Random:
    return random.Random(os.environ.get("LANEGATE_SEED", "1"))


def killed(seconds: float, at: Bare, *args: str) -> Ran:
    """`lanegate ARGS`, killed with all its children after so many seconds unless it is done by then."""
    argv = ["timeout", "-s", "KILL", f"{seconds:.3f}", sys.executable, "-m", "lanegate", *args]
    return run(argv, cwd=at.path, env=at.environment)


def lasts(at: Bare, *args: str) -> float:
    """How long a command takes when nobody kills it."""
    started = time.monotonic()
    ran = lanegate(*args, cwd=at.path, env=at.environment)
    assert ran.ok, ran.both
    return time.monotonic() - started


def sound(at: Arena) -> None:
    at.sound()
    at.clone.git("fsck", "--strict", "--no-dangling")


def recorded(at: Arena) -> list[str]:
    """The commits that the server's records name, oldest first, each verified."""
    ran = lanegate("ledger", "verify", cwd=at.clone.path)
    assert ran.ok, ran.both
    lines = lanegate("ledger", "log", cwd=at.clone.path).out.splitlines()
    return [line.split("accepted: ")[1].split()[0] for line in reversed(lines)]


def test_accept(at: Arena, luck: random.Random) -> None:
    author, acceptor = by("bob", at.clone), by("cy", at.clone)
    first = author.change({"src/ui/n": "0\n"}, lane="ui")
    whole = lasts(acceptor, "accept", first)
    commits = [first]
    for turn in range(4 * TIMES):
        commits.append(author.change({"src/ui/n": f"{turn + 1}\n"}, lane="ui"))
        ran = killed(luck.uniform(0.02, 1.2 * whole), acceptor, "accept", commits[-1])
        assert ran.code in (0, KILLED, -9), ran.both
        sound(at)
        again = lanegate("accept", commits[-1], cwd=acceptor.path, env=acceptor.environment)
        assert again.ok, again.both
        assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
    assert recorded(at) == [commit[:12] for commit in commits]


def test_sync(at: Arena, luck: random.Random) -> None:
    """Records that were kept in the clone are pushed, each once."""
    author, acceptor = by("bob", at.clone), by("cy", at.clone)
    commits = [author.change({"src/ui/n": "first\n"}, lane="ui")]
    assert lanegate("accept", "--no-push", commits[0], cwd=acceptor.path, env=acceptor.environment).ok
    whole = lasts(acceptor, "ledger", "sync")
    for turn in range(4 * TIMES):
        commits.append(author.change({"src/ui/n": f"{turn}\n"}, lane="ui"))
        kept = lanegate("accept", "--no-push", commits[-1], cwd=acceptor.path, env=acceptor.environment)
        assert kept.ok, kept.both
        ran = killed(luck.uniform(0.02, 1.2 * whole), acceptor, "ledger", "sync")
        assert ran.code in (0, KILLED, -9), ran.both
        sound(at)
        again = lanegate("ledger", "sync", cwd=acceptor.path, env=acceptor.environment)
        assert again.ok, again.both
        assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
    assert recorded(at) == [commit[:12] for commit in commits]


def test_install_server(tmp_path: Path, luck: random.Random) -> None:
    """The gate is there after the command was given again, with one key, and taken away again without a trace."""
    whole = lasts(make_bare(tmp_path / "whole.git"), "install", "--server", str(tmp_path / "whole.git"))
    for turn in range(4 * TIMES):
        bare = make_bare(tmp_path / f"{turn}.git")
        before = bare.out("config", "--local", "--list")
        ran = killed(luck.uniform(0.02, 1.2 * whole), bare, "install", "--server", str(bare.path))
        assert ran.code in (0, KILLED, -9), ran.both
        again = lanegate("install", "--server", str(bare.path), cwd=bare.path)
        assert again.ok, again.both
        bare.git("fsck", "--strict")
        assert bare.out("config", "lanegate.managed") == "true"
        for hook in ("pre-receive", "post-receive"):
            assert os.access(bare.path / "hooks" / hook, os.X_OK)
        key = bare.path / "lanegate" / "server_key"
        assert key.stat().st_mode & 0o077 == 0
        public = run(["ssh-keygen", "-y", "-f", str(key)], cwd=bare.path, check=True).out.split()
        assert public[:2] == key.with_suffix(".pub").read_text().split()[:2]
        gone = lanegate("install", "--server", str(bare.path), "--uninstall", cwd=bare.path)
        assert gone.ok, gone.both
        assert bare.out("config", "--local", "--list") == before
