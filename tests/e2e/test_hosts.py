"""Only who asks for this machine by its own name is served: no other page's name that points here (DNS rebinding)."""

import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def ask(port, host):
    return connect(f"ws://{host}:{port}/_stcore/stream", sock=socket.create_connection(("127.0.0.1", port)))


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_name_is_not_served(server, host):
    with pytest.raises(InvalidStatus) as refused:
        ask(server.port, host)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_machine_s_own_name_is_served(server, host):
    with ask(server.port, host) as connection:
        assert connection.response.status_code == 101
