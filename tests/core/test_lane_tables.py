"""What other tools write: task files with `owned_paths`, a dos.toml with trees."""

from __future__ import annotations

import pytest

from lanegate.core.lane_tables import TableError, Task, Trees, from_the_top, read_task, read_trees

TASK = """---
id: 'T-1' # the first
status: {status}
owned_paths:
  # what is ours
  - src/ui/**

  - "docs/my file.md"
  - 'it''s.md' # odd
other: x
---
owned_paths: [not/this]
"""


def test_a_list_in_lines() -> None:
    assert read_task(TASK.format(status="active"), is_yaml=False) == Task(
        "T-1", False, ("src/ui/**", "docs/my file.md", "it's.md")
    )


@pytest.mark.parametrize("status", ["done", "Closed", "'merged'"])
def test_a_task_that_is_over(status: str) -> None:
    found = read_task(TASK.format(status=status), is_yaml=False)
    assert found is not None
    assert found.is_over


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("owned_paths: [a/**, 'b', \"c\"]\n", ("a/**", "b", "c")),
        ("owned_paths: [a, # one\n  b,\n]\nnext: 1\n", ("a", "b")),
        ("owned_paths: []\n", ()),
        ("owned_paths:\n- a\n- b\nlane: ui\n", ("a", "b")),
        ("owned_paths:\n", ()),
        ("  owned_paths: [deeper]\n", None),
        ("owned_paths:\r\n- a\r- b\n---\n- other\n", ("a", "b")),
        ("owned_paths:\n- a\x0c- b\u2028c\n", ("a\x0c- b\u2028c",)),
        ("", None),
    ],
)
def test_yaml(text: str, paths: tuple[str, ...] | None) -> None:
    found = read_task(text, is_yaml=True)
    assert (None if found is None else found.paths) == paths
    in_markdown = read_task(f"\ufeff---\n{text}...\nwords\n", is_yaml=False)
    assert in_markdown == found


@pytest.mark.parametrize("text", ["# Words\nowned_paths: [a]\n", "---\nowned_paths: [a]\n", ""])
def test_markdown_without_front_matter(text: str) -> None:
    assert read_task(text, is_yaml=False) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("owned_paths: a\n", "no list"),
        ("owned_paths: [a\n", "does not end"),
        ("owned_paths:\n  key: a\n", "`key: a`, which is no item"),
        ("owned_paths:\n  - &x a\n", "`&x a`"),
        ("owned_paths:\n  - path: a\n", "`path: a`, which is no plain path"),
        ("owned_paths:\n  - \"a\\n\"\n", "no plain path"),
        ("owned_paths: [a]\nowned_paths: [b]\n", "given twice"),
        ("owned_paths:\n- a\n-\n- b\n", "`-`, which is no item"),
        ("owned_paths:\n-\ta\n- b\n", "which is no item"),
        ("owned_paths:\n  - - a\n", "`- a`, which is no plain path"),
        ("owned_paths:\n  - a:\n", "`a:`, which is no plain path"),
    ],
)  # fmt: skip
def test_what_is_half_read_is_not_read(text: str, why: str) -> None:
    with pytest.raises(TableError, match=why):
        read_task(text, is_yaml=True)


def test_trees() -> None:
    text = (
        '[lanes]\nexclusive = ["all"]\n[lanes.trees]\nui = ["ui/**"]\nall = ["**/*"]\ncore = ["core/**", "README.md"]\n'
    )
    assert read_trees(text) == Trees(
        (("all", ("**/*",)), ("ui", ("ui/**",)), ("core", ("core/**", "README.md"))), ("all",)
    )
    assert read_trees('[lanes]\nconcurrent = ["a"]\n') is None


@pytest.mark.parametrize(
    "text",
    [
        "lanes = 1\n",
        "[lanes]\ntrees = 1\n",
        "[lanes.trees]\na = 'x'\n",
        "[lanes]\nexclusive = [1]\n",
        "lanes =",
        f"a = {'[' * 3000}{']' * 3000}",
        f"a = {'1' * 5000}",
    ],
    ids=range(7),
)
def test_what_is_no_dos_toml(text: str) -> None:
    with pytest.raises(TableError):
        read_trees(text)


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("README.md", "/README.md"),
        ("src/ui/", "/src/ui/"),
        ("./src/ui", "/src/ui"),
        ("/src", "/src"),
        ("**/*.md", "**/*.md"),
        ("src/**/*", "/src/**"),
        ("**/*", "/**"),
        (".", "/**"),
    ],
)
def test_from_the_top(written: str, pattern: str) -> None:
    assert from_the_top(written) == pattern


@pytest.mark.parametrize("written", ["", "a\\b", "../x", "a/{b,c}"])
def test_no_path(written: str) -> None:
    with pytest.raises(TableError):
        from_the_top(written)
