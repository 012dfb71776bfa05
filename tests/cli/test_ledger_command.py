"""`lanegate ledger`: many writers, servers that are gone, ledgers that went back, and commands that were killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.attack_ledger import LEDGER, ledger_policy
from tests.attack_signatures import by, run_by
from tests.attack_support import MAIN, Arena, arena
from tests.support import POLICY_PATH, ROOT, Clone, Ran, lanegate, make_clone

TIMES = int(os.environ.get("LANEGATE_EXAMPLES", "1"))


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


def changes(clone: Clone, count: int) -> list[str]:
    theirs = by("bob", clone)
    return [theirs.change({"src/ui/search.py": f"{n}\n"}, f"Change {n}", lane="ui") for n in range(count)]


def log(clone: Clone, *args: str) -> list[str]:
    ran = lanegate("ledger", "log", *args, cwd=clone.path)
    assert ran.ok, ran.both
    return ran.out.splitlines()


def verdicts(server: Arena) -> list[tuple[int, str | None, list[str]]]:
    """(number, writer, commits) of each record on the server, oldest first."""
    found = []
    for oid in server.server.out("rev-list", "--reverse", LEDGER).split():
        record = json.loads(server.server.out("cat-file", "blob", f"{oid}:record"))
        found.append((record["number"], record["writer"], record["commits"]))
    return found


def away(at: Arena) -> Path:
    """Take the server away; where it is now."""
    return at.server.path.rename(at.server.path.with_suffix(".away"))


def back(at: Arena) -> None:
    at.server.path.with_suffix(".away").rename(at.server.path)


def test_log_and_show(at: Arena) -> None:
    assert log(at.clone) == []
    one, two = changes(at.clone, 2)
    assert lanegate("ledger", "show", "1", cwd=at.clone.path).code == 2
    run_by("cy", at.clone, "accept", one, "--note", "line one\nline two")
    run_by("ana", at.clone, "reject", two)
    run_by("bob", at.clone, "reconcile", "A1", "--lane", "ui")
    tips = at.clone.out("rev-list", LEDGER).split()
    assert log(at.clone) == [
        f"3 {tips[0][:12]} bob  reconciled: A1 of ui",
        f"2 {tips[1][:12]} ana  rejected: {two[:12]} of ui for main",
        f"1 {tips[2][:12]} cy  accepted: {one[:12]} of ui for main",
    ]
    assert [line[0] for line in log(at.clone, "-n", "2")] == ["3", "2"]
    assert [line[0] for line in log(at.clone, "--commit", one[:8])] == ["1"]
    assert [line[0] for line in log(at.clone, "--lane", "ui")] == ["3", "2", "1"]
    assert log(at.clone, "--lane", "core") == []
    said = json.loads("\n".join(log(at.clone, "--json")))
    assert [record["number"] for record in said["records"]] == [3, 2, 1]
    shown = lanegate("ledger", "show", "1", cwd=at.clone.path).out
    assert shown.startswith(f"record 1: accepted: {one[:12]} of ui for main\ncommit: {tips[2]}\n")
    assert "note: line one\nnote: line two\n" in shown
    assert lanegate("ledger", "show", tips[2], cwd=at.clone.path).out == shown
    assert lanegate("ledger", "show", one, cwd=at.clone.path).out == shown
    said = json.loads(lanegate("ledger", "show", two, "--json", cwd=at.clone.path).out)
    assert [record["verdict"] for record in said["records"]] == ["rejected"]
    for what, says in (
        ("9", "9 is neither a record (1 to 3) nor a commit here"),
        ("origin/main", "no record is about commit"),
    ):
        ran = lanegate("ledger", "show", what, cwd=at.clone.path)
        assert ran.code == 2
        assert says in ran.err
    assert lanegate("ledger", "log", "-n", "0", cwd=at.clone.path).code == 2


def test_eight_writers_at_once_lose_nothing(at: Arena, tmp_path: Path) -> None:
    """`LANEGATE_EXAMPLES` verdicts by each of them: 125 make a thousand."""
    commits = changes(at.clone, 8 * TIMES)
    at.clone.push("HEAD:refs/heads/lane/ui")
    clones = [make_clone(at.server, tmp_path / f"clone{n}") for n in range(8)]

    def accept(number: int) -> list[Ran]:
        who = "cy" if number % 2 else "ana"
        return [run_by(who, clones[number], "accept", commit) for commit in commits[number::8]]

    with ThreadPoolExecutor(8) as pool:
        for several in pool.map(accept, range(8)):
            for ran in several:
                assert ran.ok, ran.both
    found = verdicts(at)
    assert [number for number, _, _ in found] == list(range(1, len(commits) + 1))
    assert sorted(named for _, _, names in found for named in names) == sorted(commits)
    at.sound()
    assert lanegate("ledger", "sync", cwd=at.clone.path, env=by("cy", at.clone).environment).ok
    ran = lanegate("ledger", "verify", cwd=at.clone.path)
    assert ran.ok, ran.both


def test_a_writer_that_is_passed_by_does_not_fall_behind(at: Arena, tmp_path: Path) -> None:
    """Each round fetches what is new since the last one, so that it takes no longer than that."""
    passes = 8
    mine, *theirs = changes(at.clone, 1 + passes)
    at.clone.push("HEAD:refs/heads/lane/ui")
    faster, slow = make_clone(at.server, tmp_path / "faster"), make_clone(at.server, tmp_path / "slow")
    left = tmp_path / "left"
    left.write_text("".join(f"{commit}\n" for commit in theirs))
    serve = tmp_path / "serve"  # whenever the slow one has asked the server, somebody else is faster
    serve.write_text(f"""#!{sys.executable}
