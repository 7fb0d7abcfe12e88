"""A disk that is full and a folder that may not be written to: real ones, no patched calls."""

import os
import subprocess
import sys
from pathlib import Path

import kill_upscale
import numpy as np
import pytest
from PIL import Image
from scan_files import dicom

import medsr_nb

# The command without its network, which these tests are not about.
COMMAND = """
import sys
import numpy as np
from medsr_nb.cli import main
from medsr_nb.upscaling import networks

def network(height, width, sharpness=0.0, robust=False, half=False):
    return lambda tile: np.zeros((1, 3 * height, 3 * width, 1), np.float32)

networks.network = network
sys.exit(main(["upscale", *sys.argv[1:]]))
"""
SMALL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""


@pytest.fixture
def scan(tmp_path):
    """A picture whose result takes some 80 kB, and a smaller one whose result takes 1 kB."""
    draw = np.random.default_rng(0)
    for name, side in (("large", 100), ("small", 9)):
        Image.fromarray(draw.integers(60, 200, (side, side), "uint8")).save(
            tmp_path / f"{name}.png"
        )
    (tmp_path / "out").mkdir()
    return tmp_path


def upscale(folder, before=(), program=COMMAND, names=("large.png", "small.png")):
    """Runs the command, behind the words ``before``; (status, standard error)."""
    scans = [str(folder / name) for name in names]
    run = subprocess.run(
        [*before, sys.executable, "-c", program, *scans, "--out", str(folder / "out")],
        capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(medsr_nb.__file__).parents[1])},
    )  # fmt: skip
    return run.returncode, run.stderr


def mounted(folder, options):
    """The words that run a command with a file system of its own over ``out``; or skips."""
    script = f'mount -t tmpfs -o {options} tmpfs "$0" && shift 0 && "$@"'
    script += f'; status=$?; ls -A "$0" > "{folder}/listed"; exit $status'
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script]
    words.append(str(folder / "out"))
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody mount a file system of his own")
    return words


def test_a_full_disk_names_the_file_and_leaves_nothing_of_it(scan):
    status, said = upscale(scan, mounted(scan, "size=40k"))
    assert status == 1 and len(said.splitlines()) == 1
    assert "large_x3.png: cannot be written (No space left on device)" in said
    assert (scan / "listed").read_text().split() == ["small_x3.png"]


def test_a_read_only_folder_names_the_files(scan):
    status, said = upscale(scan, mounted(scan, "ro"))
    assert status == 1 and len(said.splitlines()) == 2
    for line, name in zip(said.splitlines(), ("large", "small"), strict=True):
        assert f"{name}_x3.png: cannot be written (Read-only file system)" in line


def test_a_folder_without_permission_names_the_files(scan):
    (scan / "out").chmod(0o555)
    if os.access(scan / "out", os.W_OK):
        pytest.skip("permissions do not hold for this user, as for root")
    status, said = upscale(scan)
    assert status == 1 and "small_x3.png: cannot be written (Permission denied)" in said


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of files there")
def test_a_file_that_may_not_grow_is_named_and_leaves_nothing(scan):
    status, said = upscale(scan, program=SMALL + COMMAND)
    assert status == 1 and len(said.splitlines()) == 1
    assert "large_x3.png: cannot be written (File too large)" in said
    assert [path.name for path in (scan / "out").iterdir()] == ["small_x3.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of files there")
def test_what_the_system_says_is_told_where_a_library_wraps_it(scan):
    dicom(scan / "a.dcm", np.zeros((100, 100), np.uint16))
    status, said = upscale(scan, program=SMALL + COMMAND, names=["a.dcm"])
    assert status == 1 and len(said.splitlines()) == 1
    assert "a_x3.dcm: cannot be written (File too large); make room" in said
    assert not any((scan / "out").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_kills_leave_no_half_result_and_the_same_command_goes_on():
    """A part of the recorded campaign: each signal twice, and each kind of moment."""
    result = kill_upscale.campaign(6, start=kill_upscale.Forked)
    assert result["failed"] == [] and result["kills"] == 6
