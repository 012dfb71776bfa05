"""`lanegate accept|reject|withdraw|reconcile`: real records, pushed to a real server that judges them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.core.record import MAX_NAMED
from tests.attack_ledger import LEDGER, ledger_policy
from tests.attack_signatures import by, run_by
from tests.attack_support import BY_SSH, MAIN, Arena, arena, as_pusher
from tests.support import Bare, Ran, lanegate, make_clone, run


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


def change(at: Arena, who: str = "bob", lane: str = "ui", path: str = "src/ui/search.py", content: str = "2\n") -> str:
    return by(who, at.clone).change({path: content}, f"Change {path}", lane=lane)


def last_record(repo: Bare) -> dict[str, object]:
    found: dict[str, object] = json.loads(repo.out("cat-file", "blob", f"{LEDGER}:record"))
    return found


def refused(ran: Ran, code: str) -> None:
    assert ran.code == 1, ran.both
    assert code in ran.err, ran.both
    assert "Traceback" not in ran.both


def test_accept(at: Arena) -> None:
    commit = change(at)
    ran = run_by("cy", at.clone, "accept", "HEAD", "--note", "seen on two machines")
    assert ran.ok, ran.both
    assert ran.out == f"record 1: accepted: {commit[:12]} of ui for main\n"
    record = last_record(at.server)
    assert record["commits"] == [commit]
    assert (record["lane"], record["refs"], record["writer"]) == ("ui", [MAIN], "cy")
    assert (record["note"], record["number"], record["tips"]) == ("seen on two machines", 1, [])
    assert at.clone.tip(LEDGER) == at.server.tip(LEDGER)
    at.sound()


def test_twice_is_one_record(at: Arena) -> None:
    change(at)
    assert run_by("cy", at.clone, "accept", "HEAD").ok
    ran = run_by("cy", at.clone, "accept", "HEAD")
    assert ran.ok, ran.both
    assert ran.out.startswith("record 1 says so already: accepted")
    assert last_record(at.server)["number"] == 1


def test_several_commits_in_the_order_of_history(at: Arena) -> None:
    first, second = change(at), change(at, content="3\n")
    assert run_by("cy", at.clone, "accept", second, first[:10]).ok
    assert last_record(at.server)["commits"] == [first, second]


def test_more_commits_than_a_record_holds(at: Arena) -> None:
    """The clone's ledger is as it was: nobody is told to mend it."""
    each = "commit refs/heads/many\ncommitter B <b@example.org> 1700000000 +0000\ndata 12\nx\n\nLane: ui\n\n"
    at.clone.git("fast-import", "--quiet", data=f"{each}from {at.clone.head()}\n\n" + f"{each}\n" * MAX_NAMED)
    ran = run_by("cy", at.clone, "accept", "main..many")
    refused(ran, "LG305")
    assert f"commits: expected a list of 1 to {MAX_NAMED}" in ran.err
    assert "damaged" not in ran.err
    assert at.clone.tip(LEDGER) is None
    assert run_by("cy", at.clone, "accept", "main..many~1").ok


def test_reject_names_what_the_server_holds_now(at: Arena, tmp_path: Path) -> None:
    commit = change(at)
    other = make_clone(at.server, tmp_path / "other")
    moved = other.change({"src/core/index.py": "9\n"}, lane="core")
    at.server.git("fetch", "-q", str(other.path), f"{moved}:{MAIN}")  # the clone does not know of it
    ran = run_by("cy", at.clone, "reject", commit, "--note", "focus is lost")
    assert ran.ok, ran.both
    record = last_record(at.server)
    assert (record["verdict"], record["tips"]) == ("rejected", {MAIN: moved})


def test_withdraw_and_accept_again(at: Arena) -> None:
    change(at)
    assert run_by("cy", at.clone, "accept", "HEAD").ok
    assert run_by("cy", at.clone, "withdraw", "HEAD").out == (
        f"record 2: withdrawn: verdicts on {at.clone.head()[:12]} for main\n"
    )
    assert "record 2 says so already" in run_by("cy", at.clone, "withdraw", "HEAD").out
    assert run_by("cy", at.clone, "accept", "HEAD").out.startswith("record 3: accepted")


