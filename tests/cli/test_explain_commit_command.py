"""`lanegate explain --commit`: what it says before the push is what the server says at the push."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attack_ledger import ledger_policy
from tests.attack_signatures import by, run_by
from tests.attack_support import Arena, arena, codes_in
from tests.support import Ran, lanegate


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, ledger_policy())


def explain(at: Arena, *args: str) -> Ran:
    ran = lanegate("explain", *args, cwd=at.clone.path)
    assert "Traceback" not in ran.both
    return ran


def test_before_and_after_the_verdict(at: Arena) -> None:
    commit = by("bob", at.clone).change({"src/ui/search.py": "2\n"}, "Search", lane="ui")
    ran = explain(at, "--commit", "HEAD")
    assert ran.ok, ran.both
    assert ran.out.startswith(f'{commit[:12]} "Search" to refs/heads/main: refused (1 problem)\n')
    assert "  ok  identity  signed by bob\n" in ran.out
    assert "  no  verdict   none\n      LG301 " in ran.out
    assert "lanegate accept" in ran.out
    at.refuses("HEAD:main", codes=["LG301"])
    assert run_by("cy", at.clone, "accept", "HEAD").ok
    ran = explain(at, "--commit", commit[:9])
    assert "to refs/heads/main: may land\n" in ran.out
    assert "  ok  verdict   accepted by cy (record 1)\n" in ran.out
    assert at.clone.push("HEAD:main").ok
    assert explain(at, "--commit", commit).out == (
        f'{commit[:12]} "Search" to refs/heads/main: landed\n  note: it stands on refs/heads/main already\n'
    )


def test_beside_the_ref_it_is_taken_to_land_by_a_merge(at: Arena) -> None:
    commit = by("bob", at.clone).change({"src/ui/search.py": "2\n"}, "Search", lane="ui")
    at.clone.git("switch", "-q", "-c", "other", "HEAD~1")
    moved = by("ana", at.clone).change({"src/core/index.py": "2\n"}, lane="core")
    at.plant(f"{moved}:refs/heads/main")
    at.clone.git("fetch", "-q")
    assert run_by("cy", at.clone, "accept", commit).ok
    before = at.clone.out("count-objects")
    ran = explain(at, "--commit", commit, "--ref", "main")
    assert "to refs/heads/main: may land\n" in ran.out
    assert "note: taken to land by a clean merge" in ran.out
    assert at.clone.out("count-objects") == before


def test_a_conflict_and_others_that_come_with_it(at: Arena) -> None:
    by("bob", at.clone).change({"src/core/index.py": "mine\n"}, "Not mine", lane="ui")
    commit = by("bob", at.clone).change({"src/ui/search.py": "2\n"}, "Search", lane="ui")
    first = at.clone.out("rev-parse", "HEAD~1")
    ran = explain(at, "--commit", commit)
    assert f"also refused, and coming with it: {first[:12]}" in ran.out
    at.clone.git("switch", "-q", "-c", "other", "HEAD~2")
    moved = by("ana", at.clone).change({"src/core/index.py": "theirs\n"}, lane="core")
    at.plant(f"{moved}:refs/heads/main")
    at.clone.git("fetch", "-q")
    assert "note: it does not merge cleanly" in explain(at, "--commit", commit).out


def test_json_holds_what_text_says(at: Arena) -> None:
    by("bob", at.clone).change({"src/core/index.py": "2\n"}, "Not mine", lane="ui")
    said = json.loads(explain(at, "--commit", "HEAD", "--format", "json").out)
    (one,) = said["refs"]
    assert one["ref"] == "refs/heads/main"
    found = {aspect["name"]: [each["code"] for each in aspect["violations"]] for aspect in one["aspects"]}
    assert (found["paths"], found["verdict"]) == (["LG101"], ["LG301"])
    assert codes_in(explain(at, "--commit", "HEAD")) == {"LG101", "LG301"}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((), "name paths, or a commit with --commit"),
        (("README.md", "--commit", "HEAD"), "name paths, or a commit with --commit"),
        (("README.md", "--ref", "main"), "name paths, or a commit with --commit"),
        (("--commit", "HEAD", "--lane", "ui"), "--lane and --policy are about paths"),
        (("--commit", "nothing"), "nothing names no commit here"),
        (("--commit", "HEAD", "--ref", "odd"), "no rule of [[refs]] names refs/heads/odd"),
    ],
)
def test_usage(at: Arena, args: tuple[str, ...], says: str) -> None:
    ran = explain(at, *args)
    assert ran.code == 2, ran.both
    assert says in ran.err


def test_a_lone_commit_needs_no_option(at: Arena) -> None:
    """As git tells revisions from files: what has a file's name is a path."""
    commit = by("bob", at.clone).change({"src/ui/search.py": "2\n"}, "Search", lane="ui")
    expected = explain(at, "--commit", commit).out
    for name in (commit, commit[:7], "HEAD", "HEAD~0"):
        assert explain(at, name).out == expected
    assert explain(at, "HEAD", "--ref", "main").out == expected
    for paths in (["HEAD", "src/ui/search.py"], [commit[:6]], ["f" * 40], ["main"]):
        assert explain(at, *paths).out.startswith(f"{paths[0]}: ")
    at.clone.write(commit[:7])
    assert explain(at, commit[:7]).out.startswith(f"{commit[:7]}: ")
