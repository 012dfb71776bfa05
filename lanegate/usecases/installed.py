"""What an installation changed in a repository's own configuration, so that it can be taken back exactly.

`lanegate/installed.json` in the git folder holds, for each key that lanegate set, the values it had before the first
installation (none: it was unset). Installing again keeps those, not the ones that lanegate itself had set. And the
folders that were made for hooks: they go again, when nothing else came into them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from lanegate.git.config_edit import Change, all_values, change_config
from lanegate.git.run import Git
from lanegate.usecases.whole_file import put_whole

_VERSION = 1


class Installed:
    """The record of one repository. folder: holds `config`. `lines` collects what was done, a line a key, to show."""

    def __init__(self, git: Git, folder: str) -> None:
        self.git = git
        self.folder = folder
        self.path = os.path.join(folder, "lanegate", "installed.json")
        self.lines: list[str] = []
        self._former, self._folders = _read(self.path)

    def configure(self, settings: Mapping[str, Sequence[str]]) -> None:
        """Give each key its values and remember the former ones. Raises GitError, OSError."""
        before = all_values(self.git)
        for key in settings:
            self._former.setdefault(key, list(before.get(key.lower(), ())))
        self._write()  # first of all: whoever is killed on the way can still take everything back
        self._change([Change(key, before.get(key.lower(), ()), tuple(values)) for key, values in settings.items()])

    def made(self, folders: Sequence[str]) -> None:
        """Remember folders that were made, as paths in `folder`, outermost first; `configure` writes it down."""
        self._folders += [folder for folder in folders if folder not in self._folders]

    def _write(self) -> None:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        plain = {"version": _VERSION, "former": self._former, "folders": self._folders}
        put_whole(self.path, json.dumps(plain, indent=2).encode())

    def take_back(self) -> None:
        """Give every key its former values and forget them; remove what is empty of folders that were made. Raises
        GitError, OSError."""
        before = all_values(self.git)
        self._change([Change(key, before.get(key.lower(), ()), tuple(old)) for key, old in self._former.items()])
        if os.path.exists(self.path):
            os.unlink(self.path)
        for folder in (*reversed(self._folders), os.path.dirname(self.path)):
            with suppress(OSError):  # others have something in there, or it is gone
                os.rmdir(os.path.join(self.folder, folder))
        self._former, self._folders = {}, []

    def _change(self, changes: Sequence[Change]) -> None:
        change_config(self.git, self.folder, [change for change in changes if change.before != change.after])
        for key, before, after in changes:
            if before != after:
                self.lines.append(f"{key}: {_shown(before)} → {_shown(after)}")
            elif after:
                self.lines.append(f"{key}: {_shown(after)}")


def _read(path: str) -> tuple[dict[str, list[str]], list[str]]:
    """(former values by key, folders that were made)."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError):
        return {}, []
    if not isinstance(record, dict) or record.get("version") != _VERSION:
        return {}, []
    former, folders = record.get("former"), record.get("folders")
    return former if isinstance(former, dict) else {}, folders if isinstance(folders, list) else []


def _shown(values: Sequence[str]) -> str:
    return ", ".join(values) if values else "unset"
