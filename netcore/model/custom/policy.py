"""Whether students' code runs at all, and behind which walls: from the settings and what the system offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from netcore.errors import CodeError
from netcore.settings import Settings
from netcore.worker.confinement import Isolation, isolation

Mode = Literal["off", "allowlist", "trusted"]


@dataclass(frozen=True)
class CodePolicy:
    """What is allowed, and why."""

    mode: Mode
    """``off``: no class runs; ``allowlist``: those that the static wall passes; ``trusted``: all of them."""
    reason: str
    """A sentence, with ``{address}`` and ``{asked}`` in it."""
    cure: str
    """How whoever runs the server gets another mode."""
    values: tuple[tuple[str, Any], ...]
    isolation: Isolation
    """What keeps a class that got past the static wall from the rest of this machine."""

    def check(self) -> None:
        """Raise ``CodeError`` where no class may run."""
        if self.mode == "off":
            raise CodeError(self.reason, self.cure, **dict(self.values), line=1)


def code_policy() -> CodePolicy:
    """What holds in this process."""
    return decide_code_policy(Settings.from_environment(), isolation())


def decide_code_policy(settings: Settings, offered: Isolation) -> CodePolicy:
    """What holds under ``settings`` on a system that offers this isolation.

    Where nothing was asked for, code runs behind the static wall, unless others reach the pages and the system cannot
    keep a process from the files of this machine. ``trusted`` holds only where nobody else reaches the pages.
    """
    mode, reason, cure = _decide(settings, offered)
    values = (("address", settings.address), ("asked", settings.code))
    return CodePolicy(mode, reason, cure, values, offered)


def _decide(settings: Settings, offered: Isolation) -> tuple[Mode, str, str]:
    stop = "Start the server with NETCORE_CODE=off to run none."
    if settings.code == "off":
        return "off", "Classes do not run here: NETCORE_CODE is off.", "Ask your teacher, or build a stack of layers."
    if settings.code == "trusted" and settings.is_local:
        return "trusted", "Classes run as they are written: NETCORE_CODE is trusted.", stop
    if settings.code == "trusted":
        what = "Classes are checked before they run: NETCORE_CODE=trusted holds only where nobody else sees the pages."
        return "allowlist", what, stop
    if settings.code == "allowlist":
        return "allowlist", "Classes are checked before they run: NETCORE_CODE is allowlist.", stop
    if settings.code:
        cure = "Start the server with NETCORE_CODE as off, allowlist or trusted."
        return "off", "Classes do not run here: NETCORE_CODE is {asked}, which says nothing.", cure
    if offered.files:
        return "allowlist", "Classes are checked, then run where they reach no file and no network.", stop
    if settings.is_local:
        return "allowlist", "Classes are checked before they run, and nobody else sees the pages.", stop
    return (
        "off",
        "Classes do not run here: others see the pages at {address}, and this system cannot shut a process in.",
        "Start the server with NETCORE_CODE=allowlist to run those that pass the check all the same.",
    )
