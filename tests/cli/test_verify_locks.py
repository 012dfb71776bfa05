"""`lanegate verify` judges high-risk paths by the registry as it stood at each landing (design section 6; R-B17).

A clone is all there is: what landed, the ledger with its landing records, the registry. Who keeps a server honest has
nothing else either.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from lanegate.core.instant import instant_of
from lanegate.core.lock_record import Acquire, Release
from lanegate.core.record import Landing, Moved
from lanegate.git.history import read_history
from lanegate.git.run import Git
from lanegate.usecases import verify_range
from lanegate.usecases.verify import VerifyOptions, verify
from lanegate.usecases.verify_ledger import LogWanted
from tests.attack_ledger import LEDGER, Book, verdict
from tests.attack_locks import REGISTRY, Registry, acquire, now, release
from tests.attack_support import MAIN, arena, blob, commit_with
from tests.landing_support import Yard, glass_policy, yard
from tests.support import FILES, POLICY_PATH, Clone, Ran, lanegate, policy

HIGH_RISK = '\n[[zones]]\npaths = ["/src/ui/hot/"]\nmode = "high-risk"\n'
GROWS = '[[zones]]\npaths = ["/src/ui/log.md"]\nmode = "append-only"\n'
FROZEN = '[[zones]]\npaths = ["/src/ui/ice/"]\nmode = "frozen"\n'
HOT = "src/ui/hot/a.py"
START = int(time.time()) - 5000


class Scene:
    """A clone whose history, ledger and registry are written by hand."""

    def __init__(self, folder: Path, text: str) -> None:
        self.at = arena(folder, text)
        self.clone = self.at.clone
        self.base = self.clone.head()
        self.book = Book(self.at)
        self.registry = Registry(self.at)

    def commit(self, files: dict[str, str], *, on: str | None = None, lane: str = "ui") -> str:
        """A commit of a lane."""
        sides = {path.encode(): ("100644", blob(self.clone, text)) for path, text in files.items()}
        return commit_with(self.clone, sides, on or self.base, message=f"Change\n\nLane: {lane}\n")

    def landed(self, commit: str, locks: str | None, later: int, *, on: str | None = None) -> Ran:
        """What verify says once the commit is accepted and has landed, judged by that registry so many seconds after
        the start."""
        self.book = Book(self.at)
        self.book.write(verdict(commit), "cy")
        moved = (Moved(MAIN, on or self.base, commit, False),)
        landing = Landing(moved, instant_of(START + later), "2.39", "ana", self.book.tip, self.book.number, locks)
        self.refs(self.book.write(landing, "server"), self.registry.tip, commit)
        return self.verify()

    def refs(self, ledger: str | None, registry: str | None, main: str) -> None:
        for ref, tip in ((LEDGER, ledger), (REGISTRY, registry), ("refs/remotes/origin/main", main)):
            self.clone.git("update-ref", *(["-d", ref] if tip is None else [ref, tip]))

    def verify(self, *more: str) -> Ran:
        return lanegate("verify", f"{self.base}..origin/main", "--format", "json", *more, cwd=self.clone.path)


def found(ran: Ran) -> list[tuple[str, str | None]]:
    return [(violation["code"], violation["path"]) for violation in json.loads(ran.out)["violations"]]


def notes(ran: Ran) -> str:
    return "\n".join(json.loads(ran.out).get("notes", ()))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, glass_policy("pusher", extra=HIGH_RISK))


def test_by_the_registry_at_the_landing(scene: Scene) -> None:
    """Held, given back, taken by another lane, run out: what counts is the record and the time of the landing."""
    commit = scene.commit({HOT: "1\n"})
    other = scene.registry.write(acquire("other", "core", "/src/core/", at=instant_of(START)), "ana")
    held = scene.registry.write(acquire("hot", "ui", "/src/ui/hot/", at=instant_of(START), seconds=100), "bob")
    given = scene.registry.write(release("hot", 2, at=instant_of(START + 50)), "bob")
    theirs = scene.registry.write(acquire("hot", "core", "/src/", at=instant_of(START + 60), seconds=100), "ana")
    assert [
        (found(scene.landed(commit, locks, later)))
        for locks, later in ((held, 10), (held, 200), (given, 55), (theirs, 70), (theirs, 160), (other, 5), (None, 5))
    ] == [[], [], [], [("LG402", HOT)], [], [("LG401", HOT)], [("LG401", HOT)]]


def test_what_is_not_high_risk_needs_nothing(scene: Scene) -> None:
    assert found(scene.landed(scene.commit({"src/ui/cold.py": "1\n"}), None, 5)) == []


def test_the_registry_must_be_here_and_whole(scene: Scene) -> None:
    commit = scene.commit({HOT: "1\n"})
    first = scene.registry.write(acquire("hot", "ui", "/src/ui/hot/", at=instant_of(START)), "bob")
    second = scene.registry.write(release("hot", 1, at=instant_of(START + 50)), "bob")
    assert found(scene.landed(commit, second, 60)) == []
    assert found(scene.verify("--locks-tip", first)) == []
    scene.clone.git("update-ref", REGISTRY, first)
    assert found(scene.verify()) == [("LG407", None)]
    assert found(scene.verify("--locks-tip", second)) == [("LG407", None), ("LG407", None)]
    scene.clone.git("update-ref", "-d", REGISTRY)
    ran = scene.verify()
    assert (ran.code, found(ran)) == (3, [("LG903", None)])


def test_a_forged_registry_is_told(scene: Scene) -> None:
    """A lock of lane ui that ana wrote, who does not own it."""
    commit = scene.commit({HOT: "1\n"})
    forged = scene.registry.write(acquire("hot", "ui", "/src/ui/hot/", at=instant_of(START)), "ana")
    assert ("LG202", None) in found(scene.landed(commit, forged, 10))


def test_without_a_landing_record_locks_are_not_judged(scene: Scene) -> None:
    commit = scene.commit({HOT: "1\n"})
    scene.book.write(verdict(commit), "cy")
    scene.refs(scene.book.tip, None, commit)
    ran = scene.verify()
    assert found(ran) == [("LG305", None)]
    assert "locks not judged of one commit" in notes(ran)


def test_a_zone_asks_nothing_of_what_came_before_it(tmp_path: Path) -> None:
    """The verdict was written when no lock was asked for; another lane's lock counts all the same."""
    scene = Scene(tmp_path, glass_policy("pusher"))
    text = glass_policy("pusher", extra=HIGH_RISK)
    early = scene.commit({HOT: "1\n"})
    scene.book.write(verdict(early), "cy")
    sides = {POLICY_PATH.encode(): ("100644", blob(scene.clone, text))}
    change = commit_with(scene.clone, sides, scene.base, message="Zone\n\nLane: core\n")
    scene.book.write(verdict(change, lane="core"), "cy")
    first = Landing((Moved(MAIN, scene.base, change, False),), instant_of(START), "2.39", "ana", scene.book.tip, 2)
    scene.book.write(first, "server")
    tree = scene.clone.out("merge-tree", "--write-tree", change, early)
    merge = scene.clone.out("commit-tree", tree, "-p", change, "-p", early, "-m", "Merge")
    scene.refs(scene.book.tip, None, change)
    blob_now = scene.clone.out("rev-parse", f"{change}:{POLICY_PATH}")
    theirs = scene.registry.write(
        acquire("hot", "core", "/src/", at=instant_of(START), seconds=100), "ana", policy=blob_now
    )
    for later, expected in ((200, []), (50, [("LG402", HOT)])):
        book = Book(scene.at, scene.book.tip, scene.book.number)
        landing = Landing((Moved(MAIN, change, merge, False),), instant_of(START + later), "2.39", "ana", book.tip, 3)
        tip = book.write(landing._replace(locks=theirs), "server", policy=blob_now)
        scene.refs(tip, theirs, merge)
        assert found(scene.verify()) == expected
        scene.base, whole = change, scene.base  # the policy of the verdict stood before the range
        assert found(scene.verify()) == expected
        scene.base = whole


