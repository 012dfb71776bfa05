"""What a pattern may not say, why, and what to write instead (design section 4, "Patterns").

The dialect is the part of gitignore where git and pathspec never differ and where no reader is surprised. Whatever
gitignore would ignore, read in a way that people get wrong, or that pathspec reads otherwise is refused when the policy
loads, with the spelling that says what was probably meant. Each rule below is a function that looks at the pattern
without its `!`; they are asked in the order of `_RULES`, and the first that objects speaks.

    written            gitignore's reading                         here
    `tests`, `*.py`    matches at every depth                      refused: `/tests` or `**/tests`
    `docs/x/`          only a directory                            the entry `docs/x`, whatever its type, and all below
    `a/**`             all below a                                 the same
    `a**b`, `a/**.py`  `**` is `*`                                 refused
    `a/**/`            directories below a (pathspec: files too)   refused: `a/**`
    `**/**`            `**`                                        refused: one `**`
    `[!a]`, `[^a]`     any other byte                              refused: a `!` pattern says it
    `[[:alpha:]]`      POSIX class                                 refused: `[A-Za-z]`
    `[z-a]`, `[+--]`   nothing, or depends on byte values          refused: ranges of digits or of letters of one case
    `[id].tsx`         a file `i.tsx` or `d.tsx`                   refused: `[[]id].tsx`, or a pattern for each name
    `[é]`              one byte of its encoding                    refused
    `*.{ts,tsx}`       braces are plain text                       refused: a pattern for each
    `\\*`               a star                                      refused: `[*]`, also `[?]` and `[[]`
    `#x`, ` x`, `x `   comment; blank kept; blank dropped          refused; inside a pattern all three are plain text
    `//`, `./x`, `..`  matches nothing                             refused
    `*`, `?`, classes  bytes of one name, a leading dot too        the same: `?` is one byte, so half of an `é`

Limits keep the time for a path linear in its length, whatever the policy says: they are the MAX_ values below.
"""

from __future__ import annotations

import re

from lanegate.core.named_tuple import NamedTuple

MAX_BYTES = 1024
MAX_SEGMENTS = 64
MAX_SEGMENT_BYTES = 255
MAX_GLOBSTARS = 4
#: In one segment.
MAX_STARS = 8
MAX_SINGLES = 16
#: Alternatives of a brace that are written out as suggestions.
_MAX_ALTERNATIVES = 8

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_RANGES = (_LOWER, _LOWER.upper(), "0123456789")
_MEMBERS = frozenset("".join(_RANGES) + "_.,+=@ ")
#: A class of one of these is that character: the dialect's only escape.
_ESCAPES = ("*", "?", "[")

#: Marks an objection to a class where a name with brackets may be meant, such as `[id].tsx`.
_NAME = ("[[]",)

