"""`lanegate lock`: two clones and their worktrees over a server that judges every record of the registry."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.instant import instant_of, seconds_of
from lanegate.core.lock_record import Acquire
from lanegate.core.record import Record, read_record
from lanegate.core.refs import LOCKS_REF
from tests.attack_ledger import ledger_policy
from tests.attack_signatures import by, key_file
from tests.attack_support import Arena, arena
from tests.support import POLICY_PATH, Bare, Clone, Ran, lanegate, make_clone

#: ana owns lane core, bob ui, cy docs; ana maintains, so she is the lead.
SHARED = "/src/app.py"  # core owns it, ui may modify it


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


@pytest.fixture
def other(at: Arena, tmp_path: Path) -> Clone:
    return make_clone(at.server, tmp_path / "other")


def lock(who: str, clone: Clone, *args: str, lane: str | None = None, env: dict[str, str] | None = None) -> Ran:
    """`lanegate lock ARGS` as somebody whose git signs with his key."""
    theirs = by(who, clone)
    options = ("--lane", lane) if lane is not None else ()
    return lanegate("lock", *args, *options, cwd=theirs.path, env={**theirs.environment, **(env or {})})


def records(repo: Bare) -> list[Record]:
    """Every record of a registry, oldest first."""
    if repo.tip(LOCKS_REF) is None:
        return []
    commits = repo.out("rev-list", "--first-parent", "--reverse", LOCKS_REF).split()
    return [read_record(repo.git("cat-file", "blob", f"{commit}:record").out.encode()) for commit in commits]


def kinds(repo: Bare) -> list[str]:
    return [record.kind for record in records(repo)]


def held(clone: Clone, *options: str) -> dict[str, tuple[str, str]]:
    """(lane, state) of each lock, as the clone lists it."""
    said = json.loads(lanegate("lock", "list", "--format", "json", *options, cwd=clone.path).out)
    return {one["lock_id"]: (one["lane"], one["state"]) for one in said["locks"]}


def refused(ran: Ran, code: str, *words: str) -> None:
    assert ran.code == 1, ran.both
    assert set(re.findall(r"\bLG\d{3}\b", ran.both)) == {code}, ran.both
    assert "Traceback" not in ran.both
    for word in words:
        assert word in ran.both, ran.both


def fine(ran: Ran, *words: str) -> None:
    assert ran.code == 0, ran.both
    assert "Traceback" not in ran.both
    for word in words:
        assert word in ran.out, ran.both


def run_out(clone: Clone, name: str) -> None:
    """Wait until the lease of a lock has run out."""
    while held(clone)[name][1] == "live":
        time.sleep(0.2)


def test_from_acquire_to_release(at: Arena, other: Clone) -> None:
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), f"ui-1: locked, {SHARED}, until 20", "(4h), fence 1\n")
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "ui-1: held already by lane ui")
    refused(lock("ana", other, "acquire", "/src/*.py", lane="core"), "LG402", "ui-1", "lane ui (bob)", "src/app.py")
    fine(lock("bob", at.clone, "heartbeat", "--ttl", "90m", "--note", "half way", lane="ui"), "renewed", "(1h30m)")
    ran = lanegate("lock", "list", "--fetch", cwd=other.path)
    head, line, row = ran.out.splitlines()
    assert head == "| lock_id | owner | scope globs | objective | start | heartbeat | expires_at |"
    assert set(line) == set("| -")
    assert row.startswith(f"| ui-1 | ui (bob) | `{SHARED}` | work of lane ui | 20")
    fine(lock("bob", at.clone, "release", lane="ui"), "ui-1: given back\n")
    fine(lock("bob", at.clone, "release", "ui-1", lane="ui"), "ui-1: given back already\n")
    fine(lock("bob", at.clone, "release", lane="ui"), "lane ui holds no lock: nothing to do\n")
    refused(lock("ana", other, "release", "ui-1", lane="core"), "LG403", "ui-1 is gone: record 3 released it by bob")
    refused(
        lock("ana", other, "reclaim", "x", "--note", "y", lane="core"), "LG403", "there is no lock x, and never was"
    )
    fine(
        lock("ana", other, "acquire", "/src/*.py", "--id", "app", "--objective", "split it", lane="core"), "app: locked"
    )
    assert kinds(at.server) == ["acquire", "heartbeat", "release", "acquire"]
    taken = records(at.server)[-1].body
    assert isinstance(taken, Acquire)
    assert (taken.objective, taken.tries) == ("split it", 1)
    assert 0 <= taken.waited < 600
    at.sound()


def test_json(at: Arena, other: Clone) -> None:
    said = json.loads(lock("bob", at.clone, "acquire", SHARED, "--format", "json", lane="ui").out)
    assert (said["version"], said["decision"], said["records"], said["violations"]) == (1, "allowed", [1], [])
    assert said["lock"].keys() == {
        *("lock_id", "lane", "owner", "scope", "objective", "start", "heartbeat", "expires_at", "fence", "state")
    }
    assert (said["lock"]["owner"], said["lock"]["scope"], said["lock"]["fence"]) == ("bob", [SHARED], 1)
    again = json.loads(lock("bob", at.clone, "acquire", SHARED, "--format", "json", lane="ui").out)
    assert (again["records"], again["lock"]["lock_id"]) == ([], "ui-1")
    ran = lock("ana", other, "acquire", SHARED, "--format", "json", lane="core")
    said = json.loads(ran.out)
    assert (ran.code, said["decision"], said["violations"][0]["code"]) == (1, "refused", "LG402")
    said = json.loads(lanegate("lock", "list", "--format", "json", cwd=other.path).out)
    assert (said["version"], [one["lock_id"] for one in said["locks"]]) == (1, ["ui-1"])
    assert seconds_of(said["now"]) is not None
    assert seconds_of(said["fetched"]) is not None


def test_one_fetch_and_one_push(at: Arena, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui", env={"GIT_TRACE": str(trace)}))
    said = trace.read_text()
    services = {
        name: len(re.findall(rf"trace: built-in: git {name}\b", said)) for name in ("fetch", "push", "ls-remote")
    }
    assert services == {"fetch": 1, "push": 1, "ls-remote": 0}
    assert len(re.findall(r"trace: run_command: .*git-upload-pack", said)) == 1
    trace.unlink()
    ran = lock("ana", at.clone, "acquire", SHARED, lane="core", env={"GIT_TRACE": str(trace), "FORCE_COLOR": "1"})
    assert (ran.code, "\x1b[31mLG402\x1b[0m" in ran.err) == (1, True), ran.both  # in colour, like every refusal
    assert "git push" not in trace.read_text()  # what is refused here costs no push


def test_worktrees_of_one_clone(at: Arena, tmp_path: Path) -> None:
    tree = Clone(tmp_path / "tree")
    at.clone.git("worktree", "add", "-q", "--detach", str(tree.path))
    for clone, lane in ((at.clone, "ui"), (tree, "core")):
        assert lanegate("lane", "use", lane, cwd=clone.path).ok
    fine(lock("bob", at.clone, "acquire", SHARED), "ui-1: locked")
    refused(lock("ana", tree, "acquire", SHARED), "LG402")
    assert held(tree) == {"ui-1": ("ui", "live")}
    fine(lock("ana", tree, "acquire", "/src/core/"), "core-2: locked")
    assert held(at.clone) == {"core-2": ("core", "live"), "ui-1": ("ui", "live")}
    fine(lock("ana", tree, "release"), "core-2: given back")
    assert held(at.clone) == {"ui-1": ("ui", "live")}


def test_a_lease_that_ran_out(at: Arena, other: Clone) -> None:
    fine(lock("bob", at.clone, "acquire", SHARED, "--ttl", "1s", lane="ui"))
    fine(lock("bob", at.clone, "acquire", "/src/ui/", lane="ui"), "ui-2")
    run_out(at.clone, "ui-1")
    refused(lock("ana", other, "acquire", SHARED, lane="core"), "LG403", "lanegate lock reclaim ui-1")
    refused(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "LG403", "ui-1", "ran out at")
    ran = lock("bob", at.clone, "heartbeat", lane="ui")
    refused(ran, "LG403", "the lease of lock ui-1 ran out")
    assert ran.out.startswith("ui-2: renewed")  # what can be kept is kept
    assert lock("ana", other, "reclaim", "ui-1", lane="core").code == 2
    refused(lock("ana", other, "reclaim", "ui-1", "--note", " ", lane="core"), "LG403", "says why")
    refused(lock("ana", other, "reclaim", "ui-2", "--note", "mine", lane="core"), "LG402", "alive")
    fine(lock("ana", other, "reclaim", "ui-1", "--note", "bob is on leave", lane="core"), "ui-1: taken over", "fence 4")
    fine(lock("ana", other, "reclaim", "ui-1", "--note", "bob is on leave", lane="core"), "held already by lane core")
    ran = lock("bob", at.clone, "heartbeat", "ui-1", lane="ui")
    assert (ran.code, "LG403 fence 1 of lock ui-1 holds no more" in ran.err) == (1, True)
    assert lock("bob", at.clone, "release", "ui-1", lane="ui").code == 1
    fine(lock("ana", other, "reclaim", "ui-2", "--note", "release today", "--override", lane="core"), "taken over")
    assert held(at.clone, "--fetch") == {"ui-1": ("core", "live"), "ui-2": ("core", "live")}
    at.sound()


def test_lost_to_another_holder_of_the_same_lane(at: Arena, other: Clone) -> None:
    """By the registry alone a worktree would take the other's fence for its own."""
    fine(lock("bob", at.clone, "acquire", SHARED, "--ttl", "1s", lane="ui"))
    run_out(at.clone, "ui-1")
    fine(lock("bob", other, "reclaim", "ui-1", "--note", "other desk", lane="ui"), "taken over", "fence 2")
    refused(lock("bob", at.clone, "heartbeat", lane="ui"), "LG403", "fence 1 of lock ui-1 holds no more, it is 2 now")
    refused(lock("bob", at.clone, "release", lane="ui"), "LG403", "fence 1")
    assert held(other, "--fetch") == {"ui-1": ("ui", "live")}
    fine(lock("bob", other, "heartbeat", lane="ui"), "fence 2")
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "held already by lane ui")  # joins it, knowing of it
    fine(lock("bob", at.clone, "heartbeat", lane="ui"), "fence 2")


