"""prepare-commit-msg and commit-msg on real commits: the lane gets into every kind of message, once.

Whatever way a message is made, the strict parser must find the lane in the commit that git stores, and the server must
take it. Each refusal has its honest twin beside it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.core.message import read_trailers
from tests.desk import Desk, allows, codes, make_desk, refuses

HERE = "src/ui/here.py"


@pytest.fixture
def staged(desk: Desk) -> Desk:
    """A desk in lane ui with an honest change staged."""
    desk.stage({HERE: "1\n"})
    return desk


@pytest.fixture
def docs(tmp_path: Path) -> Desk:
    """A desk in lane docs, which has a task and a subject prefix, with an honest change staged."""
    desk = make_desk(tmp_path)
    desk.use("docs")
    desk.stage({"docs/new.md": "new\n"})
    return desk


def editor(desk: Desk, script: str) -> dict[str, str]:
    """An editor that runs a shell script on the message file, $1."""
    path = desk.path.parent / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"GIT_EDITOR": str(path)}


def message(desk: Desk) -> str:
    return desk.out("log", "-1", "--format=%B").rstrip("\n")


def has_lane(desk: Desk, lane: str = "ui") -> None:
    """The stored message names the lane once for our parser, and git's own agrees."""
    raw = desk.out("log", "-1", "--format=%B")
    assert read_trailers(raw.encode()).of(b"lane") == (lane,), raw
    assert desk.out("log", "-1", "--format=%(trailers:key=Lane,valueonly)").split() == [lane]


def test_message_on_the_command_line(staged: Desk) -> None:
    allows(staged.git_commit("-m", "Add", "-m", "Why."))
    assert message(staged) == "Add\n\nWhy.\n\nLane: ui"
    assert staged.push("HEAD:refs/heads/lane/ui").ok


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Add", "Add\n\nLane: ui"),
        ("Fix: the thing", "Fix: the thing\n\nLane: ui"),
        ("Add\n\nSigned-off-by: A <a@b>\n", "Add\n\nSigned-off-by: A <a@b>\nLane: ui"),
        ("Add\n\nLane: ui\n", "Add\n\nLane: ui"),
        ("Add\n\nLane: ui\n\nMore, after it.\n", "Add\n\nLane: ui\n\nMore, after it.\n\nLane: ui"),
        ("Add\n\n> Lane: core\n", "Add\n\n> Lane: core\n\nLane: ui"),
        ("Add\r\n\r\nWindows.\r\n", "Add\n\nWindows.\n\nLane: ui"),
        ("Add\n\n# A heading, kept without an editor\n", "Add\n\n# A heading, kept without an editor\n\nLane: ui"),
    ],
)
def test_message_from_a_file(staged: Desk, text: str, stored: str) -> None:
    allows(staged.git_commit("-F", "-", data=text))
    assert message(staged) == stored


@pytest.mark.parametrize("options", [("--trailer", "Lane: ui"), ("-s",), ("--trailer", "Reviewed-by: Cy")])
def test_trailers_that_git_writes(staged: Desk, options: tuple[str, ...]) -> None:
    allows(staged.git_commit("-m", "Add", *options))
    has_lane(staged)


@pytest.mark.parametrize(
    "options", [(), ("-v",), ("-s",), ("--no-status",), ("--cleanup=scissors",), ("--cleanup=strip",)]
)
def test_message_from_an_editor(staged: Desk, options: tuple[str, ...]) -> None:
    if options[:1] == ("--cleanup=scissors",):
        staged.git("config", "commit.cleanup", "scissors")
    allows(staged.git_commit(*options, env=editor(staged, "sed -i.bak '1s/^/Add/' \"$1\"")))
    has_lane(staged)
    assert message(staged).startswith("Add\n\n")
    assert "diff --git" not in message(staged)


@pytest.mark.parametrize("character", [";", "auto", "%"])
def test_other_comment_characters(staged: Desk, character: str) -> None:
    staged.git("config", "core.commentChar", character)
    allows(staged.git_commit("-v", env=editor(staged, "sed -i.bak '1s/^/Add/' \"$1\"")))
    has_lane(staged)


@pytest.mark.parametrize("options", [(), ("-v",), ("-s",)])
def test_leaving_the_editor_without_a_word_commits_nothing(staged: Desk, options: tuple[str, ...]) -> None:
    before = staged.head()
    ran = staged.git_commit(*options, env=editor(staged, ":"))
    refuses(ran, "LG201")
    assert "empty but for its trailers" in ran.err
    assert staged.head() == before


def test_template(staged: Desk) -> None:
    staged.write("../template", "Topic: \n\nWhy: \n# Say why.\n")
    staged.git("config", "commit.template", "../template")
    ran = staged.git_commit(env=editor(staged, ":"))
    refuses(ran, "LG201")
    assert "the template of commit.template, unchanged" in ran.err
    allows(staged.git_commit(env=editor(staged, "sed -i.bak '1s/$/hooks/' \"$1\"")))
    assert message(staged) == "Topic: hooks\n\nWhy:\n\nLane: ui"


