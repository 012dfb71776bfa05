"""The spelling of records is json's own, with or without the function that json shares."""

from __future__ import annotations

import importlib
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import canonical_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.text(st.characters(categories=["Cs"]), max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_as_json_spells_it(document: dict[str, object]) -> None:
    assert canonical_json.document(document) == (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def test_where_json_has_no_help(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"a": "ä\n\x7f\ud800🙂", "b": [1, None, True, {}], "c": {"d": []}}
    spelt = canonical_json.document(document)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "_json", None)
        importlib.reload(canonical_json)
        assert canonical_json.document(document) == spelt
    importlib.reload(canonical_json)
