"""Tests stay on this machine: sockets reach loopback, and nothing else, whichever library opens them."""

import socket

import httpx
import pytest

from tests.conftest import OutsideCall


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "example.com"])
def test_an_address_outside_is_refused(host: str) -> None:
    with pytest.raises(OutsideCall, match=host):
        socket.create_connection((host, 80), timeout=1)


def test_a_library_cannot_leave_either() -> None:
    with pytest.raises(OutsideCall, match=r"example\.com"):
        httpx.get("http://example.com/")


def test_a_datagram_outside_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(OutsideCall):
        sender.sendto(b"", ("192.0.2.1", 53))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_reached(host: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1]), timeout=5) as caller,
    ):
        assert caller.getpeername()[0] == "127.0.0.1"