def test_amend_keeps_one_lane(staged: Desk) -> None:
    allows(staged.git_commit("-m", "Add"))
    allows(staged.git_commit("--amend", "-m", "Add it"))
    allows(staged.git_commit("--amend", "--no-edit"))
    allows(staged.git_commit("--amend", env=editor(staged, "sed -i.bak '1s/$/ better/' \"$1\"")))
    assert message(staged) == "Add it better\n\nLane: ui"


def test_amending_what_was_committed_without_hooks(staged: Desk) -> None:
    assert staged.git_commit("--no-verify", "-m", "Add\n\nLane : ui").ok
    allows(staged.git_commit("--amend", "--no-edit"))
    has_lane(staged)


def test_squash_and_fixup(staged: Desk) -> None:
    allows(staged.git_commit("-m", "Add"))
    staged.stage({HERE: "2\n"})
    allows(staged.git_commit("--fixup", "HEAD"))
    staged.stage({HERE: "3\n"})
    allows(staged.git_commit("--squash", "HEAD~1", "-m", "And more"))
    environment = {"GIT_SEQUENCE_EDITOR": ":", "GIT_EDITOR": "true"}
    Desk(staged.path, environment).git("rebase", "-q", "-i", "--autosquash", "origin/main")
    has_lane(staged)
    assert staged.push("HEAD:refs/heads/lane/ui").ok


def test_squashed_merge(staged: Desk) -> None:
    staged.git("switch", "-q", "-c", "topic")
    staged.change({HERE: "1\n"}, "Add", lane="ui")
    staged.change({HERE: "2\n"}, "More", lane="ui")
    staged.git("switch", "-q", "main")
    staged.git("merge", "-q", "--squash", "topic")
    allows(staged.git_commit("--no-edit"))
    assert message(staged).startswith("Squashed commit of the following:")
    has_lane(staged)


def test_cherry_pick_and_revert_carry_a_lane(staged: Desk) -> None:
    allows(staged.git_commit("-m", "Add"))
    staged.git("switch", "-q", "-c", "other", "HEAD^")
    staged.git("cherry-pick", "-x", "main")
    has_lane(staged)
    staged.git("revert", "--no-edit", "HEAD")
    has_lane(staged)
    assert staged.push("HEAD:refs/heads/lane/ui").ok


def test_honest_merge(staged: Desk) -> None:
    staged.git("switch", "-q", "-c", "side")
    staged.change({"src/core/more.py": "1\n"}, "Theirs", lane="core")
    staged.git("switch", "-q", "main")
    staged.change({HERE: "1\n"}, "Mine", lane="ui")
    ran = staged.git("merge", "--no-ff", "side", "-m", "Merge side", check=False)
    allows(ran)
    assert len(staged.out("log", "-1", "--format=%P").split()) == 2


def test_merge_by_hand_in_a_worktree_without_lane(tmp_path: Path) -> None:
    """A clean merge needs no lane, so nobody is asked for one."""
    desk = make_desk(tmp_path)
    desk.git("switch", "-q", "-c", "side")
    desk.change({"src/core/more.py": "1\n"}, "Theirs", lane="core")
    desk.git("switch", "-q", "main")
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(desk.git("merge", "--no-ff", "side", "-m", "Merge side", check=False))


def test_merge_with_changes_of_its_own_names_its_lane(tmp_path: Path) -> None:
    """`git merge` runs no pre-commit: its message is judged with its paths."""
    desk = make_desk(tmp_path)
    desk.git("switch", "-q", "-c", "side")
    desk.change({"src/core/index.py": "side\n"}, "Theirs", lane="core")
    desk.git("switch", "-q", "main")
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    ran = desk.git("merge", "--no-ff", "-s", "ours", "side", "-m", "Drop theirs", check=False)
    refuses(ran, "LG201")
    desk.git("merge", "--abort")
    desk.use("ui")
    ran = desk.git("merge", "--no-ff", "-s", "ours", "side", "-m", "Drop theirs", check=False)
    refuses(ran, "LG101")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Add\n\nLane: core", "names lane core, this worktree works in lane ui"),
        ("Add\n\nLane: nobody", "unknown lane nobody"),
        ("Add\n\nLane: ui\nLane: core", "several `Lane` trailers"),
        ("Add\n\nLane: ui\n folded", "folded"),
        ("Add\n\nLane: old", "lane old is done"),
    ],
)
def test_another_lane_in_the_message(staged: Desk, text: str, says: str) -> None:
    ran = staged.git_commit("-m", text)
    refuses(ran, "LG201")
    assert says in ran.err
    allows(staged.git_commit("-m", "Add"))


def test_text_added_below_the_trailers(staged: Desk) -> None:
    script = "sed -i.bak -e '1s/^/Add/' -e 's/^Lane: ui$/Lane: ui\\n\\nP.S./' \"$1\""
    refuses(staged.git_commit(env=editor(staged, script)), "LG201")


