"""Downloads from a server of our own, which misbehaves in every way that servers do."""

import hashlib
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pooch
import pytest

from medsr_nb.machine import UserError
from medsr_nb.published import fetching, published

CONTENT = np.random.default_rng(0).bytes(700_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers each request by the next of ``plan``, the last for ever; counts them."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan, self.asked = ["good"], 0
        self.url = f"http://127.0.0.1:{self.server_port}/net.pth"

    def handle_error(self, request, client_address):
        pass  # a client that has gone


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        plan = self.server.plan
        answer = plan[min(self.server.asked, len(plan) - 1)]
        self.server.asked += 1
        if isinstance(answer, int):
            return self.send_error(answer)
        content = b"another file" if answer == "tampered" else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if answer == "truncated":
            content = content[:-1000]
        for start in range(0, len(content), 100_000):
            self.wfile.write(content[start : start + 100_000])
            self.wfile.flush()
            if answer == "slow":
                time.sleep(0.02)
            elif answer == "stalled":
                time.sleep(1.0)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as one:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        yield one
        one.shutdown()


def weights_at(server, sha256=DIGEST):
    return published.Weights("Net", "net.pth", server.url, 3, sha256, "MIT", "photographs", "none")


def test_a_file_is_fetched_once_and_kept_in_the_cache(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MEDSR_CACHE", str(tmp_path))
    path = published.download(weights_at(server))
    assert path == tmp_path / "published" / "net.pth" and path.read_bytes() == CONTENT
    server.plan = [500]  # no network from now on
    assert published.download(weights_at(server)) == path and server.asked == 1
    assert os.listdir(path.parent) == ["net.pth"]
    assert capsys.readouterr() == ("", "")  # nobody watches


def test_a_file_of_another_digest_is_put_aside(server, tmp_path):
    server.plan = ["tampered"]
    found = hashlib.sha256(b"another file").hexdigest()
    with pytest.raises(UserError, match=f"(?s){found}.*{DIGEST}.*put aside"):
        published.download(weights_at(server), tmp_path)
    assert os.listdir(tmp_path) == ["net.pth.refused"]


def test_a_file_tampered_with_in_the_cache_is_put_aside_and_fetched_anew(server, tmp_path):
    path = published.download(weights_at(server), tmp_path)
    path.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(UserError, match="expected"):
        published.download(weights_at(server), tmp_path)
    assert not path.exists()
    assert published.download(weights_at(server), tmp_path).read_bytes() == CONTENT


def test_an_unknown_digest_is_recorded_in_the_open_and_compared_later(server, tmp_path, capsys):
    path = published.download(weights_at(server, sha256=""), tmp_path)
    assert DIGEST in capsys.readouterr().out
    assert json.loads((tmp_path / "digests.json").read_text()) == {"net.pth": DIGEST}
    published.download(weights_at(server, sha256=""), tmp_path)
    assert capsys.readouterr().out == ""
    path.unlink()
    server.plan = ["tampered"]
    with pytest.raises(UserError, match=DIGEST):
        published.download(weights_at(server, sha256=""), tmp_path)
    (tmp_path / "digests.json").write_text("{")
    with pytest.raises(UserError, match="damaged; delete it"):
        published.download(weights_at(server, sha256=""), tmp_path)


def test_a_truncated_download_is_tried_again(server, tmp_path):
    server.plan = ["truncated", 503, "good"]
    assert published.download(weights_at(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == 3


@pytest.mark.parametrize(("answer", "message", "asked"), [
    ("truncated", "699000 bytes read, 1000 more expected", 3),
    (404, "net.pth is gone.*404.*put it into", 1),
    (403, "could not be fetched.*403", 1),
    (503, "could not be fetched.*503", 3),
])  # fmt: skip
def test_what_cannot_be_fetched_leaves_nothing(server, tmp_path, answer, message, asked):
    server.plan = [answer]
    with pytest.raises(UserError, match=message):
        published.download(weights_at(server), tmp_path)
    assert server.asked == asked and os.listdir(tmp_path) == []


def test_without_internet(server, tmp_path):
    weights = weights_at(server)
    server.server_close()
    with pytest.raises(UserError, match=r"refused\). Is there internet.*net.pth.*put it into"):
        published.download(weights, tmp_path)


def test_a_network_that_stalls_is_given_up_and_asked_again(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.3)
    server.plan = ["stalled", "good"]
    assert published.download(weights_at(server), tmp_path).read_bytes() == CONTENT


def test_a_slow_download_shows_its_progress(server, tmp_path, monkeypatch, capsys):
    server.plan = ["slow"]
    monkeypatch.setattr(fetching, "BLOCK", 50_000)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    fetching.download(server.url, tmp_path / "net.pth", DIGEST)
    shown = capsys.readouterr().err
    assert "net.pth:   0%" in shown and "net.pth: 100%" in shown and shown.endswith("\n")
