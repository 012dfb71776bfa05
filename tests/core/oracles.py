"""Independent answers to "does this pattern match this path", and generated patterns and paths to ask about.

git answers through `git check-ignore --no-index`, pathspec through GitIgnoreSpec with its own backend. There are many
times more examples with LANEGATE_EXAMPLES=<factor> in the environment.
"""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from lanegate.core.dialect import objection
from lanegate.core.patterns import Pattern, parse_pattern

#: Read when tests are collected: the hermetic fixture takes LANEGATE_* away from the tests themselves.
FACTOR = int(os.environ.get("LANEGATE_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """So many examples, times LANEGATE_EXAMPLES."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count * FACTOR, deadline=None, suppress_health_check=slow)


class GitOracle:
    """A repository with folders d0, d1, …, each with a .gitignore of a line: one process answers for many patterns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["git", "init", "-q", str(path)], check=True)

    def matches(self, questions: Sequence[tuple[str, Sequence[bytes]]]) -> list[list[bool]]:
        """For each pattern (without `!`), whether git would ignore each path."""
        asked = []
        for number, (body, paths) in enumerate(questions):
            folder = self.path / f"d{number}"
            folder.mkdir(exist_ok=True)
            (folder / ".gitignore").write_bytes(body.encode() + b"\n")
            asked += [b"d%d/%s" % (number, path) for path in paths]
        argv = ["git", "-c", "core.ignoreCase=false", "-c", "core.precomposeUnicode=false"]
        argv += ["check-ignore", "--no-index", "-z", "--stdin"]
        done = subprocess.run(argv, cwd=self.path, input=b"\0".join(asked), capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        ignored = set(done.stdout.split(b"\0"))
        return [[b"d%d/%s" % (n, path) in ignored for path in paths] for n, (_, paths) in enumerate(questions)]


def pathspec_matches(body: str, path: bytes) -> bool:
    """What pathspec says, byte for byte: each byte is given as the character of the same number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        spec = GitIgnoreSpec.from_lines([body.encode().decode("latin-1")], backend="simple")
    return spec.match_file(path.decode("latin-1"))


def in_dialect(body: str) -> bool:
    """Whether a text is a pattern without `!`."""
    return objection(body) is None


def parsed(texts: Iterable[str]) -> list[Pattern]:
    return [parse_pattern(text) for text in texts]


_PLAIN = ("a", "b", "ab", "aab", "a.b", ".a", "é", "b c", "#a", "!b", "]", "{a}", "-")
_ATOMS = ("a", "b", ".", "-", "é", "*", "?", "[ab]", "[a-c]", "[a-bB-C_-]", "[*]", "[?]", "[[]", "]")

names = st.sampled_from(_PLAIN) | st.text("ab.-*?[]é_ ", min_size=1, max_size=5).filter(
    lambda name: name not in (".", "..")
)
globs = st.lists(st.sampled_from(_ATOMS), min_size=1, max_size=6).map("".join)
segments = st.sampled_from(_PLAIN) | globs | st.just("**")

#: Patterns of the dialect, without `!`.
bodies = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(("/", "/", "")),
    st.lists(segments, min_size=1, max_size=5),
    st.sampled_from(("", "", "/")),
).filter(in_dialect)
patterns = st.builds(str.__add__, st.sampled_from(("", "", "!")), bodies)

#: Any text that could be taken for a pattern.
texts = st.text("ab/*?[]!-^\\ #{},.:é\t", min_size=1, max_size=14) | st.builds(
    "/{}{}[{}]{}".format,
    st.sampled_from(("", "a", "/a", "!", "**/", "*")),
    st.sampled_from(("", "a", "b", "?", "\\")),
    st.lists(st.sampled_from(("a", "b", "c", "-", "a-c", "0-9", "B-a", "^", "!", "[", "]", ".", "é", "*")), max_size=4)
    .map("".join),
    st.sampled_from(("", "*", "/", "/**", "]", "b", "[a-b]")),
)  # fmt: skip

#: Paths as git stores them, with bytes that are no UTF-8.
paths = st.lists(names, min_size=1, max_size=5).map("/".join).map(str.encode) | st.lists(
    st.binary(min_size=1, max_size=3).filter(lambda name: not set(name) & {0, 0x2F} and name not in (b".", b"..")),
    min_size=1,
    max_size=3,
).map(b"/".join)


@st.composite
def paths_like(draw: st.DrawFn, body: str) -> bytes:
    """A path made to match a pattern or to miss it narrowly."""
    parts = []
    for segment in body.strip("/").split("/"):
        if segment == "**":
            parts += draw(st.lists(names, max_size=2))
        elif draw(st.integers(0, 9)) == 0:
            parts.append(draw(names))
        else:
            parts.append(draw(_name_like(segment)))
    parts += draw(st.lists(names, max_size=1))
    return "/".join(part for part in parts if part not in ("", ".", "..")).encode() or b"a"


@st.composite
def _name_like(draw: st.DrawFn, segment: str) -> str:
    name, at = "", 0
    while at < len(segment):
        char = segment[at]
        if char == "*":
            name += draw(st.sampled_from(("", "", "a", "ab", "b.", "*")))
        elif char == "?":
            name += draw(st.sampled_from("ab.?"))
        elif char == "[":
            end = segment.index("]", at + 1)
            name += draw(st.sampled_from(segment[at + 1 : end] + "a"))
            at = end
        else:
            name += char
        at += 1
    return name


@st.composite
def questions(draw: st.DrawFn, body: st.SearchStrategy[str] = bodies) -> tuple[str, list[bytes]]:
    """A pattern without `!`, and paths to ask about it."""
    chosen = draw(body)
    about = st.lists(paths_like(chosen), min_size=4, max_size=8)
    return chosen, draw(about) + draw(st.lists(paths, max_size=3))