def test_nothing_cleaned_up(staged: Desk) -> None:
    """`verbatim` keeps the status in the message, so the lane goes below it."""
    staged.git("config", "commit.cleanup", "verbatim")
    allows(staged.git_commit(env=editor(staged, "sed -i.bak '1s/^/Add/' \"$1\"")))
    has_lane(staged)


@pytest.mark.parametrize("mode", ["strip", "whitespace", "verbatim", "scissors"])
@pytest.mark.parametrize("how", ["configured", "configured, edited", "option"])
def test_comments_in_every_cleanup(docs: Desk, mode: str, how: str) -> None:
    """What git stores has lane and task, and the next pass over it finds them there. Hooks are not told of --cleanup;
    where no editor opens, that makes no difference."""
    options = [f"--cleanup={mode}"] if how == "option" else []
    if how != "option":
        docs.git("config", "commit.cleanup", mode)
    edit = ["-e"] if how == "configured, edited" else []
    env = editor(docs, ":")
    for text in ("Add\n\nLane: docs\n\n# comment", "Add\n\n# comment\nSee: also\n", "Add\n# comment\n \n"):
        allows(docs.git_commit("--allow-empty", *options, *edit, "-F", "-", data="[W1] " + text, env=env))
        stored = message(docs)
        found = read_trailers(stored.encode())
        assert (found.of(b"lane"), found.of(b"task")) == (("docs",), ("T-12",)), stored
        allows(docs.git_commit("--amend", "--allow-empty", "--no-edit", *options))
        assert message(docs) == stored
    assert docs.push("HEAD:refs/heads/lane/docs").ok


def test_commit_verbose_cuts_without_an_editor(staged: Desk) -> None:
    """`commit -v` drops what stands below scissors, whoever wrote it: the lane goes above them."""
    cut = "# ------------------------ >8 ------------------------"
    text = f"Add\n\nHow to cut:\n{cut}\nbelow\n"
    for number, (value, kept) in enumerate([("true", False), ("2", False), ("false", True), ("0", True)]):
        staged.git("config", "commit.verbose", value)
        staged.stage({HERE: f"{number}\n"})
        allows(staged.git_commit("-F", "-", data=text))
        assert message(staged).endswith(f"\n{cut}\nbelow\n\nLane: ui" if kept else "\n\nHow to cut:\n\nLane: ui")
    assert staged.push("HEAD:refs/heads/lane/ui").ok


def test_comments_without_an_editor_where_git_chooses_their_character(staged: Desk) -> None:
    """A heading makes git choose `;`, so that strip keeps the heading: the lane goes below it."""
    staged.git("config", "core.commentChar", "auto")
    staged.git("config", "commit.cleanup", "strip")
    allows(staged.git_commit("-m", "Add\n\n# Heading"))
    assert message(staged) == "Add\n\n# Heading\n\nLane: ui"


def test_a_blank_message_that_git_would_store(staged: Desk) -> None:
    """`verbatim` takes a blank line for a message."""
    staged.git("config", "commit.cleanup", "verbatim")
    for text in (" \n", "\n\n"):
        ran = staged.git_commit("-F", "-", data=text)
        refuses(ran, "LG201")
        assert "the message is empty but for its trailers" in ran.err
    allows(staged.git_commit("-F", "-", data="Add\n"))


def test_task_and_prefix(docs: Desk) -> None:
    refuses(docs.git_commit("-m", "Add"), "LG205")
    refuses(docs.git_commit("-m", "[W1]Add"), "LG205")
    refuses(docs.git_commit("-m", "[W1] Add\n\nTask: T-1\nLane: docs"), "LG204")
    allows(docs.git_commit("-m", "[W1] Add"))
    assert message(docs) == "[W1] Add\n\nLane: docs\nTask: T-12"
    assert docs.push("HEAD:refs/heads/lane/docs").ok


def test_no_verify_still_writes_the_lane(staged: Desk) -> None:
    assert staged.git_commit("--no-verify", "-m", "Add").ok
    has_lane(staged)


def test_what_cannot_be_judged_is_refused_but_not_by_prepare(staged: Desk) -> None:
    """With --no-verify nothing of ours may lock people out; without it, nothing passes unjudged."""
    staged.git("config", "lanegate.trustedRef", "refs/remotes/origin/gone")
    assert staged.git_commit("--no-verify", "-m", "Add").ok
    refuses(staged.git_commit("--amend", "-m", "Add"), "LG901")


def test_empty_commit_and_empty_message(staged: Desk) -> None:
    allows(staged.git_commit("-m", "Add"))
    allows(staged.git_commit("--allow-empty", "-m", "Nothing"))
    has_lane(staged)
    ran = staged.git_commit("--allow-empty", "-m", "")
    assert not ran.ok
    assert codes(ran) == set()
    assert "empty commit message" in ran.err
