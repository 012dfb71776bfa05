"""CODEOWNERS read as GitHub reads it, each line put into the dialect of patterns (R-A03).

GitHub's documentation, "About code owners": gitignore patterns without `!`, classes or an escaped `#`; the last line
that matches a path decides; a line that is no good is skipped; a line without owners takes its paths from everybody.

    written       means                                  here
    `*`           everything                             `/**`
    `*.js`        at any depth                           `**/*.js`
    `docs/`       a folder of that name at any depth     `**/docs/`
    `*/`          every folder, so no file at the top    `/*/**`
    `/docs/*`     the files in docs, none further down   `/docs/*`, and whoever had what is below keeps it
    `a/b`, `/a`   at the top                             `/a/b`, `/a`

What cannot be put into the dialect is told with its line, never guessed. A line of GitLab's that starts a section
(GitLab's documentation, "Syntax of CODEOWNERS file"), which GitHub would skip, gives its owners to the lines below it
that name none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lanegate.core.claims import Claim, Reach, spread_claims
from lanegate.core.dialect import objection
from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple

_WORD = re.compile(r"(?:\\.|[^\s\\]|\\\Z)+")
_OWNER = re.compile(r"@[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*|[^@\s\ud800-\udfff]+@[^@\s\ud800-\udfff]+")
#: `[Name]`, `^[Name][2]`, and the owners that follow it.
_SECTION = re.compile(r"\^?\[[^\[\]]+\](?:\[[0-9]+\])?(?:\s+(.*))?")
_EVERYTHING = "/**"
_SECTION_IS = "a section (GitLab), of which only the owners count: they have the lines below that name none"


class OwnersRule(NamedTuple):
    """A line. pattern: of the dialect. shallow: what is below its last name is not meant. owners: none where the line
    takes its paths from everybody."""

    line: int
    pattern: str
    shallow: bool
    owners: tuple[str, ...]


class Untold(NamedTuple):
    """A line that could not be taken over, or not whole, and why, in words."""

    line: int
    text: str
    why: str


def read_codeowners(text: str) -> tuple[tuple[OwnersRule, ...], tuple[Untold, ...]]:
    """The rules of a file in its order, and the lines that are none or mean something else elsewhere. text: bytes that
    are not UTF-8 as surrogates."""
    rules: list[OwnersRule] = []
    untold: list[Untold] = []
    of_section: tuple[str, ...] = ()
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        section = _SECTION.fullmatch(line.strip())
        if section is not None and all(map(_OWNER.fullmatch, _words(section[1] or ""))):
            of_section = _words(section[1] or "")
            untold.append(Untold(number, short(line.strip()), _SECTION_IS))
            continue
        words = _words(line)
        if not words:
            continue
        body, owners = words[0].replace("\\ ", " "), words[1:] or of_section
        odd = next((owner for owner in owners if not _OWNER.fullmatch(owner)), None)
        try:
            if odd is not None:
                raise ValueError(f"{odd} is no @user, @org/team or address: GitHub skips this line")
            pattern, shallow = _translated(body)
        except ValueError as error:
            untold.append(Untold(number, short(line.strip()), str(error)))
        else:
            rules.append(OwnersRule(number, pattern, shallow, owners))
    return tuple(rules), tuple(untold)


def _words(line: str) -> tuple[str, ...]:
    """The words of a line without its comment."""
    words = _WORD.findall(line)
    return tuple(words[: next((at for at, word in enumerate(words) if word.startswith("#")), None)])


def _translated(body: str) -> tuple[str, bool]:
    """(pattern of the dialect, whether it is shallow). Raises ValueError with the reason why there is none."""
    if body.startswith("!"):
        raise ValueError("CODEOWNERS knows no `!`: GitHub skips this line")
    if "[" in body or "]" in body:
        raise ValueError("CODEOWNERS knows no classes: GitHub skips this line")
    anchored = "/" in body.rstrip("/")
    folder = body.endswith("/")
    names: list[str] = []
    for name in body.strip("/").split("/"):
        name = name if name == "**" else re.sub(r"\*\*+", "*", name)
        if (name, names[-1:]) != ("**", ["**"]):
            names.append(name)
    if not anchored and names[0] != "**":
        names.insert(0, "**")
    if names[-2:] == ["**", "*"]:
        del names[-2 if folder else -1]
    if names == ["**"]:
        return _EVERYTHING, False
    shallow = names[-1] == "*" and not folder
    if names[-1] == "*" and folder:
        names.append("**")
    pattern = ("" if names[0] == "**" else "/") + "/".join(names)
    pattern += "/" if folder and names[-1] != "**" else ""
    found = objection(pattern)
    if found is not None:
        raise ValueError(found.message)
    return pattern, shallow


def lane_names(rules: Iterable[OwnersRule]) -> dict[tuple[str, ...], str]:
    """A lane for each set of owners, in the order of the file: named for those of them who do not own everything."""
    rules = [rule for rule in rules if rule.owners]
    everywhere = next((frozenset(rule.owners) for rule in rules if rule.pattern == _EVERYTHING), frozenset())
    found: dict[tuple[str, ...], str] = {}
    for rule in rules:
        key = owners_key(rule)
        if key not in found:
            own = [owner for owner in dict.fromkeys(rule.owners) if owner not in everywhere] or list(rule.owners)
            found[key] = lane_id("-and-".join(map(_short_name, own[:3])), found.values())
    return found


def owners_key(rule: OwnersRule) -> tuple[str, ...]:
    """The set of owners of a rule."""
    return tuple(sorted(set(rule.owners)))


def lane_id(wanted: str, taken: Iterable[str]) -> str:
    """An id for a lane that is like `wanted`, and in more than case unlike those that are taken."""
    clean = re.sub(r"[^A-Za-z0-9._-]+|\.\.+", "-", wanted).strip("._-")[:60].rstrip("._-")
    clean = re.sub(r"(\.lock)+\Z", "", clean, flags=re.IGNORECASE) or "lane"
    folded = {other.casefold() for other in taken}
    found, number = clean, 1
    while found.casefold() in folded:
        number += 1
        found = f"{clean}-{number}"
    return found


def _short_name(owner: str) -> str:
    return owner.rpartition("/")[2].lstrip("@").partition("@")[0]


def owners_claims(rules: Iterable[OwnersRule]) -> tuple[tuple[Claim, ...], tuple[Untold, ...]]:
    """What each lane of `lane_names` claims, later ones first to be asked; and where that is not quite what is
    written."""
    rules = tuple(rules)
    lanes = lane_names(rules)
    reaches = [
        Reach(Claim(rule.pattern, lanes[owners_key(rule)] if rule.owners else None), rule.shallow) for rule in rules
    ]
    claims, lost = spread_claims(reaches)
    why = {
        at: ["a folder that it matches inside another one stays with whoever had it"]
        for at, rule in enumerate(rules)
        if rule.shallow and "**" in rule.pattern
    }
    for at, pattern in lost:
        why.setdefault(at, []).append(f"what {pattern} gives away deeper down than this line reaches is left to nobody")
    return claims, tuple(Untold(rules[at].line, rules[at].pattern, text) for at in sorted(why) for text in why[at])
