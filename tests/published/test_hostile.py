"""What the process with PyTorch makes of files that are no weights: one line, and nothing run.

PyTorch is needed, spandrel is not: these files are refused before there is a network.
"""

import importlib.util
import pickle
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path

import hostile
import pytest

from medsr_nb.machine import PACKAGE, UserError
from medsr_nb.published import published

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="pip install torch, which reads the files"
)


def name_of(make):
    return getattr(make, "__name__", "in_a_tar_like_safetensors")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "find_spec", lambda name: 1)
    return tmp_path / "net.pth"


def refused(path):
    """The line with which a file is refused."""
    with pytest.raises(UserError) as caught:
        published.load(path)
    line = str(caught.value)
    assert str(path) in line and "\n" not in line and len(line) < 600
    return line


@needs_torch
@pytest.mark.parametrize("make", [*hostile.PLAIN, *hostile.HIDDEN], ids=name_of)
def test_foreign_code_is_never_run(path, make):
    marker = path.with_name("marker")
    make(path, hostile.Foreign(marker))
    line = refused(path)
    assert not marker.exists()
    assert f"asks for {hostile.SYSTEM}" in line or "more than weights" in line
    subprocess.run([sys.executable, hostile.__file__, path], capture_output=True)
    assert marker.exists()  # so it would have run, had the guard not been there


@needs_torch
@pytest.mark.parametrize("make", hostile.BOMBS, ids=name_of)
def test_a_small_file_does_not_fill_the_memory(path, make):
    make(path)
    assert path.stat().st_size < 100_000
    line = refused(path)
    assert "is compressed" in line or "MemoryError" in line or "damaged" in line


@needs_torch
def test_memory_is_bounded_while_a_file_is_read(path):
    """The file asks for 16 GiB, which a machine may have."""
    hostile.bytes_in_memory(path)
    assert "MemoryError" in refused(path)


@needs_torch
def test_a_file_whose_reading_never_ends_is_given_up(path, monkeypatch):
    monkeypatch.setattr(published, "READING_SECONDS", 8)
    hostile.without_end(path)
    start = time.monotonic()
    assert "not read after 8 s" in refused(path)
    assert time.monotonic() - start < 60


@needs_torch
@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>", b"", b"PK", pickle.dumps({"a": 1})])
def test_files_of_another_kind(path, content):
    path.write_bytes(content)
    assert "download it again" in refused(path)


@needs_torch
def test_a_hostile_file_does_not_keep_the_others_from_running(path, monkeypatch, capsys):
    """Each of the five published files is another hostile one here."""
    makes = [*hostile.PLAIN, hostile.deflated]
    for weights, make in zip(published.PUBLISHED, makes, strict=True):
        file = path.with_name(weights.file)
        make(file, *[hostile.Foreign(path.with_name("marker"))][: make in hostile.PLAIN])
    monkeypatch.setattr(published.fetching, "check", lambda path, sha256: None)
    assert published.methods(folder=path.parent) == {}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [w.title() for w in published.PUBLISHED]
    assert not path.with_name("marker").exists()


@needs_torch
def test_mutated_files_are_read_or_refused_and_nothing_else(tmp_path):
    subprocess.run([sys.executable, __file__, tmp_path, "300"], check=True)


def test_a_missing_file():
    with pytest.raises(UserError, match="download the weights first"):
        published.load("none.pth")


def test_an_old_pytorch_is_not_trusted(path, monkeypatch):
    """By a package of that name, so that this needs no PyTorch."""
    stub = path.parent / "torch" / "__init__.py"
    stub.parent.mkdir()
    stub.write_text("class Version(str):\n    __lt__ = lambda self, other: (2, 5, 1) < other\n"
                    "__version__ = Version('2.5.1')\n")  # fmt: skip
    monkeypatch.setenv("PYTHONPATH", str(path.parent))
    path.write_bytes(b"anything")
    line = refused(path)
    assert "was not opened: PyTorch 2.5.1" in line and "pip install 'torch>=2.6'" in line


def mutate(folder, count):
    """Reads ``count`` files with some bytes changed or missing; only Refused may come of it."""
    import torch

    sys.path.insert(0, str(PACKAGE / "published"))
    import published_torch

    warnings.simplefilter("ignore")  # PyTorch's, on pickles of other protocols
    published_torch.limit_memory(published_torch.READING)
    state, draw = {f"conv.{n}.weight": torch.randn(4, 3) for n in range(3)}, random.Random(0)
    torch.save(state, folder / "new")
    torch.save(state, folder / "old", _use_new_zipfile_serialization=False)
    for number in range(count):
        content = bytearray((folder / ("new", "old")[number % 2]).read_bytes())
        for _ in range(draw.choice((1, 1, 3, 20))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        if draw.random() < 0.2:
            del content[draw.randrange(len(content)) :]
        (folder / "mutated").write_bytes(content)
        try:
            published_torch.state_of(folder / "mutated")
        except published_torch.Refused as refused:
            assert "\n" not in str(refused) and len(str(refused)) < 300


if __name__ == "__main__":
    mutate(Path(sys.argv[1]), int(sys.argv[2]))