def test_locks_that_are_not_there(at: Arena, other: Clone) -> None:
    refused(lock("bob", at.clone, "release", "ui-1", lane="ui"), "LG403", "there is no lock ui-1, and never was one")
    fine(lock("bob", at.clone, "acquire", "/src/ui/", "--id", "ui-2", lane="ui"), "ui-2: locked")
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "ui-2x: locked")  # whoever takes such an id by hand
    fine(lock("bob", other, "release", lane="ui"), "ui-2: given back\nui-2x: given back\n")
    ran = lock("bob", at.clone, "heartbeat", lane="ui")
    refused(ran, "LG403", "ui-2 is gone: record", "ui-2x is gone", "to be told no more: lanegate lock release ui-2x")
    fine(lock("bob", at.clone, "release", "ui-2x", lane="ui"), "ui-2x: given back already\n")
    fine(lock("bob", at.clone, "release", lane="ui"), "ui-2: given back already\n")


def test_a_lock_that_was_lost_is_let_go_of(at: Arena, other: Clone) -> None:
    """Until then each heartbeat says so; after that it is about what the lane holds."""
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"))
    fine(lock("ana", other, "reclaim", "ui-1", "--override", "--note", "ill", lane="core"))
    fine(lock("bob", at.clone, "acquire", "/src/ui/", lane="ui"), "ui-3: locked")
    ran = lock("bob", at.clone, "heartbeat", lane="ui")
    assert "ui-3: renewed" in ran.out
    assert (ran.code, set(re.findall(r"LG\d{3}", ran.err))) == (1, {"LG202", "LG403"})
    assert "to be told no more: lanegate lock release ui-1" in ran.err
    assert lock("bob", at.clone, "release", "ui-1", lane="ui").code == 1
    fine(lock("bob", at.clone, "heartbeat", lane="ui"), "ui-3: renewed")
    assert held(other, "--fetch") == {"ui-1": ("core", "live"), "ui-3": ("ui", "live")}


