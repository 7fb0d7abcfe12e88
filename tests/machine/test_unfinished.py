"""Files that appear whole: two processes that write one, and what a killed one leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medsr_nb.machine import UserError
from medsr_nb.scans import files

OTHER = """
import sys
from pathlib import Path
from medsr_nb.scans import files
path = Path(sys.argv[1])
files.part_of(path).write_bytes(b"half")
files.part_of(path.with_name("folder")).mkdir()
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """A process that writes ``result`` and ``folder`` below ``tmp_path``, to be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "result")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[2])},
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def hidden(folder):
    return [one.name for one in folder.iterdir() if one.name[0] == "."]


def test_two_processes_write_one_result_and_the_later_one_wins(tmp_path, other):
    for _ in range(2):
        with files.whole(tmp_path / "result") as file:
            file.write(b"whole")
        with files.whole_folder(tmp_path / "folder") as folder:
            (folder / "a").write_bytes(b"whole")
    assert (tmp_path / "result").read_bytes() == b"whole"
    assert os.listdir(tmp_path / "folder") == ["a"]
    assert len(hidden(tmp_path)) == 2  # the other's, which still writes
    assert files.part_of(tmp_path / "result").name not in hidden(tmp_path)


def test_what_a_killed_process_left_goes_with_the_next_result(tmp_path, other):
    (tmp_path / ".mine.part").write_text("not ours")
    other.kill(), other.wait()
    assert len(hidden(tmp_path)) == 3
    with files.whole(tmp_path / "another") as file:
        file.write(b"whole")
    assert hidden(tmp_path) == [".mine.part"]


def test_a_folder_that_another_process_has_just_made_is_replaced(tmp_path, monkeypatch):
    path, replace, made = tmp_path / "folder", os.replace, []

    def late(source, target):
        if target == path and not made:
            made.append(path.mkdir())
            (path / "a").write_text("of the other")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", late)
    with files.whole_folder(path) as folder:
        (folder / "a").write_text("mine")
    assert made and (path / "a").read_text() == "mine" and os.listdir(tmp_path) == ["folder"]


def test_an_older_folder_is_put_back_where_the_new_one_gets_no_name(tmp_path, monkeypatch):
    path, replace = tmp_path / "folder", os.replace
    path.mkdir()
    (path / "a").write_text("older")

    def refusing(source, target):
        if source == files.part_of(path):
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", refusing)
    with pytest.raises(UserError, match="cannot be written"):
        with files.whole_folder(path) as folder:
            (folder / "a").write_text("new")
    assert (path / "a").read_text() == "older" and os.listdir(tmp_path) == ["folder"]


def test_a_long_name_fits_the_disk_while_it_is_written(tmp_path):
    for length in (200, 220, 255):
        with files.whole(tmp_path / ("n" * length)) as file:
            file.write(b"whole")
