"""`lanegate hotspots`: a real history, told to people, to narrow terminals and to scripts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.hotspots import Touched, rank
from lanegate.render.hotspots import hotspots_text, human_size
from lanegate.render.terminal import Terminal, bar, columns_of, terminal_of
from tests.support import POLICY_PATH, Clone, make_clone, policy, run

SHOWN = """\
score  changes  lanes  size                        file
100.0        4      2   101  ████████████████████  app.py
 53.1        2      1    11  ██████████▋           docs/guide.md

# Several lanes keep changing these. For the policy, if they should need a lock:
[[zones]]
paths = [
  "/app.py",
]
mode = "high-risk"
"""


@pytest.fixture
def history(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.chdir(repo.path)
    for number, lane in enumerate(("ui", "core", "ui", "core")):
        repo.change({"app.py": f"{number}" + "x" * 100}, lane=lane)
    repo.change({"docs/guide.md": "words"}, lane="docs")
    repo.change({"docs/guide.md": "more words\n"}, lane="docs")
    return repo


def test_for_people(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hotspots"]) == 0
    assert capsys.readouterr() == (SHOWN, "")


def test_what_is_proposed_is_toml(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hotspots", "-n", "1"]) == 0
    said = capsys.readouterr()
    assert tomllib.loads(said.out[said.out.index("#") :]) == {"zones": [{"paths": ["/app.py"], "mode": "high-risk"}]}
    assert said.err == "1 more files were changed: -n 0 shows all\n"


def test_for_scripts(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    history.write(b"\xff", "odd")
    history.git("add", "-A")
    history.commit("No lane here")
    assert main(["hotspots", "HEAD~2..", "--format", "json", "-n", "0"]) == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert answer["version"] == 1
    assert answer["tip"] == history.head()
    assert answer["commits"] == 2
    assert answer["proposed"] == {"mode": "high-risk", "paths": []}
    guide, odd = answer["files"]
    assert {**guide, "score": 0} == {
        "path": "docs/guide.md", "score": 0, "changes": 1, "lanes": ["docs"], "authors": 0, "size": 11, "zone": None,
    }  # fmt: skip
    assert (odd["path"], odd["path_b64"], odd["authors"]) == ("%FF", "/w==", 1)
    assert said.err == "note: 1 of 2 commits name no single lane: there, authors count as lanes\n"


ZONES = """
[[zones]]
paths = ["/app.py"]
mode = "high-risk"
"""


def test_what_is_in_a_zone_is_marked_and_not_proposed_again(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    history.write(POLICY_PATH, policy(extra=ZONES))
    assert main(["hotspots"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("  app.py [high-risk]")
    assert len(lines) == 3
    assert main(["hotspots", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [file["zone"] for file in answer["files"]] == ["high-risk", None]
    assert answer["proposed"]["paths"] == []


def test_without_a_usable_policy_nothing_is_in_a_zone(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    history.write(POLICY_PATH, policy(extra=ZONES.replace("high-risk", "risky")))
    assert main(["hotspots"]) == 0
    assert capsys.readouterr().out == SHOWN


@pytest.mark.parametrize("span", ["nosuch", "HEAD...main", "--all", "HEAD..nosuch"])
def test_a_range_that_means_nothing(span: str, history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hotspots", span]) == 2
    assert span.removeprefix("HEAD..") in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["HEAD..", "--since=2099-01-01"])
def test_no_commit_is_no_silence(limit: str, history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hotspots", limit]) == 0
    assert capsys.readouterr() == ("", "note: no commit is in that range, merges aside\n")


def test_a_shallow_clone_says_what_it_lacks(
    history: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["git", "clone", "-q", "--depth=1", f"file://{history.path}", str(tmp_path / "s")], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path / "s")
    assert main(["hotspots"]) == 0
    assert "the clone is shallow" in capsys.readouterr().err


def test_objects_that_are_missing_are_no_empty_answer(
    history: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = make_clone(history, tmp_path / "broken", "--no-local")
    (pack,) = (clone.path / ".git/objects/pack").glob("*.pack")
    pack.rename(tmp_path / "away.pack")
    clone.git("unpack-objects", "-q", data=(tmp_path / "away.pack").read_bytes())
    tree = clone.out("rev-parse", "HEAD~2^{tree}")
    (clone.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    monkeypatch.chdir(clone.path)
    assert main(["hotspots"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "LG903" in err


FILES = rank([
    Touched(b"a/very/long/path/to/some/file.py", 5000, 9, ("a", "b"), 0),
    Touched("語語語語語語語語語語語語.txt".encode(), 10, 1, ("a",), 0),
    Touched(b"\x1b[2Jx", 10, 1, ("a",), 0),
])  # fmt: skip


@pytest.mark.parametrize("width", [46, 60, 80, 200])
def test_lines_fit_the_terminal_and_no_control_reaches_it(width: int) -> None:
    lines = hotspots_text(FILES, {}, (), Terminal(width)).splitlines()
    assert max(map(columns_of, lines)) <= width
    assert not any("\x1b" in line for line in lines)
    assert ("█" in lines[1]) == (width >= 60)
    assert lines[1].endswith("a/very/long/path/to/some/file.py" if width >= 80 else "file.py")


def test_no_bar_where_there_is_no_room() -> None:
    assert "█" not in hotspots_text(FILES, {}, (), Terminal(34))


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, "    "), (0.001, "▏   "), (0.5, "██  "), (0.53, "██▏ "), (1.0, "████")]
)
def test_a_bar(share: float, drawn: str) -> None:
    assert bar(share, 4, Terminal()) == drawn
    assert bar(share, 4, Terminal(has_blocks=False)) == "".join("#" if letter != " " else " " for letter in drawn)
    coloured = bar(share, 4, Terminal(80, has_colour=True))
    assert drawn in coloured
    assert coloured.endswith("\x1b[0m")


class Stream:
    """Of a text stream what is asked about it."""

    def __init__(self, encoding: str, *, isatty: bool) -> None:
        self.encoding = encoding
        self.isatty = lambda: isatty


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Stream("utf-8", isatty=False), {}, Terminal(None, False, True)),
        (Stream("ascii", isatty=False), {}, Terminal(None, False, False)),
        (Stream("utf-8", isatty=True), {}, Terminal(77, True, True)),
        (Stream("utf-8", isatty=True), {"NO_COLOR": "1"}, Terminal(77, False, True)),
        (Stream("utf-8", isatty=True), {"NO_COLOR": ""}, Terminal(77, True, True)),
        (Stream("nosuch", isatty=True), {"TERM": "dumb"}, Terminal(77, False, False)),
        (Stream("utf-8", isatty=False), {"FORCE_COLOR": "1"}, Terminal(None, True, True)),
        (Stream("utf-8", isatty=False), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(None, False, True)),
        (Stream("utf-8", isatty=True), {"FORCE_COLOR": "1", "TERM": "dumb"}, Terminal(77, True, True)),
    ],
)
def test_what_the_output_can_show(
    stream: Stream, environ: dict[str, str], expected: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    assert terminal_of(stream, environ) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (4096, "4.0k"),
        (10_200, "10k"),
        (1_023_000, "999k"),
        (1 << 20, "1.0M"),
        (5 << 50, "5120T"),
    ],
)
def test_sizes_as_people_read_them(size: int, text: str) -> None:
    assert human_size(size) == text
