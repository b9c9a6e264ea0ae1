# SPDX-License-Identifier: Apache-2.0
"""Addresses outside the cluster: a real HTTP server whose answers can be spoilt, and a real TLS server with any end."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"


@dataclass
class Answers:
    """What each path answers, and after how many seconds."""

    status: dict[str, int] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)


@contextmanager
def answering(answers: Answers, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(answers.after.get(self.path, 0))
            self.send_response(answers.status.get(self.path, 200))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Keep still."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_about: object) -> None:
            """Keep still about clients that refuse a certificate."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"{'https' if context else 'http'}://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Authority:
    """Who signs certificates for this test, and a server's certificate that can be replaced while it serves."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.bundle = folder / "authority.pem"
        own = self.signed(self.name, self.key, 365, authority=True)
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))
        self.renew(90)

    def signed(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: float, *, authority: bool = False
    ) -> x509.Certificate:
        """Return a certificate that ends in so many days."""
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(key_usage(authority), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def renew(self, days: float) -> None:
        """Give the server a certificate that ends in so many days, or ended so many ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        both = self.folder / "server.pem"
        both.write_bytes(pem + self.signed(name, key, days).public_bytes(serialization.Encoding.PEM))
        self.context.load_cert_chain(both)


def key_usage(authority: bool) -> x509.KeyUsage:
    """Return what a certificate may be used for; Python asks it of an authority."""
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