def test_a_server_that_is_gone(at: Arena) -> None:
    gone = at.server.path.rename(at.server.path.with_suffix(".away"))
    ran = lock("bob", at.clone, "acquire", SHARED, lane="ui")
    assert ran.code == 3, ran.both
    assert "the server is not reached" in ran.err
    assert "not held: a lock that is not on the server is held by nobody" in ran.err
    assert at.clone.tip(LOCKS_REF) is None
    assert "was never asked" in lanegate("lock", "list", cwd=at.clone.path).err
    ran = lanegate("lock", "list", "--fetch", cwd=at.clone.path)
    assert ran.code == 3, ran.both
    assert "the server is not reached" in ran.err
    assert "what the server told last: lanegate lock list" in ran.err
    gone.rename(at.server.path)
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "ui-1: locked")
    assert "as the server told" in lanegate("lock", "list", cwd=at.clone.path).err


def test_without_a_remote(at: Arena, tmp_path: Path) -> None:
    at.clone.git("update-ref", "refs/heads/main", "HEAD")
    at.clone.config("lanegate.trustedRef", "refs/heads/main")
    at.clone.git("remote", "remove", "origin")
    tree = Clone(tmp_path / "tree")
    at.clone.git("worktree", "add", "-q", "--detach", str(tree.path))
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "ui-1: locked")
    refused(lock("ana", tree, "acquire", SHARED, lane="core"), "LG402")
    assert held(tree) == {"ui-1": ("ui", "live")}
    fine(lock("bob", tree, "release", lane="ui"), "ui-1: given back")
    assert kinds(at.clone) == ["acquire", "release"]