def test_contents_and_frozen_paths_are_judged_always(tmp_path: Path) -> None:
    scene = Scene(tmp_path, glass_policy("pusher", extra=GROWS + FROZEN))
    log = "src/ui/log.md"
    one = scene.commit({log: "one\n"})
    two = scene.commit({log: "one\ntwo\n"}, on=one)
    assert found(scene.landed(two, None, 5)) == [("LG301", None), ("LG303", None)]
    three = scene.commit({log: "two\n", "src/ui/ice/x": "1\n"}, on=two)
    codes = found(scene.landed(three, None, 5))
    assert {code for code in codes if code[1] is not None} == {("LG405", log), ("LG404", "src/ui/ice/x")}


@pytest.mark.parametrize(("few", "jobs"), [(2000, 1), (2, 1), (2, 2)])
def test_short_and_long_ranges_in_any_number_of_processes(
    repo: Clone, monkeypatch: pytest.MonkeyPatch, few: int, jobs: int
) -> None:
    """A merge that keeps what both sides added, and one that drops a line; high-risk paths that no record tells of."""
    monkeypatch.setattr(verify_range, "FEW", few)
    guide = "docs/guide.md"
    base = repo.change(
        {**FILES, POLICY_PATH: policy(extra=HIGH_RISK + GROWS.replace("src/ui/log.md", guide))}, lane="core"
    )
    ours = repo.change({guide: "# Guide\nours\n", HOT: "1\n"}, lane="ui")
    repo.git("checkout", "-q", "-b", "side", base)
    theirs = repo.change({guide: "# Guide\ntheirs\n"}, lane="ui")
    repo.git("checkout", "-q", "main")
    wrong = []
    for merged in ("# Guide\nours\ntheirs\n", "# Guide\nours\n"):
        repo.git("reset", "-q", "--hard", ours)
        repo.git("merge", "-q", "--no-commit", theirs, check=False)
        wrong.append(repo.change({guide: merged}, "Merge", lane="ui"))
    history = read_history(Git(str(repo.path / ".git")), base, wrong[0])
    options = VerifyOptions(POLICY_PATH, jobs=jobs, locks=LogWanted(None, wrong[0], POLICY_PATH))
    right = verify(Git(str(repo.path / ".git")), history, options)
    assert right.violations == ()
    assert "locks not judged of one commit" in "".join(right.notes)
    history = read_history(Git(str(repo.path / ".git")), base, wrong[1])
    found_now = verify(Git(str(repo.path / ".git")), history, options).violations
    assert [(one.code, one.commit) for one in found_now] == [("LG405", wrong[1])]


