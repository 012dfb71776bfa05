"""Draws docs/terminal.svg, the terminal picture of README.md, from a session that it really runs.

A lane changes a file of another lane: refused at commit, pushed past the hook, refused by the server; then its own file
goes in. The commands run in a pseudo terminal of WIDTH columns, against a server and a clone made for it, and the
picture shows what they print, colours and line ends included. Anything in it that cannot be drawn stops the script.

usage: python docs/terminal_picture.py [FILE]       (`make readme` does it where the session prints something new)

Needs the Python standard library, git, and lanegate installed beside this Python.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

PICTURE = Path(__file__).parent / "terminal.svg"
#: Columns of the terminal; what a README on GitHub shows without making it small.
WIDTH = 100
POLICY = """\
version = 1
unowned = "deny"
identity = "none"

[lanes.ui]
owners = ["bob"]
owned_paths = ["/src/ui/"]
read_paths = ["/src/core/"]
branch = "lane/ui"

[lanes.core]
owners = ["ana"]
owned_paths = ["/src/core/", "/policy/"]
branch = "lane/core"

[[refs]]
name = "refs/heads/main"

[[refs]]
name = "refs/heads/lane/{lane}"
force = true
"""
FILES = {"policy/lanegate.toml": POLICY, "src/ui/search.py": "search = 1\n", "src/core/index.py": "index = 1\n"}
GITCONFIG = """\
[user]
  name = Bob
  email = bob@example.org
[init]
  defaultBranch = main
[push]
  default = current
[safe]
  directory = *
[advice]
  pushUpdateRejected = false
