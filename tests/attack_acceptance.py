"""An accepted main under attack: lanes commit, people give verdicts in the ledger, somebody pushes.

Records are pushed to the server like everything else, so they are judged there; `planted` puts those into it that it
would not take (any more).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lanegate.core.record import GateRun, Reconcile, Withdraw
from tests.attack_ledger import ACCEPTED_REFS, LEDGER, Book, ledger_policy, rejection, verdict
from tests.attack_signatures import by
from tests.attack_support import MAIN, Arena, arena
from tests.support import REFS

RELEASES = "refs/heads/release/"
#: Whose key signs the commits of a lane.
OWNERS = {"ui": "bob", "core": "ana", "docs": "cy"}
#: main and the releases that begin from it take accepted commits only.
BOTH_REFS = ACCEPTED_REFS + f'[[refs]]\nname = "{RELEASES}*"\naccepted = true\nfrom = "{MAIN}"\n'


def main_with(*lines: str) -> str:
    """[[refs]] of tests/support.py, main accepted and with these lines."""
    return REFS.replace('main"\n', 'main"\n' + "\n".join(("accepted = true", *lines, "")), 1)


class Stage:
    """A server whose main takes accepted commits only, its clone, and its ledger."""

    def __init__(self, folder: Path, text: str | None = None, *, config: Mapping[str, str] | None = None) -> None:
        self.at: Arena = arena(folder, text if text is not None else ledger_policy(refs=BOTH_REFS), config=config)
        self.book = Book(self.at)

    def commit(
        self,
        files: Mapping[str, str | bytes | None] | None = None,
        *trailers: str,
        lane: str | None = "ui",
        on: str | None = None,
        who: str | None = None,
        message: str = "Change",
    ) -> str:
        """A commit signed by the lane's owner (or `who`, "" for nobody) on the checked out one (or `on`, whose branch
        is left then); its id."""
        if on is not None:
            self.git("checkout", "-q", "--detach", on)
        name = OWNERS.get(lane or "", "") if who is None else who
        clone = by(name, self.at.clone) if name else self.at.clone
        lines = [*([f"Lane: {lane}"] if lane else []), *trailers]
        text = "\n".join([message, *([""] if lines else []), *lines])
        return clone.change(files if files is not None else {"src/ui/search.py": "found\n"}, text)

    def merge(self, *commits: str, who: str = "bob", options: tuple[str, ...] = ()) -> str:
        """Merge commits into the checked out one; the merge's id."""
        clone = by(who, self.at.clone) if who else self.at.clone
        clone.git("merge", "-q", "--no-ff", "--no-edit", *options, *commits)
        return self.at.clone.head()

    def git(self, *args: str) -> str:
        return self.at.clone.out(*args)

    def offered(self, *args: Any, lane: str = "ui", **fields: Any) -> str:
        """A commit as `commit` makes it, on the ref of its lane."""
        commit = self.commit(*args, lane=lane, **fields)
        self.lands(f"+{commit}", f"refs/heads/lane/{lane}")
        return commit

    def says(self, body: Any, who: str = "cy", **fields: Any) -> str:
        """A record that the server takes; its commit."""
        self._catch_up()
        tip = self.book.write(body, who, **fields)
        ran = self.at.clone.push(f"{tip}:{LEDGER}")
        assert ran.ok, ran.both
        return tip

    def planted(self, body: Any, who: str = "cy", **fields: Any) -> str:
        """A record that stands on the server, whoever wrote it."""
        self._catch_up()
        tip = self.book.write(body, who, **fields)
        self.at.plant(f"{tip}:{LEDGER}")
        return tip

    def _catch_up(self) -> None:
        """Write on top of what the server has recorded by itself."""
        tip = self.at.server.tip(LEDGER)
        if tip is not None and tip != self.book.tip:
            self.git("fetch", "-q", "origin", LEDGER)
            self.book.tip, self.book.number = tip, int(self.git("rev-list", "--count", tip))

    def accept(
        self, *commits: str, who: str = "cy", lane: str = "ui", refs: tuple[str, ...] = (MAIN,), **more: Any
    ) -> str:
        return self.says(verdict(*commits, lane=lane, refs=refs, **more), who)

    def reject(self, *commits: str, who: str = "cy", lane: str = "ui") -> str:
        return self.says(rejection(self.at, *commits, lane=lane), who)

    def withdraw(self, *commits: str, who: str = "cy", refs: tuple[str, ...] = (MAIN,)) -> str:
        return self.says(Withdraw(commits, refs), who)

    def reconcile(self, *names: str, lane: str = "ui", who: str = "bob") -> str:
        return self.says(Reconcile(lane, names), who)

    def gate(self, commit: str, *passed: str, failed: tuple[str, ...] = ()) -> str:
        return self.planted(GateRun(commit, passed, failed))

    def lands(self, commit: str = "HEAD", ref: str = MAIN, **options: Any) -> None:
        """Push, and the server takes it."""
        self.at.accepts(f"{commit}:{ref}", **options)

    def refused(self, *codes: str, commit: str = "HEAD", ref: str = MAIN, **options: Any) -> str:
        """Push, and the server refuses with exactly these codes; what it said."""
        return self.at.refuses(f"{commit}:{ref}", codes=codes, **options).err
