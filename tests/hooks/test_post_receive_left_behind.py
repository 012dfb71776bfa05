"""Pushes whose post-receive never ran, or never came: each landing is recorded once, by a later one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from lanegate.core.record import Landing
from lanegate.git.push_lines import Line
from lanegate.usecases.judged import Judged, Judgements, now
from tests.attack_ledger import LEDGER
from tests.attack_support import MAIN
from tests.landing_support import Yard, age, moves, yard
from tests.support import POLICY_PATH

RECORDED = "landing recorded as number"
NOT_HANDED_ON = "what it was judged by could not be handed on: "


@pytest.fixture
def place(tmp_path: Path) -> Yard:
    return yard(tmp_path)


def stop_hook(place: Yard) -> None:
    """post-receive does not run any more, as if it was killed at once."""
    (place.at.server.path / "hooks/post-receive").rename(place.at.server.path / "hooks/away")


def start_hook(place: Yard) -> None:
    (place.at.server.path / "hooks/away").rename(place.at.server.path / "hooks/post-receive")


def test_a_hook_that_never_ran(place: Yard) -> None:
    """The next one records what it finds to have landed, once that push can no longer be on its way."""
    commit, old = place.accepted(), place.at.server.tip()
    stop_hook(place)
    assert place.push(f"{commit}:{MAIN}").ok
    start_hook(place)
    assert len(place.left()) == 1
    assert place.push(f"{commit}:refs/tags/v1").ok
    assert moves(place) == []
    age(place)
    assert "an earlier landing recorded as number 2" in place.push(f"{commit}:refs/tags/v2").err
    assert moves(place) == [(MAIN, old, commit, False)]
    assert [path.suffix for path in place.left()] == [".done"]  # for the one that is late
    age(place, 7200)
    assert place.push(f"{commit}:refs/tags/v3").ok
    assert place.left() == []
    assert len(moves(place)) == 1


def test_several_that_never_ran(place: Yard) -> None:
    """Also where the ref has moved on since, by pushes that were recorded and by ones that were not."""
    at = place.at
    start = at.server.tip()
    stop_hook(place)
    lands = [start]
    for number in range(5):  # in whatever order their files are found
        lands.append(place.land(f"number{number}", base=str(lands[-1])))
    start_hook(place)
    lands.append(place.land("last", base=str(lands[-1])))
    age(place)
    assert place.push(f"{lands[-1]}:refs/tags/v1").ok
    assert sorted(moves(place)) == sorted((MAIN, old, new, False) for old, new in pairwise(lands))
    at.sound()


def test_a_push_that_was_let_in_and_never_landed(place: Yard) -> None:
    """Its file says so much, and no more: it is no landing, and gone after a while."""
    server = place.at.server
    first, second = place.accepted("one"), place.accepted("two")
    tip = server.tip()
    lines = (Line(tip, first, MAIN),)
    policy = server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")
    judged = Judged(lines, "bob", now(), str(tip), policy, server.tip(LEDGER))
    files = Judgements(str(server.path))
    files.leave("0" * 64, judged)
    age(place)
    assert place.push(f"{second}:{MAIN}").ok
    assert [path.name for path in place.left()] == ["0" * 64]
    files.leave("0" * 64, judged._replace(time="2026-01-01T00:00:00Z"))
    age(place)
    assert place.push(f"{second}:refs/tags/v1").ok
    assert place.left() == []
    assert [moved for moved in moves(place) if moved[0] == MAIN] == [(MAIN, tip, second, False)]


def test_two_who_pushed_the_same(place: Yard) -> None:
    """One of them landed it; where nobody can tell who, the record names nobody."""
    server = place.at.server
    commit, tip = place.accepted(), server.tip()
    stop_hook(place)
    assert place.push(f"{commit}:{MAIN}").ok
    (own,) = place.left()
    files = Judgements(str(server.path))
    theirs = files.read(own.name)
    assert theirs is not None
    files.leave("0" * 64, theirs._replace(pusher="cy"))
    start_hook(place)
    age(place)
    assert place.push(f"{commit}:refs/tags/v1").ok
    assert moves(place) == [(MAIN, tip, commit, False)]
    assert place.landings()[0].pusher is None
    assert place.records()[-1].note == "pushed at once by ana, cy: who landed it is not known"


def test_a_damaged_file(place: Yard) -> None:
    commit = place.land()
    (place.at.server.path / "lanegate/judged" / ("0" * 64)).write_bytes(b"\0" * 50)
    assert place.push(f"{commit}:refs/tags/v0").ok
    assert len(place.left()) == 1
    age(place, 7200)
    ran = place.push(f"{commit}:refs/tags/v1")
    assert ran.ok
    assert "Traceback" not in ran.err
    assert place.left() == []
    assert len(moves(place)) == 1


def test_what_was_not_handed_over(place: Yard) -> None:
    """pre-receive could not leave its file: what stood when the push landed stands in, and the record says so."""
    commit = place.accepted()
    judged = place.at.server.path / "lanegate/judged"
    for path in place.left():
        path.unlink()
    if judged.is_dir():
        judged.rmdir()
    judged.write_text("in the way")
    ran = place.push(f"{commit}:{MAIN}")
    assert ran.ok, ran.both
    assert NOT_HANDED_ON in ran.err
    assert RECORDED in ran.err
    record = place.records()[-1]
    assert record.note is not None
    assert record.note.startswith("what it was judged by was not handed over")
    assert isinstance(record.body, Landing)
    assert (record.body.pusher, record.body.seen) == ("ana", 1)


def test_what_cannot_be_handed_on_at_all(place: Yard) -> None:
    """Where pre-receive cannot even have a folder, post-receive never starts: whoever pushes hears of it before."""
    commit, folder = place.accepted(), place.at.server.path / "lanegate"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in the way")
    ran = place.push(f"{commit}:{MAIN}")
    assert ran.ok, ran.both
    assert f"note: {NOT_HANDED_ON}" in ran.err
    assert "must be able to write in lanegate/judged/" in ran.err
    assert RECORDED not in ran.err
    assert place.landings() == []
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    ran = place.push(f"{place.accepted('two', base=commit)}:{MAIN}")
    assert NOT_HANDED_ON not in ran.err
    assert RECORDED in ran.err