"""
#: The session: what is run, and what a person is told before it.
SESSION = (
    ("bob works in lane ui", "lanegate lane use ui --branch"),
    ("a file of another lane", "echo 'index = 2' > src/core/index.py"),
    ("", "git commit -q -a -m 'Index faster'"),
    ("hooks can be skipped; the server cannot", "git commit -q -a -m 'Index faster' --no-verify"),
    ("", "git push -q --no-verify"),
    ("a file of its own goes in", "git reset -q --hard origin/main; echo 'search = 2' > src/ui/search.py"),
    ("", "git commit -q -a -m 'Search faster' && git push -q"),
)

# A dark card of its own, so that it reads alike on a light and on a dark page; each colour is told from it well.
BACKGROUND, FRAME = "#161b22", "#6e7681"
COLOURS = {
    "": "#e6edf3",
    "prompt": "#7ee787",
    "remark": "#9da7b3",
    "31": "#ff8f88",
    "32": "#56d364",
    "33": "#e3b341",
    "36": "#56d4dd",
}
_LETTER, _LINE, _MARGIN, _BAR = 8.4, 20, 18, 30
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_TOKEN = re.compile(r"\x1b\[([0-9;]*)m|(\x1b\[K|\r)|(\n)|([^\x00-\x1f\x7f]+)")


class PictureError(Exception):
    """The picture cannot be drawn; the text says why."""


class Run(NamedTuple):
    """Letters of one line in one style. colour: a key of COLOURS."""

    text: str
    colour: str = ""
    is_bold: bool = False


Line = tuple[Run, ...]


def session() -> list[Line]:
    """The lines of the session, run now. Raises PictureError where a command of the scene fails."""
    with tempfile.TemporaryDirectory(prefix="lanegate-picture-") as made:
        folder = Path(made).resolve()
        environment = _environment(folder)
        _set_scene(folder, environment)
        lines: list[Line] = []
        for remark, command in SESSION:
            if remark:
                lines += [(), (Run(f"# {remark}", "remark"),)] if lines else [(Run(f"# {remark}", "remark"),)]
            lines.append((Run("$ ", "prompt", True), Run(command, "", True)))
            lines += drawn(_in_terminal(command, folder / "shop", environment).replace(f"{folder}/", ""))
        return lines


def _environment(folder: Path) -> dict[str, str]:
    """This machine's without its settings of git, lanegate and the terminal; times that give the same commit ids."""
    strange = ("GIT_", "LANEGATE_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(strange)}
    (folder / "gitconfig").write_text(GITCONFIG)
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "2026-01-05T09:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-05T09:00:00Z",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def _set_scene(folder: Path, environment: dict[str, str]) -> None:
    """A server that has the policy and guards it, and a clone with hooks."""

    def quietly(where: str, *argv: str) -> None:
        done = subprocess.run(
            argv, cwd=folder / where, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode != 0:
            raise PictureError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr.strip()}")

    quietly(".", "git", "init", "-q", "--bare", "server.git")
    quietly(".", "git", "clone", "-q", "server.git", "shop")
    for path, text in FILES.items():
        (folder / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "shop" / path).write_text(text)
    quietly("shop", "git", "add", ".")
    quietly("shop", "git", "commit", "-q", "-m", "Say who may change what")
    quietly("shop", "git", "push", "-q", "origin", "HEAD")
    quietly(".", "lanegate", "install", "--server", "server.git", "--platform", "local")
    quietly("shop", "git", "remote", "set-head", "origin", "main")
    quietly("shop", "lanegate", "install")


def _in_terminal(command: str, where: Path, environment: dict[str, str]) -> str:
    """What a shell command prints on a terminal of WIDTH columns; its status does not matter."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    shell = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=where,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = bytearray()
    try:
        while some := os.read(ours, 65536):
            said += some
    except OSError:  # how Linux says that nobody writes to it any more
        pass
    finally:
        os.close(ours)
        shell.wait()
    return said.decode()


def drawn(said: str) -> list[Line]:
    """The lines that a terminal shows for this output, broken at WIDTH. Raises PictureError for control sequences
    other than colours and the few that change nothing here."""
    lines: list[Line] = []
    line: list[Run] = []
    colour, is_bold, at = "", False, 0
    while at < len(said):
        token = _TOKEN.match(said, at)
        if token is None:
            raise PictureError(f"this cannot be drawn: {said[at : at + 20]!r}")
        style, _, line_end, text = token.groups()
        at = token.end()
        if style is not None:
            colour, is_bold = _style(style, colour, is_bold)
        elif line_end:
            lines += _broken(line)
            line = []
        elif text:
            line.append(Run(text, colour, is_bold))
    return lines + (_broken(line) if line else [])


def _style(codes: str, colour: str, is_bold: bool) -> tuple[str, bool]:
    for code in (codes or "0").split(";"):
        if code in ("", "0"):
            colour, is_bold = "", False
        elif code == "1":
            is_bold = True
        elif code in COLOURS:
            colour = code
        else:
            raise PictureError(f"no colour is known for {code!r}")
    return colour, is_bold


def _broken(runs: list[Run]) -> list[Line]:
    """A line as one or more of WIDTH columns at most."""
    lines: list[list[Run]] = [[]]
    room = WIDTH
    for run in runs:
        text = run.text
        while len(text) > room:
            lines[-1].append(run._replace(text=text[:room]))
            lines.append([])
            text, room = text[room:], WIDTH
        lines[-1].append(run._replace(text=text))
        room -= len(text)
    return [tuple(line) for line in lines]


def plain(lines: list[Line]) -> str:
    """The text alone."""
    return "".join("".join(run.text for run in line) + "\n" for line in lines)


def picture(lines: list[Line]) -> str:
    """The SVG. Each piece of text is given its width, so that columns stand whatever font the reader has."""
    return "\n".join(_svg(lines)) + "\n"


def _svg(lines: list[Line]) -> Iterator[str]:
    width = round(WIDTH * _LETTER + 2 * _MARGIN)
    height = _BAR + len(lines) * _LINE + _MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-labelledby="title desc">'
    )
    yield '<title id="title">lanegate refuses a change to another lane\'s file, at commit and at push</title>'
    yield f'<desc id="desc">{escape(plain(lines), quote=False)}</desc>'
    yield (
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="{BACKGROUND}" stroke="{FRAME}"/>'
    )
    yield from (f'<circle cx="{_MARGIN + 5 + 18 * at}" cy="17" r="5" fill="{FRAME}"/>' for at in range(3))
    yield f'<g font-family="{_FONTS}" font-size="14">'
    for number, line in enumerate(lines):
        column, y = 0, _BAR + number * _LINE + 16
        for run in line:
            yield from _pieces(run, column, y)
            column += len(run.text)
    yield "</g></svg>"


def _pieces(run: Run, column: int, y: int) -> Iterator[str]:
    """Blanks are left out: a piece starts where its first letter stands."""
    weight = ' font-weight="bold"' if run.is_bold else ""
    for match in re.finditer(r"\S+(?: \S+)*", run.text):
        x, length = _MARGIN + (column + match.start()) * _LETTER, len(match[0]) * _LETTER
        yield (
            f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs" '
            f'fill="{COLOURS[run.colour]}"{weight}>{escape(match[0], quote=False)}</text>'
        )


def main(argv: list[str]) -> int:
    target = Path(argv[0]) if argv else PICTURE
    try:
        lines = session()
        target.write_text(picture(lines))
    except PictureError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(plain(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