import os, pathlib, subprocess, sys
status = subprocess.run(["git-upload-pack", *sys.argv[1:]]).returncode
first, *others = pathlib.Path({str(left)!r}).read_text().split() or [""]
pathlib.Path({str(left)!r}).write_text(" ".join(others))
clean = {{name: value for name, value in os.environ.items() if not name.startswith("GIT_TRACE")}}
clean |= {by("ana", faster).environment!r}
command = [sys.executable, "-m", "lanegate", "accept", first]
done = subprocess.run(command, cwd={str(faster.path)!r}, env=clean, capture_output=True) if first else None
if done is not None and done.returncode:
    sys.exit(done.stderr.decode())
sys.exit(status)
""")
    serve.chmod(0o755)
    assert run_by("cy", slow, "ledger", "sync").ok
    slow.git("config", "remote.origin.uploadpack", str(serve))
    trace = tmp_path / "trace"
    writer = by("cy", slow)
    environment = {
        **writer.environment,
        "GIT_TRACE2_PERF": str(trace),
        "PYTHONPATH": str(ROOT),
    }  # for what the server starts
    ran = lanegate("accept", mine, cwd=writer.path, env=environment)
    assert ran.ok, ran.both
    assert len(verdicts(at)) == 1 + passes
    brought = [int(count) for count in re.findall(r"unpack-objects .*--pack_header=2,(\d+)", trace.read_text())]
    assert len(brought) >= passes // 2
    assert max(brought) < 3 * brought[0], brought


def test_four_writers_at_once_in_worktrees_of_one_clone(at: Arena, tmp_path: Path) -> None:
    commits = changes(at.clone, 4)
    trees = [Clone(tmp_path / f"tree{n}") for n in range(4)]
    for tree in trees:
        at.clone.git("worktree", "add", "-q", "--detach", str(tree.path))
    with ThreadPoolExecutor(4) as pool:
        for ran in pool.map(lambda n: run_by("cy", trees[n], "accept", commits[n]), range(4)):
            assert ran.ok, ran.both
    assert sorted(named for _, _, names in verdicts(at) for named in names) == sorted(commits)
    assert lanegate("ledger", "sync", cwd=at.clone.path, env=by("cy", at.clone).environment).ok
    assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)


def test_kept_while_the_server_is_gone(at: Arena, tmp_path: Path) -> None:
    one, two = changes(at.clone, 2)
    away(at)
    ran = run_by("cy", at.clone, "accept", one)
    assert ran.code == 3
    assert ran.out == f"record 1: accepted: {one[:12]} of ui for main\n"
    assert "kept in this clone, not pushed yet: git ls-remote exited with 128" in ran.err
    assert "run: lanegate ledger sync" in ran.err
    again = run_by("cy", at.clone, "accept", one)
    assert again.code == 3
    assert "record 1 says so already" in again.out
    assert run_by("cy", at.clone, "reject", two).code == 3
    back(at)
    other = make_clone(at.server, tmp_path / "other")
    other.git("fetch", "-q", str(at.clone.path), "HEAD")
    assert run_by("ana", other, "accept", two).ok  # another writer was there first
    ran = run_by("cy", at.clone, "ledger", "sync")
    assert ran.ok, ran.both
    assert ran.out == "pushed along: 2 record(s) that this clone had kept\n"
    assert verdicts(at) == [(1, "ana", [two]), (2, "cy", [one]), (3, "cy", [two])]
    assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
    assert run_by("cy", at.clone, "ledger", "sync").out == "the ledger is up to date\n"


def test_no_push_then_the_next_record_takes_it_along(at: Arena) -> None:
    one, two = changes(at.clone, 2)
    ran = run_by("cy", at.clone, "accept", one, "--no-push")
    assert ran.ok
    assert ran.out.startswith("record 1 (in this clone): accepted")
    assert at.server.tip(LEDGER) is None
    kept = at.clone.tip(LEDGER)
    ran = run_by("cy", at.clone, "accept", two)
    assert ran.out.endswith("pushed along: 1 record(s) that this clone had kept\n")
    assert at.server.out("rev-parse", f"{LEDGER}~1") == kept  # nothing changed, so it was not signed anew


def test_discard(at: Arena) -> None:
    one, two = changes(at.clone, 2)
    assert run_by("cy", at.clone, "accept", one).ok
    run_by("cy", at.clone, "accept", two, "--no-push")
    ran = run_by("cy", at.clone, "ledger", "sync", "--discard")
    assert ran.out.startswith("dropped: 2 ")
    assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
    assert run_by("cy", at.clone, "ledger", "sync", "--discard").out.startswith("nothing to drop")


def test_discard_the_first_record(at: Arena) -> None:
    (one,) = changes(at.clone, 1)
    run_by("cy", at.clone, "accept", one, "--no-push")
    assert json.loads(run_by("cy", at.clone, "ledger", "sync", "--discard", "--json").out)["records"][0]["number"] == 1
    assert at.clone.tip(LEDGER) is None


def change_policy(at: Arena, old: str, new: str) -> str:
    """Let the server's main hold another policy, past every hook; the policy's blob."""
    base = at.server.tip()
    text = at.server.out("cat-file", "blob", f"{MAIN}:{POLICY_PATH}")
    assert old in text
    work = make_clone(at.server, at.server.path.parent / f"policy-{base}")
    commit = work.change({POLICY_PATH: text.replace(old, new, 1) + "\n"}, "Policy", lane="core")
    at.server.git("fetch", "-q", str(work.path), f"{commit}:{MAIN}")
    return at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")


def test_a_record_kept_while_the_policy_changed_is_written_by_the_new_one(at: Arena) -> None:
    (one,) = changes(at.clone, 1)
    run_by("cy", at.clone, "accept", one, "--no-push")
    blob = change_policy(at, 'owned_paths = ["/docs/"', 'owned_paths = ["/notes/", "/docs/"')
    assert run_by("cy", at.clone, "ledger", "sync").ok
    assert json.loads(at.server.out("cat-file", "blob", f"{LEDGER}:record"))["policy"] == blob


def test_a_kept_record_that_the_new_policy_refuses(at: Arena) -> None:
    (one,) = changes(at.clone, 1)
    run_by("cy", at.clone, "accept", one, "--no-push")
    change_policy(at, 'acceptor = ["ana", "cy"]', 'acceptor = ["ana"]')
    ran = run_by("cy", at.clone, "ledger", "sync")
    assert ran.code == 1
    assert "LG202 unpushed record 1: cy holds no role acceptor" in ran.err
    assert "lanegate ledger sync --discard" in ran.err
    assert run_by("cy", at.clone, "ledger", "sync", "--discard").ok
    assert at.clone.tip(LEDGER) is None


@pytest.mark.parametrize("how", ["rewound", "forked", "deleted"])
def test_a_ledger_that_went_back_is_refused(at: Arena, tmp_path: Path, how: str) -> None:
    one, two = changes(at.clone, 2)
    assert run_by("cy", at.clone, "accept", one).ok
    assert run_by("cy", at.clone, "accept", two).ok
    older = at.server.out("rev-parse", f"{LEDGER}~1")
    if how == "deleted":
        at.server.git("update-ref", "-d", LEDGER)
    else:
        at.server.git("update-ref", LEDGER, older)
    if how == "forked":
        other = make_clone(at.server, tmp_path / "other")
        other.git("fetch", "-q", str(at.clone.path), "HEAD")
        assert run_by("ana", other, "reject", two).ok  # this clone has seen only the older one: it is honest
    tip = at.clone.tip(LEDGER)
    for command in (("ledger", "sync"), ("reject", one), ("ledger", "sync", "--discard")):
        ran = run_by("cy", at.clone, *command)
        assert ran.code == 1, ran.both
        assert "LG305 an older or forked ledger is served" in ran.err
    assert at.clone.tip(LEDGER) == tip


def test_a_ledger_that_went_back_before_this_clone_remembered_it(at: Arena) -> None:
    """Records of others that only this clone has: they are not pushed in one's own name."""
    one, two = changes(at.clone, 2)
    assert run_by("ana", at.clone, "accept", one).ok
    assert run_by("ana", at.clone, "accept", two).ok
    at.server.git("update-ref", LEDGER, f"{LEDGER}~1")
    (at.clone.path / ".git" / "lanegate" / "ledger-seen").unlink()
    ran = run_by("cy", at.clone, "ledger", "sync")
    assert ran.code == 1
    assert "LG305 record 2" in ran.err
    assert "by ana is in this clone and not on the server" in ran.err


