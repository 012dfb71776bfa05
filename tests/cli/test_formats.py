"""`--format`: one answer in the format of whoever reads it, with the same exit status (design section 7)."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from xml.etree import ElementTree

import pytest

from lanegate.cli.formats import FORMATS
from lanegate.cli.main import main
from tests.desk import Desk, make_desk
from tests.support import POLICY, POLICY_PATH, Ran, lanegate, make_repo


def sarif(text: str) -> list[str]:
    (run,) = json.loads(text)["runs"]
    return [result["ruleId"] for result in run["results"]]


def junit(text: str) -> list[str]:
    cases = ElementTree.fromstring(text)  # noqa: S314 (our own text)
    return [kind.get("type", "") for tag in ("failure", "error") for kind in cases.iter(tag)]


#: Codes that a report of each format shows.
READERS: dict[str, Callable[[str], list[str]]] = {
    "text": lambda text: [line.split()[0] for line in text.splitlines() if line.startswith("    LG")],
    "json": lambda text: [violation["code"] for violation in json.loads(text)["violations"]],
    "sarif": sarif,
    "github": lambda text: [
        line.partition("title=")[2][:5] for line in text.splitlines() if line.startswith("::error ")
    ],
    "gitlab": lambda text: [issue["check_name"] for issue in json.loads(text)],
    "junit": junit,
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A clone that works in lane ui, with the current folder in it."""
    desk = make_desk(tmp_path)
    desk.use("ui")
    monkeypatch.chdir(desk.path)
    return desk


def test_each_format_is_read_here() -> None:
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("how", FORMATS)
def test_check_and_verify(how: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.stage({"src/ui/search.py": "2\n"})
    assert main(["check", "--format", how]) == 0
    assert READERS[how](capsys.readouterr().out) == []
    desk.stage({"src/core/index.py": "2\n"})
    assert main(["check", "--format", how]) == 1
    out, err = capsys.readouterr()
    assert (READERS[how](out), err) == (["LG101"], "")
    desk.commit("Change", lane="ui")
    assert main(["verify", "--format", how, "origin/main..HEAD"]) == 1
    assert READERS[how](capsys.readouterr().out) == ["LG101"]


@pytest.mark.parametrize("how", sorted(set(FORMATS) - {"text"}))
def test_what_cannot_be_decided_is_in_the_report(
    how: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CI step that keeps the report and looks at nothing else still sees it."""
    (desk.path / ".git" / "shallow").write_text(desk.head() + "\n")
    assert main(["verify", "--format", how]) == 3
    assert READERS[how](capsys.readouterr().out) == ["LG906"]
    (desk.path / ".git" / "index").write_bytes(b"no index")
    assert main(["check", "--format", how]) == 3
    assert READERS[how](capsys.readouterr().out)[0].startswith("LG9")
    plain = make_repo(tmp_path / "plain")
    monkeypatch.chdir(plain.path)
    for command in (["ledger", "verify"], ["lock", "verify"], ["policy", "check"]):
        assert main([*command, "--format", how]) == 3
        assert READERS[how](capsys.readouterr().out) == ["LG901"], command


@pytest.mark.parametrize("how", ["sarif", "github", "gitlab", "junit"])
def test_records_that_are_fine(how: str, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("ledger", "lock"):
        assert main([command, "verify", "--format", how]) == 0
        out = capsys.readouterr().out
        assert out
        assert READERS[how](out) == []


def test_policy_check_names_the_file_from_the_top(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever shows the finding looks for the file there, wherever the command ran."""
    lines = POLICY.replace("unowned =", "unowed =").splitlines()
    desk.write(POLICY_PATH, "\n".join(lines))
    monkeypatch.chdir(desk.path / "src")
    line = 1 + next(number for number, text in enumerate(lines) if text.startswith("unowed"))
    for name in ([], ["../policy/lanegate.toml"], [str(desk.path / POLICY_PATH)]):
        assert main(["policy", "check", "--format", "gitlab", *name]) == 1
        (issue,) = json.loads(capsys.readouterr().out)
        assert issue["location"] == {"path": POLICY_PATH, "lines": {"begin": line}}
        assert main(["policy", "check", "--format", "github", *name]) == 1
        assert capsys.readouterr().out.startswith(
            f"::error file={POLICY_PATH},line={line},title=LG702 policy invalid::"
        )
    lone = desk.path.parent / "lone.toml"
    lone.write_text("\n".join(lines))
    assert main(["policy", "check", "--format", "sarif", str(lone)]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": lone.as_uri()}


def test_policy_warnings_are_notes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    dead = POLICY.replace('owned_paths = ["/docs/", ', 'owned_paths = ["/docs/guide.md", "/docs/", ')
    desk.write(POLICY_PATH, dead)
    assert main(["policy", "check", "--format", "github"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("::notice title=lanegate::policy/lanegate.toml:")
    assert ": warning: lanes.docs.owned_paths[" in out
    assert main(["policy", "check", "--format", "gitlab"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert ": warning: lanes.docs.owned_paths[" in err


@pytest.mark.parametrize("how", ["json", "sarif", "gitlab", "junit"])
def test_no_encoding_breaks_a_report(how: str, desk: Desk) -> None:
    desk.stage({"src/core/é.py": "1\n"})
    ran = lanegate("check", "--format", how, cwd=desk.path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ran.code == 1
    assert READERS[how](ran.out) == ["LG101"]


def on_terminal(*args: str, cwd: Path, env: dict[str, str]) -> Ran:
    """Run lanegate with a terminal of 50 columns as its output."""
    mine, its = pty.openpty()
    environ = {**os.environ, "COLUMNS": "50", "TERM": "xterm", **env}
    command = [sys.executable, "-m", "lanegate", *args]
    with Popen(command, cwd=cwd, env=environ, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        said = b""
        while True:
            try:
                more = os.read(mine, 4096)
            except OSError:  # Linux: EIO, once nobody has the other end
                break
            if not more:
                break
            said += more
    os.close(mine)
    return Ran(process.returncode, said.decode().replace("\r\n", "\n"), "")


def test_colour_is_for_terminals(desk: Desk) -> None:
    desk.stage({"src/core/index.py": "2\n"})
    shown = on_terminal("check", cwd=desk.path, env={})
    assert (shown.code, shown.out.count("\x1b[31m")) == (1, 2)
    assert "\n          or: lanegate explain src/core/index.py --lane ui\n" in shown.out
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal("check", cwd=desk.path, env=env).out
    assert "\x1b" not in on_terminal("check", "--format", "github", cwd=desk.path, env={}).out
    assert "\x1b" not in lanegate("check", cwd=desk.path).out
    assert "\x1b[31m" in lanegate("check", cwd=desk.path, env={"FORCE_COLOR": "1"}).out
