"""Our named tuples beside those of `typing`: whatever can be done with one gives the same with the other."""

from __future__ import annotations

import pickle
import types
import typing
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.facts import Change, Commit
from lanegate.core.named_tuple import NamedTuple

FIELDS = ("new", "old", "cls", "_cls_"[1:], "self_", "type", "values", "name")


class Place(NamedTuple):
    """A place."""

    row: int
    column: int = 0
    said: str = ""

    @property
    def sum(self) -> int:
        return self.row + self.column

    def moved(self, by: int) -> Place:
        return self._replace(row=self.row + by)


def made(kind: Any, fields: tuple[str, ...], defaults: tuple[int, ...]) -> Any:
    """A class with these fields, the last ones with defaults, as a class statement makes it from `kind`."""
    body: dict[str, Any] = dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=True))
    body |= {"__annotations__": dict.fromkeys(fields, "int"), "__module__": __name__}
    return types.new_class("Made", (kind,), {}, lambda namespace: namespace.update(body))


def outcome(work: Callable[[], Any]) -> Any:
    """What came of it, as a plain value; the kind of error is not compared (Python 3.13 changed one)."""
    try:
        value = work()
    except (TypeError, ValueError):
        return "refused"
    return (*value, repr(value), hash(value), value._asdict())


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, ...]:
    fields = tuple(draw(st.lists(st.sampled_from(FIELDS), unique=True)))
    defaults = tuple(draw(st.lists(st.integers(), max_size=len(fields))))
    positional = tuple(draw(st.lists(st.integers(), max_size=len(fields) + 1)))
    named = draw(st.dictionaries(st.sampled_from((*fields[len(positional) :], "other")), st.integers()))
    return fields, defaults, positional, named


@given(cases(), st.data())
def test_it_answers_as_typing_does(case: tuple[Any, ...], data: st.DataObject) -> None:
    fields, defaults, positional, named = case
    ours, theirs = (made(kind, fields, defaults) for kind in (NamedTuple, typing.NamedTuple))
    assert ours._fields == theirs._fields == ours.__match_args__ == theirs.__match_args__
    assert outcome(lambda: ours(*positional, **named)) == outcome(lambda: theirs(*positional, **named))
    assert outcome(lambda: ours._make(positional)) == outcome(lambda: theirs._make(positional))
    one, other = (kind(*range(len(fields))) for kind in (ours, theirs))
    assert one == other == tuple(getattr(one, field) for field in fields)
    changed = data.draw(st.dictionaries(st.sampled_from((*fields, "other")), st.integers()))
    assert outcome(lambda: one._replace(**changed)) == outcome(lambda: other._replace(**changed))
    for field in (*fields, "other"):
        with pytest.raises(AttributeError):
            setattr(one, field, 1)


def test_a_class_keeps_what_stands_in_it() -> None:
    place = Place(1, said="here")
    assert (place.sum, place.moved(2), Place.__doc__) == (1, Place(3, 0, "here"), "A place.")
    assert (Place.__module__, Place.__qualname__) == (__name__, "Place")
    match place:
        case Place(row, column=column):
            assert (row, column) == (1, 0)
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize("value", [Place(1), Change(b"a", "1", "2", "3", "4"), Commit("1", (), b"")])
def test_it_comes_through_pickle(value: Any) -> None:
    again = pickle.loads(pickle.dumps(value))  # noqa: S301
    assert (type(again), again) == (type(value), value)


def test_it_holds_no_more_than_its_fields() -> None:
    assert not hasattr(Place(1), "__dict__")