@pytest.mark.parametrize("content", ["", "main\n", "0123\n", "\u00fc\n"])
def test_a_damaged_memory_stops_the_command(at: Arena, content: str) -> None:
    (one,) = changes(at.clone, 1)
    assert run_by("cy", at.clone, "accept", one).ok
    (at.clone.path / ".git" / "lanegate" / "ledger-seen").write_text(content, encoding="utf-8")
    ran = run_by("cy", at.clone, "ledger", "sync")
    assert ran.code == 3
    assert "ledger-seen" in ran.err


def test_a_damaged_ledger_in_the_clone(at: Arena) -> None:
    (one,) = changes(at.clone, 1)
    at.clone.git("update-ref", LEDGER, one)
    for command in (("ledger", "log"), ("ledger", "sync"), ("accept", one)):
        ran = run_by("cy", at.clone, *command)
        assert ran.code in (1, 3), ran.both
        assert "Traceback" not in ran.both
        assert "LG305" in ran.err or "LG903" in ran.err


def verify(clone: Clone, *args: str) -> Ran:
    return lanegate("ledger", "verify", *args, cwd=clone.path)


def test_verify(at: Arena, tmp_path: Path) -> None:
    assert verify(at.clone).out == "this clone has no ledger yet: lanegate ledger sync\n"
    one, two = changes(at.clone, 2)
    run_by("cy", at.clone, "accept", one)
    pinned = at.clone.tip(LEDGER) or ""
    blob = change_policy(at, 'owned_paths = ["/docs/"', 'owned_paths = ["/notes/", "/docs/"')
    run_by("ana", at.clone, "reject", two)
    assert json.loads(at.clone.out("cat-file", "blob", f"{LEDGER}:record"))["policy"] == blob
    ran = verify(at.clone, "--tip", pinned)
    assert ran.ok, ran.both
    assert ran.out.startswith(f"verified 2 record(s), tip {at.clone.tip(LEDGER)}\nnote: not judged: what refs held")
    said = json.loads(verify(at.clone, "--json").out)
    assert (said["decision"], said["summary"]["commits"]) == ("allowed", 2)
    assert verify(at.clone, "--tip", pinned[:12]).code == 2


