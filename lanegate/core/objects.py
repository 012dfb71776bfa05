"""Raw commit and tree objects: read strictly from bytes, with what is malformed in them (docs/judgement.md, LG604).

Parsers of commits disagree: git stops at a NUL, libgit2 decodes by the `encoding` header, and each takes another one of
two `author` lines. So the bytes are read here, by one grammar, and what does not fit it is a defect, never an
exception:

    tree <id>, then any number of parent <id>, author …, committer …, then other headers, each a line `name value` and
    lines that continue it (leading space); an empty line; the message. Without a message the empty line may be
    missing, as git fsck has it.

`mergetag`, `change-id`, `HG:…` and other unknown headers are legal, also repeated. `encoding`, a header of the first
four out of its place, a second signature (of either name: git checks one of them and people see another) and NUL are
not. The format of the author's name and date is git fsck's business.

A tree is a row of `<mode> <name>NUL<raw id>`. Modes are exactly the five that git writes today (no leading zero, no
100664). Order is git's: bytes, a folder compared as `name/`. "Control character" is a byte below 0x20, or 0x7f.

Limits: at most MOST_DEFECTS defects are told for one tree. Whether ids exist, and have the type that the mode says,
is not seen here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lanegate.core.facts import Defect
from lanegate.core.names import spells_dot_git

MOST_DEFECTS = 100

TREE = b"40000"
MODES = frozenset({TREE, b"100644", b"100755", b"120000", b"160000"})


class ParsedCommit(NamedTuple):
    """tree: hex id, None if the object does not start with one. parents: hex ids in order. message: bytes after the
    headers. With defects the other fields are what could be read."""

    tree: str | None
    parents: tuple[str, ...]
    message: bytes
    defects: tuple[Defect, ...] = ()


_ID = rb"(?:[0-9a-f]{40}|[0-9a-f]{64})"
#: The shape of nearly all commits, without or with one signature.
_PLAIN_COMMIT = re.compile(
    rb"tree (%b)\n((?:parent %b\n)*)author [^\n\0]+\ncommitter [^\n\0]+\n(?:gpgsig [^\n\0]*\n(?: [^\n\0]*\n)*)?\n"
    % (_ID, _ID)
)
_ORDERED = (b"tree", b"parent", b"author", b"committer")
_SIGNATURES = (b"gpgsig", b"gpgsig-sha256")
_HEX_ID = re.compile(_ID)

_ENTRIES = {length: re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % length, re.DOTALL) for length in (20, 32)}
#: One entry at a position, whatever its mode and name look like.
_ANY_ENTRY = {length: re.compile(rb"([^ \0]*) ([^\0]*)\0(.{%d})" % length, re.DOTALL) for length in (20, 32)}
#: In names joined by `/`, with one at each end: something that needs a look at each name.
_NOTABLE_NAME = re.compile(rb"[\0-\x1f\x7f-\xff\\]|/\.{0,2}/|/\.git[/: .]|/git~", re.IGNORECASE)
_CONTROL = re.compile(rb"[\0-\x1f\x7f]")


def parse_commit(raw: bytes) -> ParsedCommit:
    """Read the content of a commit object. Never raises."""
    plain = _PLAIN_COMMIT.match(raw)
    if plain is None or b"\0" in raw:
        return _parse_slowly(raw)
    tree, parents = plain.groups()
    return ParsedCommit(tree.decode(), tuple(parents.decode().split()[1::2]), raw[plain.end() :])


def _parse_slowly(raw: bytes) -> ParsedCommit:
    """The whole grammar, for what the common shape does not fit."""
    head, has_message, message = raw.partition(b"\n\n")
    told: list[str] = []
    if b"\0" in raw:
        told.append("NUL byte in the commit object")
    if not has_message:
        if not head.endswith(b"\n"):
            told.append("headers do not end with a line feed")
        head = head.removesuffix(b"\n")
    fields, problems = _headers(head.split(b"\n"))
    told += problems + _out_of_place([name for name, _ in fields])
    ids: dict[bytes, list[str]] = {b"tree": [], b"parent": []}
    for name, value in fields:
        if name in ids:
            if _HEX_ID.fullmatch(value):
                ids[name].append(value.decode())
            else:
                told.append(f"{name.decode()} header without an object id")
    tree = ids[b"tree"][0] if ids[b"tree"] else None
    return ParsedCommit(tree, tuple(ids[b"parent"]), message, tuple(Defect(what) for what in dict.fromkeys(told)))


def _headers(lines: list[bytes]) -> tuple[list[tuple[bytes, bytes]], list[str]]:
    """(name, first line of the value) of each header, and what is wrong with single lines."""
    fields: list[tuple[bytes, bytes]] = []
    told = []
    for line in lines:
        if line.startswith(b" "):
            if not fields or fields[-1][0] in _ORDERED:
                told.append("a header line that continues nothing")
            continue
        name, space, value = line.partition(b" ")
        if not space:
            told.append("a header line without a value")
        fields.append((name, value))
    return fields, told


def _out_of_place(names: list[bytes]) -> list[str]:
    """What is wrong with the headers as a row of names."""
    told = []
    expected = [b"tree", *[b"parent"] * names.count(b"parent"), b"author", b"committer"]
    if names[: len(expected)] != expected:
        told.append("headers are not in the order tree, parent, author, committer")
    told += [f"second {name.decode()} header" for name in (b"tree", b"author", b"committer") if names.count(name) > 1]
    if b"encoding" in names:
        told.append("encoding header")
    if sum(map(names.count, _SIGNATURES)) > 1:
        told.append("two signatures")
    return told


def tree_entries(raw: bytes, id_length: int) -> list[tuple[bytes, bytes, bytes]]:
    """(mode as written, name, raw id) of each entry of a tree object, in its order.

    id_length: bytes of an id, 20 or 32. Raises ValueError where the bytes are no row of entries; says nothing about
    defects that leave it one (see tree_defects).
    """
    entries: list[tuple[bytes, bytes, bytes]] = _ENTRIES[id_length].findall(raw)
    # findall skips what does not fit: nothing was skipped if the entries add up to the whole.
    if sum([len(mode) + len(name) for mode, name, _ in entries]) + (id_length + 2) * len(entries) != len(raw):
        raise ValueError("not a tree object")
    return entries


def tree_defects(raw: bytes, id_length: int, folder: bytes = b"") -> tuple[Defect, ...]:
    """What is malformed in a tree object.

    id_length: bytes of an id, 20 or 32. folder: the tree's path with a slash at the end, empty for the root; it is put
    before each name told. Never raises; empty for an honest tree.
    """
    try:
        entries = tree_entries(raw, id_length)
    except ValueError:
        entries = None
    if entries is not None and _is_plain(entries):
        return ()
    told = []
    for what, name in _tree_problems(raw, id_length):
        told.append(Defect(what, folder + name))
        if len(told) == MOST_DEFECTS:
            break
    return tuple(told)


def _is_plain(entries: list[tuple[bytes, bytes, bytes]]) -> bool:
    """True only if nothing is malformed."""
    names = [entry[1] for entry in entries]
    row = b"/%b/" % b"/".join(names)
    return (
        row.count(b"/") == len(names) + 1
        and _NOTABLE_NAME.search(row) is None
        and MODES.issuperset([entry[0] for entry in entries])
        and len(set(names)) == len(names)
        and _is_ordered(entries)
    )


def _is_ordered(entries: list[tuple[bytes, bytes, bytes]]) -> bool:
    keys = [name + b"/" if mode == TREE else name for mode, name, _ in entries]
    return keys == sorted(keys)


def _tree_problems(raw: bytes, id_length: int) -> list[tuple[str, bytes]]:
    """(what, name) of each thing malformed, entry by entry."""
    told: list[tuple[str, bytes]] = []
    position, last, seen = 0, b"", set[bytes]()
    while position < len(raw):
        entry = _ANY_ENTRY[id_length].match(raw, position)
        if entry is None:
            told.append(("truncated tree object", b""))
            break
        mode, name, _ = entry.groups()
        position = entry.end()
        told += [(what, name) for what in _entry_problems(mode, name)]
        if name in seen:
            told.append(("duplicate tree entry", name))
        seen.add(name)
        key = name + b"/" if mode == TREE else name
        if key < last:
            told.append(("tree entry out of order", name))
        last = key
    return told


def _entry_problems(mode: bytes, name: bytes) -> list[str]:
    told = []
    if mode not in MODES:
        told.append(f"tree entry of mode {mode[:12].decode('ascii', 'backslashreplace')}")
    if not name:
        told.append("tree entry without a name")
    elif name in (b".", b".."):
        told.append("tree entry named . or ..")
    elif spells_dot_git(name):
        told.append("tree entry whose name is .git to some file system")
    if b"/" in name:
        told.append("slash in the name of a tree entry")
    if _CONTROL.search(name):
        told.append("control character in the name of a tree entry")
    return told