def test_a_verdict_after_anothers_is_recorded(at: Arena) -> None:
    change(at)
    assert run_by("cy", at.clone, "accept", "HEAD").ok
    assert run_by("ana", at.clone, "reject", "HEAD").ok
    assert run_by("cy", at.clone, "accept", "HEAD").out.startswith("record 3: accepted")


def test_reconcile(at: Arena) -> None:
    ran = run_by("bob", at.clone, "reconcile", "A2", "A1", "A1", "--lane", "ui")
    assert ran.out == "record 1: reconciled: A1, A2 of ui\n", ran.both
    assert "record 1 says so already" in run_by("ana", at.clone, "reconcile", "A1", "--lane", "ui").out
    refused(run_by("cy", at.clone, "reconcile", "A3", "--lane", "ui"), "LG202")


@pytest.mark.parametrize(
    ("who", "lane", "path", "code", "says"),
    [
        ("bob", "ui", "src/ui/search.py", "LG202", "bob holds no role acceptor"),
        ("ana", "core", "src/core/index.py", "LG202", "ana owns lane core"),
        ("mallory", "ui", "src/ui/search.py", "LG203", "is nobody's key in the policy"),
    ],
)
def test_who_may_not_is_told_before_anything_is_written(
    at: Arena, who: str, lane: str, path: str, code: str, says: str
) -> None:
    change(at, lane=lane, path=path)
    ran = run_by(who, at.clone, "accept", "HEAD")
    refused(ran, code)
    assert says in ran.err
    assert at.server.tip(LEDGER) is None
    assert at.clone.tip(LEDGER) is None


def test_the_signer_of_a_commit_does_not_accept_it(at: Arena) -> None:
    change(at, who="cy")
    refused(run_by("cy", at.clone, "accept", "HEAD"), "LG202")
    assert run_by("ana", at.clone, "accept", "HEAD").ok


def test_without_a_key(at: Arena) -> None:
    change(at)
    ran = lanegate("accept", "HEAD", cwd=at.clone.path)
    refused(ran, "LG203")
    assert "user.signingKey is not set" in ran.err
    assert "git config gpg.format ssh" in ran.err


def test_a_key_that_cannot_sign(at: Arena, tmp_path: Path) -> None:
    change(at)
    theirs = by("cy", at.clone)
    public = Path(theirs.environment["GIT_CONFIG_VALUE_1"]).with_suffix(".pub").read_text()
    lonely = tmp_path / "lonely.pub"
    lonely.write_text(public)
    env = {**theirs.environment, "GIT_CONFIG_VALUE_1": str(lonely), "SSH_AUTH_SOCK": ""}
    ran = lanegate("accept", "HEAD", cwd=at.clone.path, env=env)
    refused(ran, "LG203")
    assert at.clone.tip(LEDGER) is None


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("accept",), "name commits, or --carry OLD NEW"),
        (("accept", "HEAD", "--carry", "HEAD", "HEAD"), "name commits, or --carry OLD NEW"),
        (("accept", "--carry", "HEAD", "HEAD"), "are the same commit"),
        (("reject",), "required: COMMIT"),
        (("accept", "nothing"), "nothing names no commit here; fetch it first"),
        (("accept", "HEAD", "--lane", "core"), "is of lane ui, not of core"),
        (("accept", "HEAD", "--report", "no.toml"), "report no.toml: No such file or directory"),
        (("accept", "HEAD", "--report", "src/app.py"), "report src/app.py: line 1: app: unknown key"),
        (("reconcile", "A1", "--lane", "nobody"), "unknown lane nobody; lanes of the policy: ui, core, docs, old"),
        (("reconcile", "A 1", "--lane", "ui"), "'A 1' is no id of an assumption"),
    ],
)
def test_usage(at: Arena, args: tuple[str, ...], says: str) -> None:
    change(at)
    ran = run_by("cy", at.clone, *args)
    assert ran.code == 2, ran.both
    assert says in ran.err
    assert at.server.tip(LEDGER) is None


def test_a_ref_that_asks_for_no_verdict(at: Arena) -> None:
    change(at)
    refused(run_by("cy", at.clone, "accept", "HEAD", "--ref", "lane/ui"), "LG305")


