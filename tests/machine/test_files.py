"""A file is whole or not there: errors, interruptions, and two programs at once."""

import os

import pytest

from medsr_nb.machine import UserError, files


@pytest.mark.parametrize("stop", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_what_is_cut_off_leaves_the_file_before_and_no_half(stop, tmp_path):
    path = tmp_path / "result.json"
    path.write_bytes(b"before")
    with pytest.raises(type(stop)), files.whole(path) as file:
        file.write(b"half")
        raise stop
    assert path.read_bytes() == b"before" and os.listdir(tmp_path) == ["result.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_at_the_end_leaves_no_half(step, tmp_path, monkeypatch):
    def fails(*arguments):
        raise OSError(28, "No space left")

    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError, match="No space"), files.whole(tmp_path / "new") as file:
        file.write(b"all")
    assert os.listdir(tmp_path) == []


def test_the_file_appears_at_the_end_and_can_be_read_as_others_can(tmp_path):
    path, other = tmp_path / "result", tmp_path / "other"
    other.touch()
    with files.whole(path) as file:
        file.write(b"all")
        assert not path.exists()
    assert path.read_bytes() == b"all" and path.stat().st_mode == other.stat().st_mode


def test_two_programs_may_write_the_same_file(tmp_path):
    path = tmp_path / "result"
    with files.whole(path) as first:
        first.write(b"first")
        with files.whole(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first" and os.listdir(tmp_path) == ["result"]


def test_text_is_written_as_it_is(tmp_path):
    files.write_text(tmp_path / "page.md", "größer\n")
    assert (tmp_path / "page.md").read_bytes() == "größer\n".encode()


def test_a_folder_is_emptied_only_where_a_command_made_it(tmp_path):
    files.claim(tmp_path / "new" / "folder")
    (tmp_path / "new" / "folder" / "page.html").touch()
    files.claim(tmp_path / "new" / "folder")
    (tmp_path / "thesis.docx").touch()
    for taken in (tmp_path, tmp_path / "new"):
        with pytest.raises(UserError, match="holds other files: choose another --out"):
            files.claim(taken)
    with pytest.raises(UserError, match="choose another --out"):
        files.claim(tmp_path / "thesis.docx")


def test_a_result_that_cannot_be_is_refused_before_the_work(tmp_path):
    files.check_result(tmp_path / "new" / "a.json")
    assert (tmp_path / "new").is_dir() and not any((tmp_path / "new").iterdir())
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()
    long = "a" * 245  # a name while it is written has no room
    for bad in ("a", "a.npz", "folder.json", "file/a.json", f"{long}.json"):
        with pytest.raises(UserError, match="name one|choose another"):
            files.check_result(tmp_path / bad)