def test_verify_finds_an_older_or_forged_ledger(at: Arena, tmp_path: Path) -> None:
    one, two = changes(at.clone, 2)
    run_by("cy", at.clone, "accept", one)
    run_by("cy", at.clone, "accept", two)
    good = at.clone.tip(LEDGER) or ""
    at.clone.git("update-ref", LEDGER, f"{LEDGER}~1")
    ran = verify(at.clone)
    assert ran.code == 1
    assert f"LG305 an older or forked ledger: {good[:12]} was seen before" in ran.out
    other = make_clone(at.server, tmp_path / "other")
    ran = verify(other, "--tip", good)
    assert ran.code == 1
    assert "was pinned, and refs/lanegate/ledger does not exist here" in ran.out
    forged = by("bob", at.clone).out("commit-tree", f"{good}^{{tree}}", "-p", f"{good}~1", "-S", data="Record\n")
    at.clone.git("update-ref", LEDGER, forged)
    ran = verify(at.clone)
    assert ran.code == 1
    assert "LG202" in ran.out


def test_records_below_a_branch_where_the_server_has_no_hooks(at: Arena) -> None:
    (one,) = changes(at.clone, 1)
    (at.server.path / "hooks" / "pre-receive").unlink()
    at.clone.git("config", "lanegate.records", "refs/heads/lanegate")
    assert run_by("cy", at.clone, "accept", one).ok
    assert at.server.tip("refs/heads/lanegate/ledger") == at.clone.tip(LEDGER)
    assert at.server.tip(LEDGER) is None


