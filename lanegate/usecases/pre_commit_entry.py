"""The entry for lanegate's hooks in `.pre-commit-config.yaml`: added without touching another byte (R-A03).

YAML is not parsed here but looked at: `repos:` at the left margin with a list in lines below it is what everybody
writes, and there the entry goes to the end of that list, with the indent of the others. Any other shape is left
alone, and the entry is shown for a person to paste.
"""

from __future__ import annotations

import re

from lanegate.usecases.shim import CLIENT_HOOKS

CONFIG = ".pre-commit-config.yaml"
_ITEM = re.compile(rb"([ ]*)-(?:[ ]|\Z)")
_HEAD = f"""\
# Written by `lanegate init`. To set the hooks: pre-commit install   (or, without this program: lanegate install)
default_install_hook_types: [{", ".join(CLIENT_HOOKS)}]
repos:
"""


def entry(indent: str = "  ") -> str:
    """The item of `repos`, its lines indented; the commands are those of the lanegate that is installed."""
    lines = ["- repo: local", "  hooks:"]
    for hook in CLIENT_HOOKS:
        lines += [
            f"    - id: lanegate-{hook}",
            f"      name: lanegate ({hook})",
            f"      entry: lanegate-{hook}",
            "      language: system",
            f"      stages: [{hook}]",
            "      always_run: true",
        ]
        if hook in ("pre-commit", "pre-push"):  # the others get the message file as their one file name
            lines.append("      pass_filenames: false")
    return "".join(f"{indent}{line}\n" for line in lines)


def new_config() -> bytes:
    """A file with nothing but lanegate's entry."""
    return (_HEAD + entry()).encode()


def with_entry(config: bytes) -> bytes | None:
    """The file with the entry at the end of `repos`; the same bytes where it names lanegate's hooks already; None where
    it has another shape."""
    if re.search(rb"\blanegate-pre-commit\b", config):
        return config
    lines = config.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if re.fullmatch(rb"repos:[ \t]*(#.*)?", line.rstrip(b"\r\n"))]
    if len(starts) != 1 or b"\t" in config or any(line.startswith((b"---", b"...")) for line in lines[1:]):
        return None
    start = starts[0] + 1
    end = start
    indent: bytes | None = None
    for at in range(start, len(lines)):
        line = lines[at].rstrip(b"\r\n")
        if not line.strip() or line.lstrip().startswith(b"#"):
            if indent is not None and line.startswith(indent + b" "):
                end = at + 1  # a comment of the item, or a line of its text
            continue
        found = _ITEM.match(line)
        if indent is None:
            if found is None:
                return None
            indent = found[1]
        if not line.startswith(indent) or (line[len(indent) :][:1] not in (b" ", b"-")):
            break
        end = at + 1
    if indent is None:
        return None
    ending = b"\r\n" if lines[start - 1].endswith(b"\r\n") else b"\n"
    before = b"".join(lines[:end])
    before += b"" if before.endswith(b"\n") else ending
    added = entry(indent.decode()).encode().replace(b"\n", ending)
    return before + added + b"".join(lines[end:])
