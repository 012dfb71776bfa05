"""`lanegate policy check|show|matrix|overlaps|import-matrix|schema`: work on the policy file before it is pushed."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from lanegate.cli import policy_check, policy_overlaps
from lanegate.cli.formats import FORMATS, TEXT, add_format, add_text_or_json, answer
from lanegate.cli.policy_check import listing, read_or_problems
from lanegate.core.policy import Problem
from lanegate.core.policy_reader import PolicyError, read_overlapping
from lanegate.usecases.policy_file import FoundFile, NoFileError, find_policy_file

EXIT_REFUSED = 1
EXIT_UNDECIDED = 3
FILE_HELP = "policy file; without it, the one of this work tree (git config lanegate.policyPath)"
IMPORT_HELP = """\
Reads the one Markdown table that holds grants: the first column is a path, every other column a lane. A column is
headed by the lane's id, or by a title with the id in parentheses: `W1 (ui)` is lane ui. A cell is PRIMARY, MODIFY, READ
or - (no grant at all); an empty cell says nothing about the lane. A path such as README.md is taken as /README.md."""


def add_arguments(parser: ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="list every problem of the policy", allow_abbrev=False)
    check.add_argument("file", nargs="?", metavar="FILE", help=FILE_HELP)
    add_format(check)
    show = commands.add_parser("show", help="the policy as it is read", allow_abbrev=False)
    show.add_argument("file", nargs="?", metavar="FILE", help=FILE_HELP)
    add_text_or_json(show)
    matrix = commands.add_parser("matrix", help="the ownership matrix as a table", allow_abbrev=False)
    matrix.add_argument("file", nargs="?", metavar="FILE", help=FILE_HELP)
    add_text_or_json(matrix, "markdown")
    policy_overlaps.add_arguments(
        commands.add_parser("overlaps", help="where lanes overlap, and what nobody owns", allow_abbrev=False), FILE_HELP
    )
    bring = commands.add_parser(
        "import-matrix", help="a Markdown table as [[matrix]] rows", description=IMPORT_HELP, allow_abbrev=False
    )
    bring.add_argument("table", metavar="FILE", help="Markdown file, - for standard input")
    bring.add_argument(
        "--write", action="store_true", help="put the rows into the policy file instead of printing them"
    )
    bring.add_argument("--policy", dest="file", metavar="FILE", help=f"with --write: {FILE_HELP}")
    commands.add_parser("schema", help="JSON Schema of the policy, for editors", allow_abbrev=False)


def run(args: Namespace) -> int:
    """0; 1 for a policy or table that cannot be used; 3 where there is no policy file."""
    try:
        return _COMMANDS[args.command](args)
    except NoFileError as error:
        how = getattr(args, "format", TEXT)
        if how in FORMATS and how != TEXT:
            return _no_file(error, how)
        sys.stderr.write(f"lanegate: LG901 {error.message}\n  {error.hint}\n")
        return EXIT_UNDECIDED


def check(args: Namespace) -> int:
    return policy_check.check(find_policy_file(args.file), args.format)


def show(args: Namespace) -> int:
    file = find_policy_file(args.file)
    policy, problems = read_or_problems(file)
    if policy is None:
        return _unusable(file, problems)
    from lanegate.render.policy import policy_text, policy_value

    sys.stdout.write(
        _json(policy_value(policy, file.shown)) if args.format == "json" else policy_text(policy, file.shown)
    )
    return 0


def matrix(args: Namespace) -> int:
    file = find_policy_file(args.file)
    policy, problems = read_or_problems(file)
    if policy is None:
        return _unusable(file, problems)
    from lanegate.core.matrix import as_markdown, as_text, matrix_of

    table = matrix_of(policy)
    if args.format == "json":
        rows = [{"path": row.rule.text, "grants": row.grants, "line": row.rule.line} for row in policy.matrix]
        zones = [
            {
                "mode": zone.mode,
                "paths": [rule.text for rule in zone.paths],
                "roles": list(zone.roles),
                "line": zone.line,
            }
            for zone in policy.zones
        ]
        value = {"version": 1, "path": file.shown, "lanes": list(table.lanes), "rows": rows, "zones": zones}
        sys.stdout.write(_json(value))
    elif not table.rows:
        sys.stderr.write(f"{file.shown} has no [[matrix]] rows; the lists of each lane: lanegate policy show\n")
    else:
        sys.stdout.write(as_markdown(table) if args.format == "markdown" else as_text(table))
    if args.format == "text" and policy.zones:
        from lanegate.render.plain import one_line
        from lanegate.render.policy import zone_lines

        sys.stdout.write("\n" + "".join(f"{one_line(line)}\n" for line in zone_lines(policy)))
    return 0


def import_matrix(args: Namespace) -> int:
    from lanegate.core.matrix import MatrixError, as_toml
    from lanegate.core.matrix import import_matrix as read_table

    name = "standard input" if args.table == "-" else args.table
    try:
        table = read_table(_markdown(args.table))
    except MatrixError as error:
        sys.stderr.writelines(f"{name}:{problem.line}: {problem.message}\n" for problem in error.problems)
        return EXIT_REFUSED
    sys.stderr.writelines(f"note: {name}, {note}\n" for note in table.notes)
    if args.write:
        from lanegate.usecases.matrix_file import MergeError, write_matrix

        file = find_policy_file(args.file)
        try:
            said = write_matrix(file, table)
        except PolicyError as error:
            return _unusable(file, error.problems)
        except (MergeError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            sys.stderr.write(f"{file.shown}: {why}; nothing was written\n")
            return EXIT_UNDECIDED if isinstance(error, OSError) else EXIT_REFUSED
        sys.stderr.writelines(f"{file.shown}: {change}\n" for change in said or ("nothing to change",))
        return 0
    sys.stdout.write(as_toml(table))
    return 0


def overlaps(args: Namespace) -> int:
    file = find_policy_file(args.file)
    try:
        policy = read_overlapping(file.data)
    except PolicyError as error:
        return _unusable(file, error.problems)
    return policy_overlaps.show(file, policy, args)


def schema(args: Namespace) -> int:
    from lanegate.core.policy_schema import policy_schema

    sys.stdout.write(_json(policy_schema()))
    return 0


_COMMANDS = {
    "check": check,
    "show": show,
    "matrix": matrix,
    "overlaps": overlaps,
    "import-matrix": import_matrix,
    "schema": schema,
}


def _unusable(file: FoundFile, problems: tuple[Problem, ...]) -> int:
    sys.stderr.write(listing(file, problems))
    return EXIT_REFUSED


def _no_file(error: NoFileError, how: str) -> int:
    from time import monotonic

    from lanegate.usecases.undecided import stopped

    return answer(stopped("LG901", error.message, error.hint), how, monotonic())


def _markdown(name: str) -> str:
    """The text of a Markdown file. Raises NoFileError."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(name, "rb") as file:
                data = file.read()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise NoFileError(f"{name} cannot be read: {error.strerror}", "name a Markdown file") from error
    except UnicodeDecodeError as error:
        raise NoFileError(f"{name} is not UTF-8", "save it as UTF-8") from error


def _json(value: dict[str, object]) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
