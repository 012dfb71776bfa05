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
is not seen here. Without regular expressions: loading `re` takes longer than judging a small push.
"""

from __future__ import annotations

from lanegate.core.facts import Defect
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.names import spells_dot_git

MOST_DEFECTS = 100

TREE = b"40000"
MODES = frozenset({TREE, b"100644", b"100755", b"120000", b"160000"})

#: Mode as written, name, raw id.
Entry = tuple[bytes, bytes, bytes]


class ParsedCommit(NamedTuple):
    """tree: hex id, None if the object does not start with one. parents: hex ids in order. message: bytes after the
    headers. With defects the other fields are what could be read."""

    tree: str | None
    parents: tuple[str, ...]
    message: bytes
    defects: tuple[Defect, ...] = ()


_ORDERED = (b"tree", b"parent", b"author", b"committer")
_SIGNATURES = (b"gpgsig", b"gpgsig-sha256")
#: Of a hex id.
_DIGITS = frozenset({40, 64})
_HEX_DIGITS, _OCTAL_DIGITS = b"0123456789abcdef", b"01234567"

#: What an ordinary name is made of: ASCII without control characters and backslash.
_PLAIN_LETTERS = bytes(byte for byte in range(0x20, 0x7F) if byte != ord("\\"))
#: In lower-case names joined by `/`, with one at each end: what may be a name that no tree holds.
_NOTABLE = (b"/./", b"/../", b"/.git/", b"/.git:", b"/.git ", b"/.git.", b"/git~")


#: The object that was read last, and what it says.
_newest: list[tuple[bytes | None, ParsedCommit]] = [(None, ParsedCommit(None, (), b""))]


def parse_commit(raw: bytes) -> ParsedCommit:
    """Read the content of a commit object. Never raises. Who asks about the same object again, as who checks its
    signature does, is answered at once."""
    newest, parsed = _newest[0]
    if newest is not raw:
        parsed = _parse(raw)
        _newest[0] = raw, parsed
    return parsed


def _parse(raw: bytes) -> ParsedCommit:
    end = raw.find(b"\n\n")
    author_ends = raw.find(b"\n", 101)
    people_end = raw.find(b"\n", author_ends + 11)
    if (  # SHA-1, one parent, at most a signature behind the committer: where each line begins is known
        end > 0
        and raw[45:53] == b"\nparent "
        and raw[93:101] == b"\nauthor "
        and raw.startswith(b"\ncommitter ", author_ends)
        and (people_end == end or _is_signature(raw, people_end, end))
        and raw.startswith(b"tree ")
        and not (raw[5:45] + raw[53:93]).strip(_HEX_DIGITS)
        and b"\0" not in raw
    ):
        return ParsedCommit(raw[5:45].decode(), (raw[53:93].decode(),), raw[end + 2 :])
    front, _, signature = raw[:end].partition(b"\ngpgsig ")
    lines = front.split(b"\n")
    if end < 0 or len(lines) < 3 or b"\0" in raw or signature.count(b"\n") != signature.count(b"\n "):
        return _parse_slowly(raw)
    tree, *parents, author, committer = lines
    ids = [tree[5:], *[parent[7:] for parent in parents]]
    is_plain = (
        tree.startswith(b"tree ")
        and front.count(b"\nparent ") == len(parents)
        and author.startswith(b"author ")
        and committer.startswith(b"committer ")
        and _DIGITS.issuperset(map(len, ids))
        and not b"".join(ids).strip(_HEX_DIGITS)
    )
    if not is_plain:
        return _parse_slowly(raw)
    first, *others = b" ".join(ids).decode().split(" ")
    return ParsedCommit(first, tuple(others), raw[end + 2 :])


def _is_signature(raw: bytes, start: int, end: int) -> bool:
    """Whether one signature stands there, a line feed before it, and nothing else."""
    return raw.startswith(b"\ngpgsig ", start) and raw.count(b"\n", start + 1, end) == raw.count(b"\n ", start + 1, end)


def _is_id(value: bytes) -> bool:
    return len(value) in _DIGITS and not value.strip(_HEX_DIGITS)


def _parse_slowly(raw: bytes) -> ParsedCommit:
    """The whole grammar, for what is not of the shape of nearly all commits: no more than one signature."""
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
            if _is_id(value):
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


def tree_entries(raw: bytes, id_length: int) -> list[Entry]:
    """The entries of a tree object, in its order.

    id_length: bytes of an id, 20 or 32. Raises ValueError where the bytes are no row of entries; says nothing about
    defects that leave it one (see tree_defects).
    """
    entries = []
    start, size, find = 0, len(raw), raw.find
    while start < size:
        nul = find(b"\0", start)
        mode, _, name = raw[start:nul].partition(b" ")
        start = nul + 1 + id_length
        if nul < 0 or not name or start > size:
            raise ValueError("not a tree object")
        entries.append((mode, name, raw[nul + 1 : start]))
    odd = {entry[0] for entry in entries} - MODES
    if odd and any(not mode or mode.strip(_OCTAL_DIGITS) for mode in odd):
        raise ValueError("not a tree object")
    return entries


def tree_defects(raw: bytes, id_length: int, folder: bytes = b"") -> tuple[Defect, ...]:
    """What is malformed in a tree object; `is_plain_tree` says sooner that nothing is.

    id_length: bytes of an id, 20 or 32. folder: the tree's path with a slash at the end, empty for the root; it is put
    before each name told. Never raises; empty for an honest tree.
    """
    told = []
    for what, name in _tree_problems(raw, id_length):
        told.append(Defect(what, folder + name))
        if len(told) == MOST_DEFECTS:
            break
    return tuple(told)


def is_plain_tree(entries: list[Entry]) -> bool:
    """Whether these are the entries of a tree like nearly all: true only if there are some and nothing is malformed."""
    names = [entry[1] for entry in entries]
    row = b"/%b/" % b"/".join(names)
    return (
        row.count(b"/") == len(names) + 1
        and not row.translate(None, _PLAIN_LETTERS)
        and not _holds_notable(row)
        and MODES.issuperset([entry[0] for entry in entries])
        and len(set(names)) == len(names)
        and _is_ordered(entries)
    )


def _holds_notable(row: bytes) -> bool:
    if b"/." not in row and b"~" not in row:
        return b"//" in row
    lower = row.lower()
    return b"//" in row or any(part in lower for part in _NOTABLE)


def _is_ordered(entries: list[Entry]) -> bool:
    keys = [name + b"/" if mode == TREE else name for mode, name, _ in entries]
    return keys == sorted(keys)


def _tree_problems(raw: bytes, id_length: int) -> list[tuple[str, bytes]]:
    """(what, name) of each thing malformed, entry by entry."""
    told: list[tuple[str, bytes]] = []
    start, last, seen = 0, b"", set[bytes]()
    while start < len(raw):
        nul = raw.find(b"\0", start)
        mode, space, name = raw[start:nul].partition(b" ")
        start = nul + 1 + id_length
        if nul < 0 or not space or start > len(raw):
            told.append(("truncated tree object", b""))
            break
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
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        told.append("control character in the name of a tree entry")
    return told