def fetched(place: Yard, base: str) -> list[tuple[str, str | None]]:
    """What verify finds in a clone that has just fetched."""
    refs = ("refs/heads/main:refs/remotes/origin/main", f"{LEDGER}:{LEDGER}", f"{REGISTRY}:{REGISTRY}")
    place.at.clone.git("fetch", "-q", "origin", *[f"+{ref}" for ref in refs])
    return found(lanegate("verify", f"{base}..origin/main", "--format", "json", cwd=place.at.clone.path))


def test_what_the_server_let_in_is_allowed(tmp_path: Path) -> None:
    """Lock, commit, verdict, landing, all by real pushes; its twin went past the hook, against a lock."""
    place = yard(tmp_path, glass_policy(extra=HIGH_RISK))
    registry = Registry(place.at)
    place.at.clone.git("checkout", "-q", "--detach")
    base = place.at.clone.head()

    def locked(body: Acquire | Release, who: str) -> None:
        ran = place.push(f"{registry.write(body, who)}:{REGISTRY}", who=who)
        assert ran.ok, ran.both

    def verified() -> list[tuple[str, str | None]]:
        return fetched(place, base)

    locked(acquire("hot", "ui", "/src/ui/hot/"), "bob")
    first = place.land("hot/a")
    assert verified() == []
    assert place.landings()[-1].locks == registry.tip
    second = place.accepted("hot/b", base=first)
    locked(release("hot", 1), "bob")
    locked(acquire("hot", "core", "/src/"), "ana")
    refused = place.push(f"{second}:{MAIN}")
    assert "LG402" in refused.err
    place.at.plant(f"+{second}:{MAIN}")
    landing = Landing((Moved(MAIN, first, second, False),), now(), "2.39", "ana", None, 0, registry.tip)
    place.write(landing._replace(seen=len(place.records())), "server")
    assert verified() == [("LG402", "src/ui/hot/b.py")]


def test_pushed_before_its_path_was_high_risk_and_reviewed_after(tmp_path: Path) -> None:
    """What the server lets land, verify accepts; until the lane has taken a lock, neither does."""
    place = yard(tmp_path)
    registry, clone = Registry(place.at), place.at.clone
    clone.git("checkout", "-q", "--detach")
    base = clone.head()
    early = commit_with(clone, {HOT.encode(): ("100644", blob(clone, "1\n"))}, base)
    assert place.push(f"{early}:refs/heads/lane/ui", who="bob").ok
    sides = {POLICY_PATH.encode(): ("100644", blob(clone, glass_policy(extra=HIGH_RISK)))}
    zone = commit_with(clone, sides, base, message="Zone\n\nLane: core\n")
    assert place.push(f"{zone}:refs/heads/lane/core").ok
    place.write(verdict(zone, lane="core"))
    assert place.push(f"{zone}:{MAIN}").ok
    ran = place.push(f"{registry.write(acquire('other', 'ui', '/src/ui/cold.py'), 'bob')}:{REGISTRY}", who="bob")
    assert ran.ok, ran.both
    place.write(verdict(early))
    tree = clone.out("merge-tree", "--write-tree", zone, early)
    merge = clone.out("commit-tree", tree, "-p", zone, "-p", early, "-m", "Merge")
    ran = place.push(f"{merge}:{MAIN}")
    assert not ran.ok, fetched(place, base)
    assert "LG401" in ran.err
    assert f"lanegate lock acquire '/{HOT}' --lane ui, then push again" in ran.err
    for body in (acquire("hot", "ui", f"/{HOT}"), release("hot", 2)):
        assert place.push(f"{registry.write(body, 'bob')}:{REGISTRY}", who="bob").ok
    ran = place.push(f"{merge}:{MAIN}")
    assert ran.ok, ran.both
    assert fetched(place, base) == []
