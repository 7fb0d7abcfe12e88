"""Pixels that stay on disk: lazy rows, the same figures as in memory, and what disks do."""

import os
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from medsr_nb.data import cache, images, splits
from medsr_nb.machine import memory
from medsr_nb.machine.paths import UserError
from medsr_nb.studies import leakage

pytestmark = pytest.mark.usefixtures("own_cache")
PIXELS = np.random.default_rng(7).integers(0, 256, (6, 4, 4, 1), np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures; the last two repeat the first two."""
    for index in range(12):
        pixels = np.random.default_rng(index % 10).integers(0, 256, (20, 20), np.uint8)
        (tmp_path / "pictures").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{index:02d}.png")
    return tmp_path / "pictures"


@pytest.fixture
def no_memory(monkeypatch):
    monkeypatch.setattr(cache, "fits_in_memory", lambda count: False)


def rows(tmp_path):
    np.save(tmp_path / "rows.npy", PIXELS)
    return cache.Rows(np.load(tmp_path / "rows.npy", mmap_mode="r"))


@pytest.mark.parametrize(
    "index",
    [2, -1, slice(1, 5, 2), [4, 0, 4], np.array([True, False] * 3), (0, ..., 0), (slice(2), 1)],
    ids=str,
)
def test_rows_index_like_numpy(tmp_path, index):
    lazy = rows(tmp_path)
    read = lazy[index]
    np.testing.assert_array_equal(read, PIXELS[index])
    assert type(read) is np.ndarray and not np.shares_memory(read, lazy.array)


def test_rows_are_taken_without_reading(tmp_path):
    lazy = rows(tmp_path)
    some = lazy.take(np.array([5, 2, 3])).take(np.array([2, 0]))
    assert isinstance(some, cache.Rows) and np.shares_memory(some.array, lazy.array)
    np.testing.assert_array_equal(some, PIXELS[[3, 5]])
    assert (some.shape, some.dtype, len(some), some.nbytes) == ((2, 4, 4, 1), np.uint8, 2, 32)
    np.testing.assert_array_equal(list(some), PIXELS[[3, 5]])
    np.testing.assert_array_equal(np.concatenate([some, lazy]), PIXELS[[3, 5, 0, 1, 2, 3, 4, 5]])
    with pytest.raises(IndexError, match="name its rows first"):
        lazy[..., 0]


def test_a_folder_that_does_not_fit_is_read_from_disk(folder, no_memory):
    loaded = images.load(folder, size=16)
    assert loaded.on_disk and loaded.pixels.shape == (12, 16, 16, 1) and loaded.size == 16
    parts = splits.split(loaded, train=6, test=2, validation=2)
    assert all(part.on_disk for part in parts)
    assert np.shares_memory(parts.train.pixels.array, loaded.pixels.array)


def test_on_disk_all_is_as_in_memory(folder, monkeypatch):
    in_memory = images.load(folder, size=16)
    monkeypatch.setattr(cache, "fits_in_memory", lambda count: False)
    on_disk = images.load(folder, size=16)
    monkeypatch.setattr("medsr_nb.data.imageset.BLOCK", 5)
    monkeypatch.setattr(leakage, "BLOCK", 2)
    assert on_disk.on_disk and not in_memory.on_disk
    assert on_disk.fingerprint == in_memory.fingerprint
    assert on_disk.groups.tolist() == in_memory.groups.tolist() == [*range(10), 0, 1]
    for one, other in zip(*(splits.split(s, 6, 2, 2) for s in (on_disk, in_memory)), strict=True):
        assert one.names == other.names and one.fingerprint == other.fingerprint
        np.testing.assert_array_equal(one.pixels, other.pixels)
    monkeypatch.setattr(leakage, "clean_test", lambda images: np.array([2]))
    object.__setattr__(in_memory, "parts", np.array(["train"] * 8 + ["test"] * 4))
    object.__setattr__(on_disk, "parts", in_memory.parts)
    found = leakage.leakage(on_disk)
    assert found == leakage.leakage(in_memory) and found["exact_repeats"] == 2


def test_a_part_that_fits_comes_in_memory(folder, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 4 * 4 * 16 * 16)
    loaded = images.load(folder, size=16)
    assert loaded.on_disk and loaded.take(range(5)).on_disk
    assert not loaded.take(range(4)).on_disk
    np.testing.assert_array_equal(loaded.take([3, 1]).pixels, loaded.pixels[[3, 1]])


def test_decoding_holds_few_pictures_at_a_time(tmp_path, no_memory, monkeypatch):
    """200 pictures, but never the bytes of half of them."""
    for index in range(200):
        Image.new("L", (64, 64), index).save(tmp_path / f"{index:03d}.png")
    monkeypatch.setattr("medsr_nb.data.decoding.BLOCK", 16)
    monkeypatch.setattr("medsr_nb.data.folders.grouped", lambda hashes, patients: np.arange(200))
    images.load(tmp_path, size=32)  # what is imported or cached at first use does not count
    tracemalloc.start()
    try:
        loaded = images.load(tmp_path, size=64)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert loaded.pixels[:, 0, 0, 0].tolist() == list(range(200))
    assert peak < loaded.pixels.nbytes / 2


def test_skipped_files_leave_no_gap(folder, no_memory):
    (folder / "05.png").write_bytes(b"")
    loaded = images.load(folder, size=16)
    assert loaded.skipped == (("05.png", "empty file"),)
    expected = Image.open(folder / "06.png").resize((16, 16), Image.Resampling.BICUBIC)
    assert loaded.names[5] == "06.png"
    np.testing.assert_array_equal(loaded.pixels[5, ..., 0], np.asarray(expected))


def test_a_file_cut_short_is_rebuilt(folder, tmp_path, no_memory):
    first = images.load(folder, size=16).fingerprint
    (file,) = (tmp_path / "cache").glob("*.npy")
    os.truncate(file, file.stat().st_size - 1)
    assert images.load(folder, size=16).fingerprint == first


def disk_of(monkeypatch, free):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda folder: usage(free))


def test_a_small_disk_is_noticed_before_decoding(folder, monkeypatch, no_memory):
    disk_of(monkeypatch, 12 * 16 * 16 - 1)
    monkeypatch.setattr("medsr_nb.data.decoding.decoded", None)  # decoding would raise TypeError
    with pytest.raises(UserError, match="Memory cannot hold them.*MEDSR_CACHE"):
        images.load(folder, size=16)


def test_a_small_disk_costs_a_warning_where_memory_is_large(folder, tmp_path, monkeypatch):
    disk_of(monkeypatch, 12 * 16 * 16 - 1)
    with pytest.warns(UserWarning, match="this run goes on without.*MEDSR_CACHE"):
        loaded = images.load(folder, size=16)
    assert not loaded.on_disk and list((tmp_path / "cache").iterdir()) == []
    disk_of(monkeypatch, 12 * 16 * 16)
    np.testing.assert_array_equal(images.load(folder, size=16).pixels, loaded.pixels)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_older_files_of_the_same_folder_make_room(folder, tmp_path):
    images.load(folder, size=16)
    images.load(folder, size=8)
    other_size = set((tmp_path / "cache").glob("*-8-*"))
    before = set((tmp_path / "cache").iterdir())
    (file,) = (tmp_path / "cache").glob("*-16-*.npy")
    halves = [file.with_name(f"{file.name}.{name}.part") for name in ("old", "new")]
    for half in halves:
        half.write_bytes(b"half")
    os.utime(halves[0], (1, 1))  # no run has written to it for years
    (folder / "00.png").unlink()
    assert len(images.load(folder, size=16)) == 11
    after = set((tmp_path / "cache").iterdir())
    assert after & before == other_size and len(after) == 5 and halves[1] in after
