"""`lanegate lock log`: a registry in a clone, told as records and as numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanegate.cli.main import main
from lanegate.core.instant import instant_of
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import LOCKS, LOCKS_REF
from lanegate.core.record import Record
from lanegate.git.append import append, person
from lanegate.git.run import Git
from lanegate.render.lock_log import span
from tests.support import Clone

#: 2026-11-21T18:00:00Z.
START = 1_795_284_000
HOUR = 3600


def at(hours: float) -> str:
    return instant_of(START + int(hours * HOUR))


HISTORY: tuple[tuple[Any, str | None], ...] = (
    (Acquire("ui-1", "ui", ("/src/app.py",), "Search dialog", HOUR, at(0), 3, 90), None),
    (Heartbeat("ui-1", 1, HOUR, at(0.5)), "still at it"),
    (Release("ui-1", 1, at(1)), None),
    (Acquire("core-1", "core", ("/src/core/", "!/src/core/gen/"), "Index", HOUR, at(2)), None),
    (Reclaim("core-1", 4, "docs", "Index\u202e docs", HOUR, at(4)), "gone home"),
)


@pytest.fixture
def registry(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the commits of HISTORY in a clone, which is the current folder."""
    monkeypatch.chdir(clone.path)
    git = Git(str(clone.path / ".git"))
    tips: list[str] = []
    for number, (body, note) in enumerate(HISTORY, 1):
        record = Record(number, "1" * 40, body, "bob", note)
        tips.append(append(git, person(str(clone.path), signs=False), tips[-1] if tips else None, record, log=LOCKS))
    clone.git("update-ref", LOCKS_REF, tips[-1])
    return tips


def log(*args: str) -> int:
    return main(["lock", "log", *args])


def test_records_newest_first(registry: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert log() == 0
    one, two, three, four, five = (tip[:12] for tip in registry)
    assert capsys.readouterr().out.splitlines() == [
        f"5 {five} 2026-11-21T22:00:00Z bob  reclaimed: core-1 for docs (gone home)",
        f"4 {four} 2026-11-21T20:00:00Z bob  acquired: core-1 by core on /src/core/, !/src/core/gen/",
        f"3 {three} 2026-11-21T19:00:00Z bob  released: ui-1",
        f"2 {two} 2026-11-21T18:30:00Z bob  heartbeat: ui-1 (still at it)",
        f"1 {one} 2026-11-21T18:00:00Z bob  acquired: ui-1 by ui on /src/app.py",
    ]


@pytest.mark.parametrize(
    ("args", "numbers"),
    [
        (("--lane", "ui"), "321"),
        (("--lane", "docs"), "5"),
        (("--lock", "core-1"), "54"),
        (("-n", "2"), "54"),
        (("--lane", "no"), ""),
    ],
)
def test_some_records(
    args: tuple[str, ...], numbers: str, registry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert log(*args) == 0
    assert "".join(line[0] for line in capsys.readouterr().out.splitlines()) == numbers


METRICS = """\
lane  acquired  refused  waited  longest  held  longest  reclaimed  overridden  lost  live
core         1        0      0s       0s    1h       1h          0           0     1     0
docs         0        0      0s       0s    1h       1h          1           0     0     0
ui           1        3   1m30s    1m30s    1h       1h          0           0     0     0
all          2        3   1m30s    1m30s    1h       1h          1           0     1     0

scope                       acquired  refused  waited  longest  held  longest  reclaimed  overridden  lost  live
/src/app.py                        1        3   1m30s    1m30s    1h       1h          0           0     0     0
/src/core/ !/src/core/gen/         1        0      0s       0s    1h       1h          1           0     1     0

waited, held: in all before acquisitions, and the median of holds that ended; each with the longest one
"""


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day after the last record."""
    monkeypatch.setattr("time.time", lambda: START + 28 * HOUR)


def test_numbers(registry: list[str], later: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert log("--metrics") == 0
    assert capsys.readouterr() == (METRICS, "")


def test_for_scripts(registry: list[str], later: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert log("--format", "json", "--lock", "core-1") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(record["id"], record["kind"]) for record in answer["records"]] == [
        (registry[4], "reclaim"),
        (registry[3], "acquire"),
    ]
    assert answer["metrics"]["now"] == START + 28 * HOUR
    assert answer["metrics"]["total"]["refused_tries"] == 3
    assert [lane["lane"] for lane in answer["metrics"]["lanes"]] == ["core", "docs", "ui"]
    assert answer["metrics"]["scopes"][1]["scope"] == ["/src/core/", "!/src/core/gen/"]


def test_no_registry(clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(clone.path)
    assert log() == 0
    assert capsys.readouterr() == ("", "this clone has no lock registry yet: lanegate lock list --fetch\n")
    assert log("--metrics") == 0
    assert capsys.readouterr().out == ""
    assert log("--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["total"]["acquired"] == 0


def test_what_is_no_registry_is_not_told_as_one(
    registry: list[str], clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.git("update-ref", LOCKS_REF, "HEAD")
    assert log() != 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "holds no record" in err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m59s"), (3600, "1h"), (12_000, "3h20m"), (187_200, "2d4h")],
)
def test_spans_as_people_read_them(seconds: int, text: str) -> None:
    assert span(seconds) == text
