"""Events go out to the internet alone: what an address says of itself, and what its name stands for when it is sent to."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coop.webhooks.rules import faults_of_address, is_outside
from schemas.webhooks import Met
from web import clock
from web.webhooks import Answered, Post

SAFE, OUTSIDE = "webhook_address_must_be_safe", "webhook_address_must_be_outside"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://dashboard.example.org/in?x=1", ""),
        ("https://dashboard.example.org:8443/", ""),
        ("https://8.8.8.8/in", ""),
        ("https://[2606:4700::1]/in", ""),
        ("http://dashboard.example.org/in", SAFE),
        ("ftp://dashboard.example.org/in", SAFE),
        ("file:///etc/passwd", SAFE),
        ("https://", SAFE),
        ("https:///in", SAFE),
        ("https://lu:secret@example.org/in", SAFE),
        ("https://lu@example.org/in", SAFE),
        ("https://example.org/in#part", SAFE),
        ("https://example.org:99999/in", SAFE),
        ("https://example.org:0/in", SAFE),
        ("https://example.org/a b", SAFE),
        ("https://example.org/\r\nHost: x", SAFE),
        ("https://乡镇.example.org/in", SAFE),
        ("https://[::1/in", SAFE),
        ("https://256.1.1.1/in", SAFE),
        ("https://1.2.3/in", SAFE),
        ("https://2130706433/in", SAFE),
        ("https://10.0x7f/in", SAFE),
        ("https://[2606:4700::1%25eth0]/in", SAFE),
        ("http://localhost:8000/in", SAFE),
        ("https://localhost/in", OUTSIDE),
        ("https://intranet/in", OUTSIDE),
        ("https://printer.local/in", OUTSIDE),
        ("https://127.0.0.1/in", OUTSIDE),
        ("https://10.0.0.5/in", OUTSIDE),
        ("https://192.168.1.1/in", OUTSIDE),
        ("https://169.254.169.254/latest/meta-data", OUTSIDE),
        ("https://0.0.0.0/in", OUTSIDE),
        ("https://[::1]/in", OUTSIDE),
        ("https://[::ffff:10.0.0.5]/in", OUTSIDE),
        ("https://[fd00::5]/in", OUTSIDE),
        ("https://[fec0::5]/in", OUTSIDE),
        ("https://[64:ff9b::a00:5]/in", OUTSIDE),
        ("https://[2002:a00:5::]/in", OUTSIDE),
        ("https://224.0.0.1/in", OUTSIDE),
    ],
)
def test_what_an_address_says_of_itself(url: str, fault: str) -> None:
    assert [problem.code for problem in faults_of_address(url, inside=False)] == [fault] * bool(fault)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://localhost:8000/in", ""),
        ("http://127.0.0.1:8000/in", ""),
        ("http://[::1]:8000/in", ""),
        ("https://10.0.0.5/in", ""),
        ("https://intranet/in", ""),
        ("http://10.0.0.5/in", SAFE),
        ("http://intranet/in", SAFE),
        ("http://localhost.example.org/in", SAFE),
    ],
)
def test_an_operator_may_allow_addresses_inside_but_none_without_tls_beyond_this_machine(
    url: str, fault: str
) -> None:
    assert [problem.code for problem in faults_of_address(url, inside=True)] == [fault] * bool(fault)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8"])
def test_the_internet_is_outside(address: str) -> None:
    assert is_outside(address)


def posted(url: str, *addresses: str, inside: bool = False) -> Answered:
    """How a try is met where a name stands for these addresses."""

    async def look(_host: str, _port: int) -> tuple[str, ...]:
        return addresses

    with Post(inside=inside, look=look, patience=5).to(url) as line:
        return line.post(b"{}", {})


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("10.1.2.3",), ("8.8.8.8", "192.168.1.1"), ("::ffff:169.254.169.254",)]
)
def test_a_name_that_leads_inside_is_not_connected_to(addresses: tuple[str, ...]) -> None:
    """Also when it stands for an address outside beside it. (A test that connected would be refused.)"""
    assert posted("https://hook.example.org/in", *addresses)[:2] == (Met.INSIDE, 0)


def test_a_name_that_is_none_is_said_so() -> None:
    async def look(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError(-2, "Name or service not known")

    with Post(inside=False, look=look).to("https://hook.example.org/in") as line:
        assert line.post(b"{}", {}).met is Met.NAME


@contextmanager
def with_tls(folder: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """A receiver whose certificate is for this name: its port, and the hosts it was asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A receiver of the tests")])
    _, now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "receiver.crt").write_bytes(pem)
    (folder / "receiver.pem").write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    asked: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            asked.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever does not trust it hangs up
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1], asked
    server.shutdown()
    server.server_close()


def test_the_certificate_is_of_the_name_although_the_address_was_looked_up_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted and of this name it is spoken to, under its name; of another name, or trusted by nobody, it is not."""
    with with_tls(tmp_path, "hook.example.org") as (port, asked):
        right, wrong = (f"https://{name}.example.org:{port}/in" for name in ("hook", "other"))
        assert posted(right, "127.0.0.1", inside=True).met is Met.CERTIFICATE
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "receiver.crt"))
        assert posted(right, "127.0.0.1", inside=True)[:2] == (Met.DELIVERED, 204)
        assert posted(wrong, "127.0.0.1", inside=True).met is Met.CERTIFICATE
        assert asked == [f"hook.example.org:{port}"]
