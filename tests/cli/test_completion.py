"""`lanegate completion`: tried in the shells themselves; nothing of a repository is run or put into the line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from lanegate.cli.command_tree import command_tree
from lanegate.cli.completion import SHELLS
from lanegate.cli.formats import FORMATS
from lanegate.cli.main import COMMANDS, main
from lanegate.core.codes import CODES
from tests.support import Clone, run

TREE = command_tree()
#: A name that git allows, and a command to a shell that evaluates it.
TRAP = "x$(touch${IFS}trapped)"


@pytest.fixture
def script(tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Path:
    """The script for the shell that a test is about (bash by default)."""
    shell = getattr(request, "param", "bash")
    assert main(["completion", shell]) == 0
    path = tmp_path / f"lanegate.{shell}"
    path.write_text(capsys.readouterr().out)
    return path


def offered(script: Path, *words: str, cwd: Path) -> list[str]:
    """What bash offers for the last of these words. A word of `=` alone is how readline splits `--format=x`."""
    typed = " ".join(map(shlex.quote, ("lanegate", *words)))
    program = (
        f"set -u; source {shlex.quote(str(script))}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}\n"
        "complete -p lanegate >/dev/null && _lanegate\n"
        '((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"; true'
    )
    ran = run(["bash", "--norc", "--noprofile", "-c", program], cwd=cwd, check=True)
    assert ran.err == ""
    return ran.out.splitlines()


def test_commands_options_and_values(script: Path, tmp_path: Path) -> None:
    def words(*typed: str) -> list[str]:
        return offered(script, *typed, cwd=tmp_path)

    assert words("") == list(COMMANDS)
    assert words("pol") == ["policy"]
    assert words("policy", "ch") == ["check"]
    assert words("policy", "check", "--format", "") == list(FORMATS)
    assert words("check", "--format", "g") == ["github", "gitlab"]
    assert words("check", "--format", "=") == list(FORMATS)
    assert words("check", "--format", "=", "gi") == ["github", "gitlab"]
    assert words("check", "--f") == ["--format"]
    assert words("rule", "LG10") == [code for code in CODES if code.startswith("LG10")]
    assert words("completion", "") == list(SHELLS)
    assert words("rule", "policy", "") == list(CODES), "a command is known by its place"
    assert words("accept", "--note", "") == []
    assert words("nosuch", "") == list(COMMANDS)


def test_every_option_of_every_command(script: Path, tmp_path: Path) -> None:
    for command in TREE:
        flags = [flag for option in command.options for flag in option.flags]
        assert "--help" in flags
        assert offered(script, *command.words, "-", cwd=tmp_path) == flags


def test_refs_are_offered_unless_a_shell_would_run_them(script: Path, repo: Clone) -> None:
    repo.change({"a": "1\n"})
    for branch in ("lane/ui", TRAP, "a;b", "it's", "größe"):
        repo.git("branch", branch)
    assert offered(script, "accept", "", cwd=repo.path) == ["lane/ui", "main"]
    assert offered(script, "verify", "--ref", "x", cwd=repo.path) == []
    assert not (repo.path / "trapped").exists()


@pytest.mark.extra
@pytest.mark.parametrize("script", ["zsh", "fish"], indirect=True)
def test_the_other_shells_can_read_it(script: Path, tmp_path: Path) -> None:
    run([script.suffix[1:], "-n", str(script)], cwd=tmp_path, check=True)


@pytest.mark.extra
@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish_offers_the_same(script: Path, repo: Clone) -> None:
    repo.change({"a": "1\n"})
    repo.git("branch", TRAP)

    def words(typed: str) -> list[str]:
        program = f"source {shlex.quote(str(script))}; complete -C {shlex.quote(typed)}"
        ran = run(["fish", "--no-config", "-c", program], cwd=repo.path, check=True)
        return [line.partition("\t")[0] for line in ran.out.splitlines()]

    assert sorted(words("lanegate ")) == sorted(COMMANDS)  # fish has an order of its own
    assert words("lanegate policy ch") == ["check"]
    assert words("lanegate check --format=gi") == ["--format=github", "--format=gitlab"]
    assert words("lanegate accept ma") == ["main"]
    assert not (repo.path / "trapped").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_in_every_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for command in TREE[1:]:
        assert f"' {' '.join(command.words)}'" in text
    assert main(["completion", "csh"]) == 2