def test_below_a_branch_where_the_server_has_no_hooks(at: Arena) -> None:
    (at.server.path / "hooks" / "pre-receive").unlink()
    at.clone.config("lanegate.records", "refs/heads/lanegate")
    ran = lock("bob", at.clone, "acquire", SHARED, lane="ui")
    fine(ran, "ui-1: locked")
    assert "advisory: no hook of the server judges this registry" in ran.err
    assert at.server.tip("refs/heads/lanegate/locks") == at.clone.tip(LOCKS_REF)
    assert at.server.tip(LOCKS_REF) is None


@pytest.mark.parametrize("how", ["rewound", "forked", "deleted"])
def test_a_registry_that_went_back_is_refused(at: Arena, other: Clone, how: str) -> None:
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"))
    fine(lock("bob", at.clone, "heartbeat", lane="ui"))
    tip = at.clone.tip(LOCKS_REF)
    if how == "deleted":
        at.server.git("update-ref", "-d", LOCKS_REF)
    else:
        at.server.git("update-ref", LOCKS_REF, f"{tip}~1")
    if how == "forked":
        fine(lock("bob", other, "release", "ui-1", lane="ui"))  # it has seen only the older one: it is honest
    refused(lock("bob", at.clone, "release", lane="ui"), "LG407", "an older or forked lock registry is served")
    refused(lanegate("lock", "list", "--fetch", cwd=at.clone.path), "LG407")
    assert at.clone.tip(LOCKS_REF) == tip


def test_waiting(at: Arena, other: Clone) -> None:
    fine(lock("ana", other, "acquire", SHARED, lane="core"))
    ran = lock("bob", at.clone, "acquire", SHARED, "--wait", "1s", lane="ui")
    refused(ran, "LG402", "waiting, ")
    timer = threading.Timer(0.5, lambda: lock("ana", other, "release", lane="core"))
    timer.start()
    ran = lock("bob", at.clone, "acquire", SHARED, "--wait", "2m", lane="ui")
    timer.join()
    fine(ran, "ui-3: locked")
    taken = records(at.server)[-1].body
    assert isinstance(taken, Acquire)
    assert taken.tries >= 1  # each command counts once, however often it looked
    assert taken.tries <= 2


def test_waiting_while_the_server_is_away(at: Arena, other: Clone) -> None:
    """Whoever was told to wait goes on once it is back; who never saw it is told at once."""
    fine(lock("ana", other, "acquire", SHARED, lane="core"))
    argv = [sys.executable, "-m", "lanegate", "lock", "acquire", SHARED, "--lane", "ui", "--wait", "2m"]
    bob = by("bob", at.clone)
    environment = {**os.environ, **bob.environment}
    with subprocess.Popen(argv, cwd=bob.path, env=environment, text=True, stderr=subprocess.PIPE) as waiting:
        assert waiting.stderr is not None
        assert "this scope meets lock core-1" in waiting.stderr.readline()
        gone = at.server.path.rename(at.server.path.with_suffix(".away"))
        said = waiting.stderr.readline()
        while "this scope meets lock core-1" in said:  # it looked once more before the server went
            said = waiting.stderr.readline()
        assert "the server is not reached" in said or "the connection broke off" in said
        assert "; waiting, " in said
        gone.rename(at.server.path)
        fine(lock("ana", other, "release", lane="core"))
    assert waiting.returncode == 0
    assert held(other, "--fetch") == {"ui-3": ("ui", "live")}
    at.server.path.rename(gone)
    assert lock("bob", at.clone, "acquire", "/src/ui/", "--wait", "2m", lane="ui").code == 3


