"""A real identity provider in a process of its own, for the tests of signing in through one."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

OFFICER = {"sub": "wang-at-the-city", "name": "王静", "preferred_username": "wang"}
DOCTOR = {"sub": "li-at-the-city", "name": "李明", "preferred_username": "li", "amr": ["pwd", "otp"]}


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def provider(*people: dict[str, Any]) -> Iterator[str]:
    """The address of an oidc-provider-mock that knows these people; it insists on nonces."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    known = [part for person in people for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *known]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_it_answers(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _until_it_answers(address: str, process: Any) -> None:
    for _ in range(600):
        try:
            with urlopen(f"{address}/.well-known/openid-configuration", timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the provider did not start"
            threading.Event().wait(0.1)
    raise AssertionError("the provider does not answer")


def settings_for(address: str, **more: Any) -> dict[str, Any]:
    return {
        "discovery": f"{address}/.well-known/openid-configuration", "client": "quintet", "secret": "a secret", "name": "市统一身份认证",
        "username_claim": "", "second_factor": False,
    } | more  # fmt: skip


def authorize(url: str, subject: str) -> str:
    """What a browser does at the provider: choose who one is. Returns the address it leads back to, without the host."""
    answer = requests.post(url, data={"sub": subject}, allow_redirects=False, timeout=20)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"]).replace("http://testserver", "")


class Notices:
    """A provider of which the tests hold the key: for what the other one does not send."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        documents = {
            "/jwks": lambda: KeySet([self.key]).as_dict(private=False),
            "/.well-known/openid-configuration": lambda: {
                "issuer": self.address, "authorization_endpoint": f"{self.address}/a", "token_endpoint": f"{self.address}/t",
                "jwks_uri": f"{self.address}/jwks", "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            },
        }  # fmt: skip

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(documents[self.path]()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        notices = self

        class Tokens(Pages):
            def do_POST(self) -> None:
                """Any code is exchanged for the claims that the test has set."""
                body = json.dumps({"access_token": "a", "token_type": "Bearer", "id_token": notices.signed(notices.claims)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

        self.claims: dict[str, Any] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signed(self, claims: dict[str, Any], key: Any = None, alg: str = "RS256") -> str:
        return jwt.encode({"alg": alg, "kid": "1"}, claims, key or self.key, algorithms=[alg])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
