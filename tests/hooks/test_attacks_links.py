"""Links, submodules and names that stand for something else on another disk (THREATS, "Deciding")."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import GITLINK, LANE, MAIN, SYMLINK, Arena, arena, blob, commit_with
from tests.support import LANES, policy

CORE = "Change\n\nLane: core\n"
#: (name, path of a link that lane ui adds, its target, code).
LINKS: list[tuple[str, bytes, bytes, str | None]] = [
    ("beside_honest", b"src/ui/l", b"search.py", None),
    ("below_honest", b"src/ui/l", b"deep/er/file", None),
    ("itself_honest", b"src/ui/l", b"l", None),
    ("into_a_read_path_honest", b"src/ui/l", b"../core/index.py", None),
    ("into_a_modify_path_honest", b"src/ui/l", b"../app.py", None),
    ("around_honest", b"src/ui/deep/l", b"../../ui/./search.py", None),
    ("missing_target_honest", b"src/ui/l", b"nothing/here", None),
    ("to_the_policy", b"src/ui/l", b"../../policy/lanegate.toml", "LG101"),
    ("to_the_folder_of_the_policy", b"src/ui/l", b"../../policy", "LG101"),
    ("to_another_lane", b"src/ui/l", b"../../docs/guide.md", "LG101"),
    ("to_a_part_taken_away", b"src/ui/l", b"theme/dark.py", "LG101"),
    ("out_of_scope", b"src/ui/l", b"vendor/lib.py", "LG104"),
    ("to_an_unowned_path", b"src/ui/l", b"../../nobody", "LG101"),
    ("to_a_common_folder", b"src/ui/l", b"..", "LG101"),
    ("to_the_root", b"src/ui/l", b"../..", "LG101"),
    ("above_the_root", b"src/ui/l", b"../../../etc/passwd", "LG101"),
    ("through_the_root_and_back", b"src/ui/l", b"../../../repo/src/ui/x", "LG101"),
    ("absolute", b"src/ui/l", b"/etc/passwd", "LG101"),
    ("absolute_twice", b"src/ui/l", b"//etc/passwd", "LG101"),
    ("into_dot_git", b"src/ui/l", b"../../.git/hooks/pre-commit", "LG101"),
    ("empty", b"src/ui/l", b"", "LG101"),
    ("nul", b"src/ui/l", b"search.py\0../../policy", "LG101"),
    ("too_long", b"src/ui/l", b"a/" * 3000 + b"x", "LG101"),
    ("dots_and_slashes", b"src/ui/l", b".//..//./../policy", "LG101"),
    ("not_utf8_honest", b"src/ui/\xff", b"\xfe", None),
    ("not_utf8_elsewhere", b"src/ui/\xff", b"../\xfe", "LG101"),
]


@pytest.mark.parametrize(
    ("path", "target", "code"), [pytest.param(path, target, code, id=name) for name, path, target, code in LINKS]
)
def test_link(tmp_path: Path, path: bytes, target: bytes, code: str | None) -> None:
    at = arena(tmp_path, config={"receive.fsckObjects": "false"})
    _judged(at, commit_with(at.clone, {path: (SYMLINK, blob(at.clone, target))}), code)


def _judged(at: Arena, commit: str, code: str | None, ref: str = LANE) -> None:
    if code:
        at.refuses(f"{commit}:{ref}", codes=[code])
    else:
        at.accepts(f"{commit}:{ref}")


def test_a_link_that_is_bent_later(tmp_path: Path) -> None:
    at = arena(tmp_path)
    first = commit_with(at.clone, {b"src/ui/l": (SYMLINK, blob(at.clone, "search.py"))})
    at.accepts(f"{first}:{MAIN}")
    bent = commit_with(at.clone, {b"src/ui/l": (SYMLINK, blob(at.clone, "../../policy"))}, first)
    at.refuses(f"{bent}:{MAIN}", codes=["LG101"])
    gone = commit_with(at.clone, {b"src/ui/l": None}, first)
    at.accepts(f"{gone}:{MAIN}")


def test_a_file_that_becomes_a_link_by_its_mode_alone(tmp_path: Path) -> None:
    at = arena(tmp_path)
    target = blob(at.clone, "../../policy/lanegate.toml")
    as_file = commit_with(at.clone, {b"src/ui/l": ("100644", target)})
    at.accepts(f"{as_file}:{MAIN}")
    at.refuses(f"{commit_with(at.clone, {b'src/ui/l': (SYMLINK, target)}, as_file)}:{MAIN}", codes=["LG101"])


def test_a_folder_of_the_lane_replaced_by_a_link(tmp_path: Path) -> None:
    """Through the link, what a later checkout writes below src/ui/deep would land elsewhere."""
    at = arena(tmp_path)
    first = commit_with(at.clone, {b"src/ui/deep/x": ("100644", blob(at.clone))})
    at.accepts(f"{first}:{MAIN}")
    changed = {b"src/ui/deep/x": None, b"src/ui/deep": (SYMLINK, blob(at.clone, "../../docs"))}
    at.refuses(f"{commit_with(at.clone, changed, first)}:{MAIN}", codes=["LG101"])
    changed = {b"src/ui/deep/x": None, b"src/ui/deep": (SYMLINK, blob(at.clone, "../core"))}
    at.accepts(f"{commit_with(at.clone, changed, first)}:{MAIN}")


def test_links_where_unowned_paths_are_free(tmp_path: Path) -> None:
    at = arena(tmp_path, policy(people="", unowned="allow"))
    for target, code in ((b"../../docs", "LG101"), (b"../../../x", "LG101"), (b"../../nobody", None)):
        _judged(at, commit_with(at.clone, {b"src/ui/l": (SYMLINK, blob(at.clone, target))}), code, "refs/heads/main")


def test_submodules_belong_to_a_lane_as_files_do(tmp_path: Path) -> None:
    at = arena(tmp_path)
    inside = commit_with(at.clone, {b"src/ui/sub": (GITLINK, "1" * 40)})
    at.accepts(f"{inside}:{MAIN}")
    moved = commit_with(at.clone, {b"src/ui/sub": (GITLINK, "2" * 40)}, inside)
    at.accepts(f"{moved}:{MAIN}")
    taken = commit_with(at.clone, {b"src/ui/sub": None, b"docs/sub": (GITLINK, "2" * 40)}, moved)
    at.refuses(f"{taken}:{MAIN}", codes=["LG101"])
    over = commit_with(at.clone, {b"src/ui/sub": None, b"src/app.py": (GITLINK, "2" * 40)}, moved)
    at.refuses(f"{over}:{MAIN}", codes=["LG102"])


#: (path of a new file of lane ui, codes): paths that look like ones of the lane and are not, and honest twins.
LOOK_ALIKES: list[tuple[bytes, list[str]]] = [
    (b"src/uix", ["LG103"]),
    (b"src/ui.py", ["LG103"]),
    (b"xsrc/ui/a", ["LG103"]),
    (b"x/src/ui/a", ["LG103"]),
    (b"SRC/ui/a", ["LG103", "LG604"]),
    (b"src/UI/a", ["LG103", "LG604"]),
    ("src/u\u0456/a".encode(), ["LG103"]),
    (b"src/ui /a", ["LG103", "LG604"]),
    (b"src/ui./a", ["LG103", "LG604"]),
    (b"src\\ui\\a", ["LG103"]),
    (b"src/ui/Search.py", ["LG604"]),
    (b"src/ui/\xe2\x80\xae/a", []),
    (b"src/ui/con", []),
    (b"src/ui/theme2/a", []),
    (b"src/ui/vendor.txt", []),
    (b"src/ui/x/vendor/a", []),
]


@pytest.mark.parametrize(("path", "codes"), LOOK_ALIKES, ids=[repr(path)[2:-1] for path, _ in LOOK_ALIKES])
def test_paths_that_look_like_those_of_the_lane(tmp_path: Path, path: bytes, codes: list[str]) -> None:
    at = arena(tmp_path)
    commit = commit_with(at.clone, {path: ("100644", blob(at.clone))})
    if codes:
        at.refuses(f"{commit}:{LANE}", codes=codes)
    else:
        at.accepts(f"{commit}:{LANE}")


FOLDERS = [("docs", ["LG101"]), ("policy", ["LG101"]), ("src/ui", ["LG101", "LG104"])]


@pytest.mark.parametrize(("folder", "codes"), FOLDERS)
def test_a_link_in_place_of_a_folder(tmp_path: Path, folder: str, codes: list[str]) -> None:
    """`docs/` in a list means the entry docs itself too, whatever its type."""
    at = arena(tmp_path)
    gone: dict[bytes, tuple[str, str] | None] = dict.fromkeys(at.clone.out("ls-files", folder).encode().splitlines())
    commit = commit_with(at.clone, {**gone, folder.encode(): (SYMLINK, blob(at.clone, "x"))})
    at.refuses(f"{commit}:{LANE}", codes=codes)


def test_the_owner_puts_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    at = arena(tmp_path)
    changed = {b"src/core/index.py": None, b"src/core": ("100644", blob(at.clone))}
    at.accepts(f"{commit_with(at.clone, changed, message=CORE)}:refs/heads/lane/core")


def test_last_match_wins_whatever_came_before(tmp_path: Path) -> None:
    owned = '["/src/ui/", "!/src/ui/a/", "/src/ui/a/b/", "!**/*.key", "!/src/ui/theme/"]'
    lanes = LANES.replace('["/src/ui/", "!/src/ui/theme/"]', owned)
    at = arena(tmp_path, policy(people="", lanes=lanes))
    for path, code in (
        (b"src/ui/a/x", "LG103"),
        (b"src/ui/a/b/x", None),
        (b"src/ui/a/b/x.key", "LG103"),
        (b"src/ui/x.key", "LG103"),
        (b"src/ui/x", None),
    ):
        _judged(at, commit_with(at.clone, {path: ("100644", blob(at.clone))}), code, "refs/heads/lane/ui")
        if code is None:
            at.accepts(f":{LANE}")