def test_commits_without_a_lane_need_one(at: Arena) -> None:
    by("bob", at.clone).change({"src/ui/search.py": "2\n"}, "No trailer")
    ran = run_by("cy", at.clone, "accept", "HEAD")
    assert ran.code == 2
    assert "carries no `Lane`: say --lane ID" in ran.err
    assert run_by("cy", at.clone, "accept", "HEAD", "--lane", "ui").ok


def test_a_pattern_needs_a_ref(tmp_path: Path) -> None:
    refs = '[[refs]]\nname = "refs/heads/main"\n[[refs]]\nname = "refs/heads/release/*"\naccepted = true\n'
    refs += '[[refs]]\nname = "refs/heads/lane/{lane}"\n'
    at = arena(tmp_path, ledger_policy(refs=refs))
    change(at)
    ran = run_by("cy", at.clone, "accept", "HEAD")
    assert ran.code == 2
    assert "say for which ref of refs/heads/release/*: --ref NAME" in ran.err
    assert run_by("cy", at.clone, "accept", "HEAD", "--ref", "release/1").ok
    assert last_record(at.server)["refs"] == ["refs/heads/release/1"]


def test_no_ref_asks_for_verdicts(tmp_path: Path) -> None:
    at = arena(tmp_path)
    change(at)
    ran = run_by("cy", at.clone, "accept", "HEAD")
    assert ran.code == 2
    assert "no ref of the policy asks for verdicts" in ran.err