#: Controls, separators of lines, bidirectional controls and what takes no room: a pattern must work as it reads.
_INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200B), (0x200E, 0x200F),
        (0x2028, 0x202E), (0x2060, 0x2060), (0x2066, 0x2069), (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip


#: Most patterns: names that nothing below objects to, too short for any limit.
_PLAIN = re.compile(r"(?=.{,120}\Z)(?:/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*|\*\.[A-Za-z0-9_.-]+))+/?")


class Objection(NamedTuple):
    """Why a pattern is outside of the dialect, and spellings that may be meant (not all of them in the dialect)."""

    message: str
    instead: tuple[str, ...] = ()


def objection(body: str) -> Objection | None:
    """The first rule that a pattern (without its `!`) breaks, None if it is in the dialect."""
    if _PLAIN.fullmatch(body):
        return None
    for rule in _RULES:
        found = rule(body)
        if found is not None:
            return found
    return None


def suggestions(body: str) -> tuple[str, ...]:
    """What can be written instead of a pattern (without its `!`) that is refused; each is in the dialect."""
    found = objection(body)
    offered = found.instead if found else ()
    return tuple(dict.fromkeys(text for text in offered if objection(text) is None))


def segments_of(body: str) -> list[str]:
    """The names between the slashes; one slash at the start and one at the end are no part of them."""
    return body.removeprefix("/").removesuffix("/").split("/")


def _encoding(body: str) -> Objection | None:
    try:
        size = len(body.encode())
    except UnicodeEncodeError:
        return Objection("is not valid Unicode")
    if size > MAX_BYTES:
        return Objection(f"is longer than {MAX_BYTES} bytes")
    if not _INVISIBLE.isdisjoint(body):
        code = next(ord(char) for char in body if char in _INVISIBLE)
        visible = "".join(char for char in body if char not in _INVISIBLE)
        return Objection(f"holds the invisible character U+{code:04X}", (visible,))
    return None


def _first_character(body: str) -> Objection | None:
    if body in ("", "/"):
        return Objection("names nothing; everything is `/**`", ("/**",))
    if body[0] in "#!":
        return Objection(f"starts with `{body[0]}`; a name that does is written after a slash", ("/" + body,))
    if body[0].isspace() or body[-1].isspace():
        return Objection("starts or ends with a blank; a name that ends in one needs a slash after it", (body.strip(),))
    return None


def _backslash(body: str) -> Objection | None:
    if "\\" not in body:
        return None
    escaped = body
    for char in _ESCAPES:
        escaped = escaped.replace("\\" + char, f"[{char}]")
    message = "holds a backslash; folders are parted by `/`, and `[*]`, `[?]`, `[[]` spell special characters"
    return Objection(message, (escaped if escaped != body else body.replace("\\", "/"),))


def _names(body: str) -> Objection | None:
    names = segments_of(body)
    kept = [name for name in names if name not in ("", ".")]
    if len(kept) < len(names):
        rebuilt = "/" + "/".join(kept) + ("/" if body.endswith("/") else "")
        return Objection("holds an empty name or `.` between slashes, which no path has", (rebuilt,))
    if ".." in names:
        return Objection("holds `..`; patterns start at the top of the repository")
    if any(name.lower() == ".git" for name in names):
        return Objection("names `.git`, which git never stores")
    if len(names) > MAX_SEGMENTS:
        return Objection(f"has more than {MAX_SEGMENTS} names between slashes")
    if any(len(name.encode()) > MAX_SEGMENT_BYTES for name in names):
        return Objection(f"has a name of more than {MAX_SEGMENT_BYTES} bytes")
    return None


def _anchor(body: str) -> Objection | None:
    if "/" in body[:-1]:
        return None
    if body.strip("/") == "**":
        return Objection("is not anchored; everything is `/**`", ("/**",))
    message = "is not anchored, so it could match at every depth: `/` at the start means here, `**/` anywhere"
    return Objection(message, (f"/{body}", f"**/{body}"))


def _globstars(body: str) -> Objection | None:
    names = segments_of(body)
    for name in names:
        if "**" in name and name != "**":
            single = re.sub(r"\*+", "*", name)
            return Objection(
                f"holds `**` inside the name `{name}`; it stands alone between slashes, or is meant as `*`",
                (_replaced(body, name, single), _replaced(body, name, f"**/{single}")),
            )
    if names[-1] == "**" and body.endswith("/"):
        return Objection("ends in `**/`; all below is `**`", (body[:-1],))
    if "**/**" in body:
        once = body
        while "**/**" in once:
            once = once.replace("**/**", "**")
        return Objection("holds `**/**`; one `**` already stands for any depth", (once,))
    if names.count("**") > MAX_GLOBSTARS:
        return Objection(f"holds more than {MAX_GLOBSTARS} times `**`")
    return None


def _replaced(body: str, name: str, other: str) -> str:
    """The pattern with each segment that reads `name` replaced."""
    return "/".join(other if part == name else part for part in body.split("/"))


def _braces(body: str) -> Objection | None:
    start = body.find("{")
    while start >= 0:
        end = body.find("}", start)
        inside = body[start + 1 : end]
        if end >= 0 and "," in inside:
            each = inside.split(",")[:_MAX_ALTERNATIVES]
            instead = tuple(body[:start] + one + body[end + 1 :] for one in each)
            return Objection("holds `{…,…}`, which git reads as plain text; write a pattern for each", instead)
        start = body.find("{", start + 1)
    return None


def _wildcards(body: str) -> Objection | None:
    if "[" not in body and "*" not in body and "?" not in body:
        return None
    for name in segments_of(body):
        found = _classes(name, body)
        if found is not None:
            return found
    return None


def _classes(name: str, body: str) -> Objection | None:
    """Objections to the wildcards of one name, in one walk since a class may hold a `*` or `?` of its own."""
    stars = singles = at = 0
    while at < len(name):
        if name[at] == "[":
            end = name.find("]", at + 1)
            found = _class(name[at + 1 : end] if end >= 0 else None, opens=at == 0)
            if found is not None:
                literal = _replaced(body, name, name[:at] + name[at:].replace("[", "[[]"))
                return Objection(f"`{name}`: {found.message}", (literal,) if found.instead else ())
            singles += 1
            at = end
        elif name[at] == "?":
            singles += 1
        elif name[at] == "*":
            stars += 1
        at += 1
    if name != "**" and stars > MAX_STARS:
        return Objection(f"`{name}` holds more than {MAX_STARS} stars")
    if singles > MAX_SINGLES:
        return Objection(f"`{name}` holds more than {MAX_SINGLES} times `?` or a class")
    return None


def _class(inside: str | None, *, opens: bool) -> Objection | None:
    """What is wrong between `[` and `]` (None: no `]` follows), with _NAME where a name with brackets may be meant.

    opens: whether the class is the first thing in its name.
    """
    if inside is None:
        return Objection("`[` without `]`; a `[` in a name is written `[[]`", _NAME)
    if inside in _ESCAPES:
        return None
    if inside == "":
        return Objection("a class that is empty, or holds `]`, which needs no class")
    if inside[0] in "!^":
        return Objection("a negated class; take names away with a `!` pattern instead")
    if inside.startswith("[:"):
        return Objection("a POSIX class; write ranges such as `[A-Za-z0-9]`")
    at = ranges = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            first, last = inside[at], inside[at + 2]
            if not any(first in kind and last in kind and first <= last for kind in _RANGES):
                return Objection(f"the range `{first}-{last}`; a range goes up within a-z, A-Z or 0-9")
            ranges += 1
            at += 3
        elif inside[at] in _MEMBERS or (inside[at] == "-" and at == len(inside) - 1):
            at += 1
        else:
            message = f"`{inside[at]}` in a class; letters, digits, `_.,+=@`, a blank and a last `-` may stand there"
            return Objection(message, _NAME)
    if opens and not ranges and len(set(inside.lower())) > 1:
        message = f"`[{inside}]` at the start of a name is one of these characters; a `[` in a name is written `[[]`"
        return Objection(message, _NAME)
    return None


_RULES = (_encoding, _first_character, _backslash, _names, _anchor, _globstars, _braces, _wildcards)
