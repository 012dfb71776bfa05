"""What a commit does to paths, however git can be made to show it otherwise (THREATS, "Reading a push")."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack_support import GITLINK, LANE, MAIN, SYMLINK, Arena, arena, blob, commit_with
from tests.support import Clone

ELSEWHERE = "5" * 40


def move(old: str, new: str) -> Callable[[Clone], object]:
    def do(clone: Clone) -> None:
        (clone.path / new).parent.mkdir(parents=True, exist_ok=True)
        clone.git("mv", old, new)

    return do


def remove(*paths: str) -> Callable[[Clone], object]:
    return lambda clone: clone.git("rm", "-q", "-r", *paths)


def chmod(path: str) -> Callable[[Clone], object]:
    return lambda clone: clone.git("update-index", "--chmod=+x", path)


def replace(path: str, new: str, content: str = "x\n") -> Callable[[Clone], object]:
    """Take `path` away and write `new`, which may be below it or above it."""

    def do(clone: Clone) -> None:
        clone.git("rm", "-q", "-r", path)
        clone.write(new, content)
        clone.git("add", new)

    return do


def link(path: str, target: str) -> Callable[[Clone], object]:
    def do(clone: Clone) -> None:
        full = clone.path / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.unlink(missing_ok=True)
        full.symlink_to(target)
        clone.git("add", path)

    return do


def submodule(path: str) -> Callable[[Clone], object]:
    return lambda clone: clone.git("update-index", "--add", "--cacheinfo", f"{GITLINK},{ELSEWHERE},{path}")


def write(path: str, content: str = "changed\n") -> Callable[[Clone], object]:
    def do(clone: Clone) -> None:
        clone.write(path, content)
        clone.git("add", path)

    return do


#: (name, what lane ui does to the index, codes), honest twins beside: the same inside the lane.
EDITS: list[tuple[str, Callable[[Clone], object], list[str]]] = [
    ("edit", write("src/core/index.py"), ["LG101"]),
    ("edit_honest", write("src/ui/search.py"), []),
    ("rename_out_of_another_lane", move("src/core/index.py", "src/ui/index.py"), ["LG101"]),
    ("rename_into_another_lane", move("src/ui/search.py", "src/core/search.py"), ["LG101"]),
    ("rename_honest", move("src/ui/search.py", "src/ui/find.py"), []),
    ("rename_of_a_modify_path", move("src/app.py", "src/ui/app.py"), ["LG102"]),
    ("deletion", remove("src/core/index.py"), ["LG101"]),
    ("deletion_of_a_folder", remove("src/core"), ["LG101"]),
    ("deletion_of_a_modify_path", remove("src/app.py"), ["LG102"]),
    ("deletion_honest", remove("src/ui/search.py"), []),
    ("mode", chmod("src/core/index.py"), ["LG101"]),
    ("mode_of_a_modify_path", chmod("src/app.py"), ["LG102"]),
    ("mode_honest", chmod("src/ui/search.py"), []),
    ("modify_honest", write("src/app.py"), []),
    ("modify_emptied_honest", write("src/app.py", ""), []),
    ("link_for_a_file", link("src/core/index.py", "other.py"), ["LG101"]),
    ("link_for_a_modify_path", link("src/app.py", "ui/search.py"), ["LG102"]),
    ("link_honest", link("src/ui/search.py", "find.py"), []),
    ("folder_for_a_file", replace("src/core/index.py", "src/core/index.py/x"), ["LG101"]),
    ("folder_for_a_modify_path", replace("src/app.py", "src/app.py/x"), ["LG102"]),
    ("file_for_a_folder", replace("src/core", "src/core"), ["LG101"]),
    ("file_for_the_own_folder", replace("src/ui", "src/ui"), ["LG101", "LG104"]),
    ("folder_for_a_file_honest", replace("src/ui/search.py", "src/ui/search.py/x"), []),
    ("submodule", submodule("src/core/sub"), ["LG101"]),
    ("submodule_for_a_file", submodule("src/app.py"), ["LG102"]),
    ("submodule_honest", submodule("src/ui/sub"), []),
    ("taken_away_part", write("src/ui/theme/dark.py"), ["LG101"]),
    ("out_of_scope", write("src/ui/vendor/lib.py"), ["LG104"]),
    ("unowned", write("nobody.txt"), ["LG103"]),
    ("attributes_that_act_on_all", write(".gitattributes", "* merge=ours -diff\n"), ["LG103"]),
    ("modules_that_act_on_all", write(".gitmodules", '[submodule "x"]\npath = x\nurl = .\n'), ["LG103"]),
    ("mailmap_that_acts_on_all", write(".mailmap", "Ana <ana@x> <bob@example.org>\n"), ["LG103"]),
    ("workflow_that_acts_on_all", write(".github/workflows/ci.yml", "on: push\n"), ["LG103"]),
    ("attributes_inside_the_lane_honest", write("src/ui/.gitattributes", "*.py -diff\n"), []),
]


@pytest.mark.parametrize(("edit", "codes"), [pytest.param(edit, codes, id=name) for name, edit, codes in EDITS])
def test_edit(tmp_path: Path, edit: Callable[[Clone], object], codes: list[str]) -> None:
    at = arena(tmp_path)
    edit(at.clone)
    assert at.clone.commit("Edit", lane="ui").ok
    if codes:
        at.refuses(f"HEAD:{LANE}", codes=codes)
    else:
        at.accepts(f"HEAD:{LANE}")


def test_change_then_revert_inside_the_range(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    at.clone.change({"src/core/index.py": "index = 1\n"}, lane="ui")
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.refuses("HEAD:main", codes=["LG101"])


def test_change_then_revert_honest(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.clone.change({"src/ui/search.py": "search = 1\n"}, lane="ui")
    at.accepts("HEAD:main")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_commit_anywhere_in_the_range(tmp_path: Path, place: int) -> None:
    at = arena(tmp_path)
    for number in range(3):
        path = "src/core/index.py" if number == place else f"src/ui/{number}.py"
        at.clone.change({path: "changed\n"}, lane="ui")
    at.refuses("HEAD:main", codes=["LG101"])


def test_a_submodule_move_that_gitmodules_hides(tmp_path: Path) -> None:
    """`ignore = all` makes `git diff` and `git log` silent about a submodule, in .gitmodules and in configuration."""
    modules = '[submodule "sub"]\n\tpath = src/core/sub\n\turl = ../sub\n\tignore = all\n'
    at = arena(tmp_path, config={"submodule.sub.ignore": "all", "diff.ignoreSubmodules": "all"})
    changed = {b".gitmodules": ("100644", blob(at.clone, modules)), b"src/core/sub": (GITLINK, ELSEWHERE)}
    at.begin_at(commit_with(at.clone, changed))
    moved = commit_with(at.clone, {b"src/core/sub": (GITLINK, "6" * 40)})
    at.refuses(f"{moved}:{LANE}", codes=["LG101"])
    honest = commit_with(at.clone, {b"src/core/sub": (GITLINK, "6" * 40)}, message="Move\n\nLane: core\n")
    at.accepts(f"{honest}:refs/heads/lane/core")


def test_diff_settings_of_the_server_hide_nothing(tmp_path: Path) -> None:
    settings = {"diff.renames": "copies", "diff.orderFile": "/nowhere", "diff.noprefix": "true", "log.follow": "true"}
    at = arena(tmp_path, config={**settings, "core.attributesFile": "/nowhere", "diff.external": "true"})
    at.clone.git("mv", "src/core/index.py", "src/ui/index.py")
    at.clone.commit(lane="ui")
    at.refuses("HEAD:main", codes=["LG101"])


def test_an_empty_commit_needs_a_lane(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.commit("Nothing")
    at.refuses("HEAD:main", codes=["LG201"])
    at.clone.git("reset", "-q", "--hard", "origin/main")
    at.clone.commit("Nothing", lane="ui")
    at.accepts("HEAD:main")


def test_a_root_commit_is_judged_against_nothing(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.git("checkout", "-q", "--orphan", "fresh")
    at.clone.commit("Everything anew", lane="ui")
    at.refuses(f"HEAD:{LANE}", codes=["LG101", "LG102", "LG104"])
    at.clone.git("rm", "-q", "-r", "-f", ".")
    at.clone.write("src/ui/only.py")
    at.clone.git("add", "src/ui/only.py")
    at.clone.commit("Only mine", "--amend", lane="ui")
    at.accepts(f"HEAD:{LANE}")


#: Names of one segment as bytes; each is pushed inside the lane and outside of it.
NAMES = [
    b'quo"te',
    b"\xc2\xa0x",
    b"back\\slash",
    b"\xff\xfe",
    b"a\xe9b",
    "ünï".encode(),
    b"-rf",
    b":(top)*",
    b"*",
    b"a b",
]


@pytest.mark.parametrize("name", NAMES, ids=[repr(name)[2:-1] for name in NAMES])
def test_names_that_other_tools_quote_or_cannot_decode(tmp_path: Path, name: bytes) -> None:
    at = arena(tmp_path)
    outside = commit_with(at.clone, {b"src/core/" + name: ("100644", blob(at.clone))})
    at.refuses(f"{outside}:{LANE}", codes=["LG101"])
    inside = commit_with(at.clone, {b"src/ui/" + name + b"/" + name: ("100644", blob(at.clone))})
    at.accepts(f"{inside}:{LANE}")


def test_a_quoted_name_is_not_the_name(tmp_path: Path) -> None:
    """`"src/ui/x"` with its quotes, as git prints odd names, is another path, and nobody's."""
    at = arena(tmp_path)
    outside = commit_with(at.clone, {b'"src/ui/x"': ("100644", blob(at.clone))})
    at.refuses(f"{outside}:{LANE}", codes=["LG103"])


