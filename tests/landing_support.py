"""A server that asks for acceptance, records what lands and lets maintainers break the glass, and people who push.

People come over ssh with forced commands (tests/attack_support.py plays that), the server signs with a key of the
policy. `land` takes a commit all the way: to its lane's ref by an owner, a verdict, to main by the integrator.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lanegate.core.record import Landing, Record, read_record
from lanegate.usecases.install_server import ServerOptions, install_server
from tests.attack_ledger import LEDGER, Book, ledger_policy, verdict
from tests.attack_signatures import key_file
from tests.attack_support import BY_SSH, LANE, MAIN, Arena, arena, as_pusher, blob, commit_with
from tests.support import Ran


def glass_policy(identity: str = "pusher", *, override: bool = True, **parts: str) -> str:
    """The policy of tests/attack_ledger.py, with `override` as asked for."""
    text = ledger_policy(identity, **parts)
    return text.replace("\nidentity =", "\noverride = true\nidentity =", 1) if override else text


@dataclass(frozen=True, slots=True)
class Yard:
    """An arena whose main takes accepted commits only."""

    at: Arena

    def push(self, *refspecs: str, who: str = "ana", why: str | None = None, options: tuple[str, ...] = ()) -> Ran:
        """Push as somebody. why: the reason of an override."""
        asked = ("-o", f"lanegate.override={why}") if why is not None else ()
        return self.at.clone.push(*refspecs, options=(*options, *asked), env=as_pusher(who))

    def accepted(self, name: str = "x", *, base: str = "HEAD") -> str:
        """A commit of lane ui on `base` that may land on main."""
        path = f"src/ui/{name}.py".encode()
        commit = commit_with(self.at.clone, {path: ("100644", blob(self.at.clone, f"{name}\n"))}, base)
        self.accept(commit)
        return commit

    def accept(self, commit: str) -> None:
        """Bring a commit of lane ui to its lane's ref, and write that it is accepted for main."""
        ran = self.push(f"+{commit}:{LANE}", who="bob")
        assert ran.ok, ran.both
        self.write(verdict(commit))

    def write(self, body: object, who: str = "cy") -> None:
        """Write a record on the server's ledger."""
        record = self.book().write(body, who)
        ran = self.push(f"{record}:{LEDGER}", who=who)
        assert ran.ok, ran.both

    def book(self) -> Book:
        """The ledger as it stands on the server, to be written on."""
        tip = self.at.server.tip(LEDGER)
        if tip is not None:
            self.at.clone.git("fetch", "-q", str(self.at.server.path), f"+{LEDGER}:{LEDGER}")
        return Book(self.at, tip, len(self.records()))

    def land(self, name: str = "x", *, base: str = "HEAD") -> str:
        """Let an accepted commit land on main; its id."""
        commit = self.accepted(name, base=base)
        ran = self.push(f"{commit}:{MAIN}")
        assert ran.ok, ran.both
        return commit

    def records(self) -> list[Record]:
        """Every record of the server's ledger, oldest first."""
        if self.at.server.tip(LEDGER) is None:
            return []
        commits = self.at.server.out("rev-list", "--first-parent", "--reverse", LEDGER).split()
        contents = [self.at.server.git("cat-file", "blob", f"{commit}:record").out for commit in commits]
        return [read_record(content.encode()) for content in contents]

    def landings(self) -> list[Landing]:
        """What the records say that landed, oldest first."""
        return [record.body for record in self.records() if isinstance(record.body, Landing)]

    def left(self) -> list[Path]:
        """The files that pre-receive left and nobody has taken away."""
        return sorted(self.at.server.path.glob("lanegate/judged/*"))


def yard(folder: Path, text: str | None = None, *, config: Mapping[str, str] | None = None) -> Yard:
    """A yard in `folder`. text: its policy, `glass_policy()` by default; config: of the server, beside ssh and its
    key."""
    settings = {**BY_SSH, "lanegate.serverKey": str(key_file("server")), **(config or {})}
    made = Yard(arena(folder, text or glass_policy(), config=settings))
    install_server(str(made.at.server.path), ServerOptions())
    return made


def moves(place: Yard) -> list[tuple[str, str | None, str | None, bool]]:
    """Every ref that a record says moved."""
    return [tuple(moved) for landing in place.landings() for moved in landing.moved]


def age(place: Yard, seconds: float = 120) -> None:
    """Let files that were left behind be older."""
    for path in place.left():
        os.utime(path, (time.time() - seconds,) * 2)