def test_json(at: Arena) -> None:
    commit = change(at)
    ran = run_by("cy", at.clone, "accept", "HEAD", "--format", "json")
    said = json.loads(ran.out)
    assert (said["version"], said["state"], said["why"], said["replayed"]) == (1, "pushed", None, 0)
    (record,) = said["records"]
    assert record["id"] == at.server.tip(LEDGER)
    assert (record["commits"], record["already"], record["number"]) == ([commit], False, 1)
    said = json.loads(run_by("cy", at.clone, "accept", "HEAD", "--format", "json").out)
    assert said["records"][0]["already"] is True
    ran = run_by("bob", at.clone, "accept", "HEAD", "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out)["violations"][0]["code"] == "LG202"


def test_identity_none_writes_unsigned_records(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy("none"))
    at.clone.change({"src/ui/search.py": "2\n"}, lane="ui")
    ran = lanegate("accept", "HEAD", cwd=at.clone.path)
    assert ran.ok, ran.both
    assert last_record(at.server)["writer"] is None
    assert "gpgsig" not in at.server.out("cat-file", "commit", LEDGER)


def test_without_a_remote_the_ledger_is_this_clones(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy("none"))
    at.clone.change({"src/ui/search.py": "2\n"}, lane="ui")
    at.clone.git("branch", "trusted", "origin/main")
    at.clone.git("remote", "remove", "origin")
    at.clone.git("config", "lanegate.trustedRef", "refs/heads/trusted")
    ran = lanegate("accept", "HEAD", cwd=at.clone.path)
    assert ran.ok, ran.both
    assert ran.out.startswith("record 1 (in this clone): accepted")


def test_pusher_asks_for_the_lanes_ref(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy("pusher"), config=BY_SSH)
    commit = at.clone.change({"src/ui/search.py": "2\n"}, lane="ui")
    ran = run_by("cy", at.clone, "accept", "HEAD")
    refused(ran, "LG301")
    assert f"git push origin {commit[:12]}:refs/heads/lane/ui" in ran.err
    other = make_clone(at.server, tmp_path / "other")
    run(["git", "fetch", "-q", str(at.clone.path)], cwd=other.path, check=True)
    later = run(["git", "commit-tree", "-p", commit, "-m", "x", f"{commit}^{{tree}}"], cwd=other.path, check=True)
    at.server.git("fetch", "-q", str(other.path), f"{later.out.strip()}:refs/heads/lane/ui")
    theirs = by("cy", at.clone)
    ran = lanegate("accept", "HEAD", cwd=at.clone.path, env={**theirs.environment, **as_pusher("cy")})
    assert ran.ok, ran.both  # though this clone had never seen the lane's tip


def test_the_server_says_no_all_the_same(at: Arena) -> None:
    """The server's own words are shown, and nothing is left in the clone that would be pushed again."""
    change(at)
    hook = at.server.path / "hooks" / "pre-receive"
    hook.unlink()
    hook.write_text("#!/bin/sh\necho 'lanegate: refused'; echo '    LG202 cy may not' >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = run_by("cy", at.clone, "accept", "HEAD")
    refused(ran, "LG202")
    assert "the server refused the record: cy may not" in ran.err
    assert at.clone.tip(LEDGER) is None


def rebased(at: Arena, files: dict[str, str]) -> str:
    """HEAD made anew on top of another commit that changes these files; its new id."""
    old = at.clone.head()
    at.clone.git("reset", "-q", "--hard", "HEAD~1")
    by("ana", at.clone).change(dict(files), "Under", lane="core")
    by("bob", at.clone).git("cherry-pick", old)
    return at.clone.head()


def test_carry_to_a_rebased_commit(at: Arena) -> None:
    old = change(at)
    assert run_by("cy", at.clone, "accept", old).ok
    new = rebased(at, {"src/core/index.py": "2\n"})
    ran = run_by("ana", at.clone, "accept", "--carry", old, "HEAD")
    assert ran.ok, ran.both
    assert ran.out == f"record 2: accepted: {new[:12]} of ui for main\n"
    assert f"1:  {old[:7]} = 1:  {new[:7]} Change src/ui/search.py" in ran.err
    record = last_record(at.server)
    assert (record["commits"], record["carried"], record["writer"]) == ([new], {new: old}, "ana")


def test_carry_several_from_a_clone_that_has_no_ledger_yet(at: Arena, tmp_path: Path) -> None:
    olds = [change(at, path=f"src/ui/{n}.py") for n in range(3)]
    assert run_by("cy", at.clone, "accept", *olds).ok
    at.clone.git("reset", "-q", "--hard", "HEAD~3")
    by("ana", at.clone).change({"src/core/index.py": "2\n"}, "Under", lane="core")
    by("bob", at.clone).git("cherry-pick", *olds)
    news = at.clone.out("rev-list", "--reverse", "-3", "HEAD").split()
    other = make_clone(at.server, tmp_path / "other")
    for oid in (olds[-1], news[-1]):
        other.git("fetch", "-q", str(at.clone.path), oid)
    pairs = [word for old, new in zip(olds, news, strict=True) for word in ("--carry", old, new)]
    ran = run_by("cy", other, "accept", *pairs)
    assert ran.ok, ran.both
    assert last_record(at.server)["commits"] == news


def test_carry_refuses_another_change(at: Arena) -> None:
    old = change(at)
    assert run_by("cy", at.clone, "accept", old).ok
    at.clone.git("reset", "-q", "--hard", "HEAD~1")
    new = change(at, content="2 \n")
    ran = run_by("cy", at.clone, "accept", "--carry", old, new)
    refused(ran, "LG301")
    assert f"not the change that was accepted as {old[:12]}: src/ui/search.py: other lines" in ran.err
    assert last_record(at.server)["number"] == 1


@pytest.mark.parametrize("after", ["nothing", "rejected", "withdrawn"])
def test_carry_refuses_what_is_not_accepted(at: Arena, after: str) -> None:
    old = change(at)
    if after != "nothing":
        assert run_by("cy", at.clone, "accept", old).ok
        assert run_by("cy", at.clone, "reject" if after == "rejected" else "withdraw", old).ok
    rebased(at, {"src/core/index.py": "2\n"})
    ran = run_by("cy", at.clone, "accept", "--carry", old, "HEAD")
    refused(ran, "LG301")
    assert "it has no accepted verdict that could be carried" in ran.err


def test_carry_gives_no_right(at: Arena) -> None:
    old = change(at)
    assert run_by("cy", at.clone, "accept", old).ok
    rebased(at, {"src/core/index.py": "2\n"})
    refused(run_by("bob", at.clone, "accept", "--carry", old, "HEAD"), "LG202")
    refused(run_by("ana", at.clone, "accept", "--carry", old, "HEAD", "--ref", "release/1"), "LG301")