def test_objects_of_a_refused_push_are_not_accepted_later(tmp_path: Path) -> None:
    """The same commits pushed again, also when their objects stayed on the server."""
    at = arena(tmp_path)
    bad = at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    at.refuses("HEAD:main", codes=["LG101"])
    at.refuses("HEAD:main", codes=["LG101"])
    at.server.git("fetch", "-q", str(at.clone.path), bad)
    assert at.server.git("cat-file", "-t", bad).out == "commit\n"
    at.refuses("HEAD:main", codes=["LG101"])
    on_top = at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.refuses(f"{on_top}:{LANE}", codes=["LG101"])


def test_objects_of_an_honest_leftover_are_no_obstacle(tmp_path: Path) -> None:
    at = arena(tmp_path)
    honest = at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.server.git("fetch", "-q", str(at.clone.path), honest)
    at.accepts("HEAD:main")


def _with_alternate(at: Arena, folder: Path) -> None:
    other = folder / "other.git"
    at.clone.git("clone", "-q", "--bare", str(at.clone.path), str(other))
    alternates = at.server.path / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{other / 'objects'}\n")


def test_objects_in_an_alternate_are_not_accepted(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    _with_alternate(at, tmp_path)
    at.refuses("HEAD:main", codes=["LG101"])


def test_objects_in_an_alternate_honest(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    _with_alternate(at, tmp_path)
    at.accepts("HEAD:main")


@pytest.mark.parametrize("ref", ["refs/pull/1/head", "refs/notes/x", "refs/tags/v1", "refs/heads/unnamed"])
def test_a_commit_on_a_ref_that_no_rule_names_is_still_new(tmp_path: Path, ref: str) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    at.plant(f"HEAD:{ref}")
    at.refuses("HEAD:main", codes=["LG101"])
    at.refuses(f"HEAD:{LANE}", codes=["LG101"])


def test_a_commit_on_a_lane_ref_was_judged_there_and_may_be_merged_in(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.git("checkout", "-q", "-b", "work")
    at.clone.change({"src/core/index.py": "index = 2\n"}, lane="core")
    at.accepts("HEAD:refs/heads/lane/core")
    at.clone.git("checkout", "-q", "-b", "mine", "origin/main")
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.clone.git("merge", "-q", "--no-edit", "work")
    at.accepts(f"HEAD:{LANE}")


def test_a_rewind_brings_no_commit_and_is_refused(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.accepts("HEAD:main")
    at.refuses("+HEAD^:main", codes=["LG602"])
    at.refuses(":main", codes=["LG602"])


def test_rewind_and_deletion_where_the_rule_allows_them(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    at.accepts(f"HEAD:{LANE}")
    at.accepts(f"+HEAD^:{LANE}")
    at.accepts(f":{LANE}")
    assert at.server.tip(LANE) is None


@pytest.mark.parametrize("bad_first", [True, False])
def test_several_refs_one_bad_nothing_lands(tmp_path: Path, bad_first: bool) -> None:
    at = arena(tmp_path)
    good = at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    bad = at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    core = commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, "origin/main", message="X\n\nLane: core\n")
    specs = [f"{core}:refs/heads/lane/core", f"{good}:{LANE}"]
    at.refuses(*(specs if bad_first else specs[::-1]), codes=["LG101"])
    at.refuses(f"{good}:{MAIN}", f"{bad}:{LANE}", codes=["LG101"])
    at.accepts(f"{good}:{MAIN}", f"{good}:{LANE}")
    assert (at.server.tip(MAIN), at.server.tip(LANE)) == (good, good)


def test_every_bad_ref_is_reported(tmp_path: Path) -> None:
    at = arena(tmp_path)
    bad = at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    specs = (f"{bad}:{MAIN}", f"{bad}:refs/heads/x", f"{bad}:{LANE}")
    ran = at.refuses(*specs, codes=["LG101", "LG601"])
    assert all(name in ran.err for name in (MAIN, "refs/heads/x", LANE))


def test_replace_refs_of_the_server_show_nothing_else(tmp_path: Path) -> None:
    at = arena(tmp_path)
    bad = at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    good = commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, "origin/main")
    at.plant(f"{good}:refs/replace/{bad}")
    at.server.git("fetch", "-q", str(at.clone.path), bad)
    assert "src/ui/x" in at.server.out("show", "--name-only", bad)
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    at.server.git("update-ref", "-d", f"refs/replace/{bad}")
    at.plant(f"{bad}:refs/replace/{good}")
    at.accepts(f"{good}:{LANE}")


def test_grafts_of_the_server_hide_no_commit(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.clone.change({"src/core/index.py": "stolen = 1\n"}, lane="ui")
    tip = at.clone.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    grafts = at.server.path / "info" / "grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{tip} {at.server.tip()}\n")
    at.refuses(f"{tip}:{LANE}", codes=["LG101"])


def test_a_link_that_points_out_of_the_lane(tmp_path: Path) -> None:
    at = arena(tmp_path)
    bad = commit_with(at.clone, {b"src/ui/l": (SYMLINK, blob(at.clone, "../../policy/lanegate.toml"))})
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    honest = commit_with(at.clone, {b"src/ui/l": (SYMLINK, blob(at.clone, "../core/index.py"))})
    at.accepts(f"{honest}:{LANE}")


def test_a_message_cannot_forge_what_git_prints(tmp_path: Path) -> None:
    """Text that looks like a raw diff line, a commit id or a NUL-separated record stays text."""
    at = arena(tmp_path)
    forged = f"Edit\n\n:100644 100644 {'a' * 40} {'b' * 40} M\tsrc/ui/x\n{'c' * 40}\ncommit {'d' * 40}\n\nLane: ui\n"
    bad = commit_with(at.clone, {b"src/core/x": ("100644", blob(at.clone))}, message=forged)
    at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    honest = commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, message=forged)
    at.accepts(f"{honest}:{LANE}")


def test_a_refusal_shows_no_control_character_of_the_pusher(tmp_path: Path) -> None:
    at = arena(tmp_path)
    bad = commit_with(
        at.clone,
        {b"src/core/\xc2\x9b31m": ("100644", blob(at.clone))},
        message="\x1b[2JEdit \u202eevil\n\nLane: ui\n",
    )
    ran = at.refuses(f"{bad}:{LANE}", codes=["LG101"])
    assert [text for text in ("\x1b[2J", "\u202e", "\x9b") if text in ran.both] == []