def test_the_policy_that_counts_is_the_server_s(at: Arena, tmp_path: Path) -> None:
    """A policy that this clone has not seen yet comes with the registry, in the same fetch."""
    text = at.server.out("cat-file", "blob", f"refs/heads/main:{POLICY_PATH}")
    work = make_clone(at.server, tmp_path / "work")
    commit = work.change({POLICY_PATH: text.replace('modify_paths = ["/src/app.py"]\n', "") + "\n"}, lane="core")
    at.server.git("fetch", "-q", str(work.path), f"{commit}:refs/heads/main")
    refused(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "LG101", "may change no path of this scope")
    fine(lock("bob", at.clone, "acquire", "/src/ui/", lane="ui"))
    blob = at.server.out("rev-parse", f"refs/heads/main:{POLICY_PATH}")
    assert records(at.server)[0].policy == blob


def test_a_policy_that_changes_between_fetch_and_push(at: Arena, tmp_path: Path) -> None:
    """The record is written anew by it, though nobody else wrote into the registry."""
    text = at.server.out("cat-file", "blob", f"refs/heads/main:{POLICY_PATH}")
    work = make_clone(at.server, tmp_path / "work")
    commit = work.change({POLICY_PATH: text + "\n# changed\n"}, lane="core")
    at.server.git("fetch", "-q", str(work.path), commit)
    hook = at.server.path / "hooks" / "pre-receive"
    hook.rename(hook.with_suffix(".ours"))
    outside = "env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES"
    move = f"{outside} git update-ref refs/heads/main {commit}"
    hook.write_text(f"#!/bin/sh\n[ -e moved ] || {move}\ntouch moved\nexec hooks/pre-receive.ours\n")
    hook.chmod(0o755)
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "ui-1: locked")
    assert [one.policy for one in records(at.server)] == [at.server.out("rev-parse", f"{commit}:{POLICY_PATH}")]


@pytest.mark.parametrize("ahead", [3_600, -86_400])
def test_a_clock_that_is_wrong(at: Arena, monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    """The server tells its time once; it is remembered, for all worktrees."""
    clock = time.time
    for name, value in by("bob", at.clone).environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(at.clone.path)
    monkeypatch.setattr(time, "time", lambda: clock() + ahead)
    for args in (["acquire", SHARED], ["heartbeat"], ["release"]):
        assert main(["lock", *args, "--lane", "ui"]) == 0
        said = seconds_of(records(at.server)[-1].body.at)  # type: ignore[union-attr]
        assert said is not None
        assert abs(said - clock()) < 120, instant_of(said)
    kept = int((at.clone.path / ".git" / "lanegate" / "server-clock").read_text())
    assert abs(kept + ahead) < 60
    monkeypatch.setenv("GIT_TRACE", str(at.server.path.parent / "trace"))
    assert main(["lock", "acquire", SHARED, "--lane", "ui"]) == 0
    trace = (at.server.path.parent / "trace").read_text()
    assert len(re.findall(r"built-in: git push\b", trace)) == 1


@pytest.mark.parametrize(
    ("ahead", "lease", "who", "args", "codes", "then"),
    [
        (18_000, "4h", "bob", ("heartbeat", "ui-1", "--lane", "ui"), set(), ["heartbeat"]),
        (18_000, "4h", "ana", ("reclaim", "ui-1", "--note", "x", "--lane", "core"), {"LG402"}, []),
        (-3_600, "1s", "bob", ("acquire", SHARED, "--lane", "ui"), {"LG403"}, []),
        (0, "4h", "bob", ("acquire", SHARED, "--lane", "ui"), set(), ["heartbeat"]),
    ],
)
def test_a_clock_that_was_never_compared(
    at: Arena,
    other: Clone,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ahead: int,
    lease: str,
    who: str,
    args: tuple[str, ...],
    codes: set[str],
    then: list[str],
) -> None:
    """By it a clone would tell a live lock from a stale one wrongly; so it asks the server."""
    fine(lock("bob", other, "acquire", SHARED, "--ttl", lease, lane="ui"))
    if lease == "1s":
        run_out(other, "ui-1")
    for name, value in by(who, at.clone).environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(at.clone.path)
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + ahead)
    assert main(["lock", *args]) == bool(codes)
    assert set(re.findall(r"\bLG\d{3}\b", capsys.readouterr().err)) == codes
    assert kinds(at.server) == ["acquire", *then]


