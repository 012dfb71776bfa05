"""Named tuples without the modules `typing` and `collections`, which take longer to load than a small push to judge.

`class Rule(NamedTuple)` is written, checked by mypy and behaves as with `typing.NamedTuple` (Python's documentation of
`typing` and `collections`): fields in order, defaults, methods in the class; immutable, compared as tuples, with
`_fields`, `_make`, `_replace` and `_asdict`. Left out: `_field_defaults`, generic named tuples, and every check of the
class itself, which is mypy's work. The module that defines one must have `from __future__ import annotations`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from _collections import _tuplegetter  # what `collections.namedtuple` reads fields with

    class _Tuple(tuple):
        __slots__ = ()

        @classmethod
        def _make(cls, values):
            made = tuple.__new__(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
            return made

        def _replace(self, /, **changed):
            made = self._make(map(changed.pop, self._fields, self))
            if changed:
                raise ValueError(f"{type(self).__name__} has no field {', '.join(changed)}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def __getnewargs__(self):
            return tuple(self)

    class _Kind(type):
        def __new__(kind, name, bases, body):
            if not bases:
                return super().__new__(kind, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            values = "".join(f"{field}, " for field in fields)
            # a function with these parameters: one that takes any is three times slower
            make = eval(f"lambda _cls, {values}: _new(_cls, ({values}))", {"_new": tuple.__new__})  # noqa: S307
            make.__defaults__ = tuple(body[field] for field in fields if field in body)
            body.update({field: _tuplegetter(place, "") for place, field in enumerate(fields)})
            body.update(__slots__=(), __new__=make, __match_args__=fields, _fields=fields)
            return type(name, (_Tuple,), body)

    class NamedTuple(metaclass=_Kind):
        pass
