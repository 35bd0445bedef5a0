"""Whether classes run, behind which walls, and why: from the settings, who sees the pages, what the system has."""

from pathlib import Path

import pytest

from netcore.errors import CodeError
from netcore.model.custom import confined
from netcore.model.custom.policy import code_policy, decide_code_policy
from netcore.model.custom.source import CustomSource
from netcore.model.trace import Trace
from netcore.settings import Settings, announce_address, trusts_code
from netcore.worker.confinement import Isolation
from tests.engine.good_classes import wrap

WALLED, OPEN = Isolation(7, True), Isolation(0, False)
HERE, CLASS = "127.0.0.1", "0.0.0.0"


def decide(asked, address, offered):
    return decide_code_policy(Settings(Path("a"), Path("b"), asked, address), offered)


@pytest.mark.parametrize(
    ("asked", "address", "offered", "mode", "reason"),
    [
        ("", HERE, WALLED, "allowlist", "reach no file"),
        ("", CLASS, WALLED, "allowlist", "reach no file"),
        ("", HERE, OPEN, "allowlist", "nobody else sees the pages"),
        ("", "", OPEN, "allowlist", "nobody else sees the pages"),
        ("", "localhost", OPEN, "allowlist", "nobody else sees the pages"),
        ("", CLASS, OPEN, "off", "cannot shut a process in"),
        ("", "192.168.1.4", OPEN, "off", "cannot shut a process in"),
        ("allowlist", CLASS, OPEN, "allowlist", "NETCORE_CODE is allowlist"),
        ("off", HERE, WALLED, "off", "NETCORE_CODE is off"),
        ("trusted", HERE, OPEN, "trusted", "NETCORE_CODE is trusted"),
        ("trusted", CLASS, WALLED, "allowlist", "holds only where nobody else sees the pages"),
        ("all", HERE, WALLED, "off", "which says nothing"),
    ],
)
def test_the_mode_follows_from_the_settings_and_the_system(asked, address, offered, mode, reason):
    policy = decide(asked, address, offered)
    assert policy.mode == mode
    assert reason in policy.reason
    assert policy.isolation == offered
    if mode != "off":
        policy.check()
        return
    with pytest.raises(CodeError, match=r"^Classes do not run here: .+\. .+\.$"):
        policy.check()


def test_what_is_asked_for_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("NETCORE_CODE", "off")
    assert code_policy().mode == "off"


def test_trust_ends_where_others_see_the_pages(monkeypatch):
    monkeypatch.setenv("NETCORE_CODE", "trusted")
    monkeypatch.setenv("NETCORE_ADDRESS", "")
    for address, trusted in (("127.0.0.1", True), ("0.0.0.0", False), (None, False)):
        announce_address(address)
        assert trusts_code() is trusted
        assert (code_policy().mode == "trusted") is trusted


def test_who_draws_the_pages_runs_no_class_whatever_it_was_started_with(monkeypatch):
    monkeypatch.setenv("NETCORE_CONFINED", "1")
    monkeypatch.setenv("NETCORE_ADDRESS", "")
    announce_address("127.0.0.1")
    with pytest.raises(CodeError, match="This process does not run the code of Network"):
        CustomSource(wrap()).build(0)


def test_where_it_is_off_a_class_is_neither_asked_nor_built(monkeypatch):
    network = CustomSource(wrap())
    monkeypatch.setenv("NETCORE_CODE", "off")
    with pytest.raises(CodeError, match="Classes do not run here"):
        confined.ask(Trace, "netcore.model.trace:trace", network, batch=1)
    monkeypatch.setenv("NETCORE_CONFINED", "1")
    with pytest.raises(CodeError, match="Classes do not run here"):
        network.build(0)


def test_this_process_builds_no_class():
    with pytest.raises(CodeError, match="This process does not run the code of Network"):
        CustomSource(wrap()).build(0)