def test_a_refusal_of_the_server_that_this_clone_did_not_foresee(at: Arena) -> None:
    """The key that signs is somebody else's than the policy here says: told in the server's words, and not for ever."""
    at.server.config("lanegate.mode", "enforce")
    hook = at.server.path / "hooks" / "pre-receive"
    hook.unlink()
    hook.write_text("#!/bin/sh\necho 'LG202 not today'\nexit 1\n")
    hook.chmod(0o755)
    refused(lock("bob", at.clone, "acquire", SHARED, lane="ui"), "LG202", "the server refused the record: not today")


@pytest.mark.parametrize("name", ["locks-seen", "locks-held"])
def test_a_damaged_memory_stops_the_command(at: Arena, name: str) -> None:
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"))
    (at.clone.path / ".git" / "lanegate" / name).write_text("{]\n")
    ran = lock("bob", at.clone, "heartbeat", lane="ui")
    assert ran.code == 3, ran.both
    assert name in ran.err


@pytest.mark.parametrize(("count", "ahead"), [("]", "soon"), ("-5", "9" * 30), ("1e999", "")])
def test_damaged_metrics_and_clock_do_not(at: Arena, count: str, ahead: str) -> None:
    """Not even where they are numbers that nothing can be counted with."""
    folder = at.clone.path / ".git" / "lanegate"
    folder.mkdir(exist_ok=True)
    values = f'{{"count": {count}, "first": 0, "last": {int(time.time())}}}'
    (folder / "lock-tries").write_text(f'{{"ui {SHARED}": {values}}}')
    (folder / "server-clock").write_text(ahead)
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"))
    taken = records(at.server)[0].body
    assert isinstance(taken, Acquire)
    assert taken.tries == 0


def test_a_damaged_registry_in_the_clone(at: Arena) -> None:
    """It is told as what it is, with what brings the server's back; what counts is the server's."""
    fine(lock("bob", at.clone, "acquire", SHARED, lane="ui"))
    at.clone.git("update-ref", LOCKS_REF, "HEAD")
    for args in (("list",), ("log",), ("log", "--metrics", "--json")):
        ran = lanegate("lock", *args, cwd=at.clone.path)
        assert ran.code == 3, ran.both
        assert "LG903" in ran.both
        assert "holds no record" in ran.both
        assert "in a clone: lanegate lock list --fetch" in ran.both
        assert "ledger" not in ran.both
    fine(lanegate("lock", "list", "--fetch", cwd=at.clone.path), "| ui-1 |")
    fine(lanegate("lock", "log", cwd=at.clone.path))
    at.clone.git("update-ref", LOCKS_REF, "HEAD")
    fine(lock("bob", at.clone, "heartbeat", lane="ui"), "ui-1: renewed")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("acquire", "app.py"), "not anchored"),
        (("acquire", "!/src/"), "without `!`"),
        (("acquire", "/src/", "--id", "a b"), "no id of a lock"),
        (("acquire", "/src/", "--ttl", "soon"), "no duration"),
        (("acquire", "/src/", "--ttl", "8d"), "a lease lasts from a second to 7d"),
        (("acquire", "/src/", "--wait", ""), "no duration"),
        (("acquire", "/src/", "--lane", "none"), "unknown lane none"),
        (("acquire", "/src/ui/", "--objective", "x" * 1001), "that makes no record: objective"),
        (("heartbeat", "--lane", "ui"), "lane ui holds no lock"),
        (("acquire",), "PATTERN"),
    ],
)
def test_usage(at: Arena, args: tuple[str, ...], says: str) -> None:
    assert lanegate("lane", "use", "ui", cwd=at.clone.path).ok
    ran = lock("bob", at.clone, *args)
    assert ran.code == 2, ran.both
    assert says in ran.err
    assert at.server.tip(LOCKS_REF) is None


def test_without_a_key(at: Arena) -> None:
    refused(lanegate("lock", "acquire", SHARED, "--lane", "ui", cwd=at.clone.path), "LG203")
    assert key_file("bob").exists()