def test_killed_anywhere_the_command_can_be_given_again(at: Arena, tmp_path: Path) -> None:
    """git stops dead at the n-th call, for every n; then the command is given again."""
    real = at.clone.out("--exec-path")
    folder = tmp_path / "bin"
    folder.mkdir()
    counter = tmp_path / "count"
    (folder / "git").write_text(
        f'#!/bin/sh\nn=$(cat "{counter}" 2>/dev/null || echo 0)\nn=$((n + 1))\necho "$n" >"{counter}"\n'
        f'if [ "$n" -eq "$KILL_AT" ]; then kill -9 "$LANEGATE_PID"; exit 1; fi\n'
        f'exec "{real}/git" "$@"\n'
    )
    (folder / "git").chmod(0o755)
    killed = 0
    for turn in range(1, 60):
        commit = by("bob", at.clone).change({"src/ui/n": f"{turn}\n"}, lane="ui")
        counter.unlink(missing_ok=True)
        env = {**os.environ, **by("cy", at.clone).environment, "KILL_AT": str(turn)}
        env["PATH"] = f"{folder}:{env['PATH']}"
        argv = ["sh", "-c", 'LANEGATE_PID=$$ exec "$0" -m lanegate accept "$1"', sys.executable, commit]
        died = subprocess.run(argv, cwd=at.clone.path, env=env, capture_output=True, check=False)
        at.clone.git("fsck", "--strict", "--no-dangling")
        if died.returncode == 0:
            break
        killed += died.returncode == -signal.SIGKILL
        assert run_by("cy", at.clone, "accept", commit).ok
        assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
        assert [names for _, _, names in verdicts(at)].count([commit]) == 1
    assert killed >= 10
    at.sound()
