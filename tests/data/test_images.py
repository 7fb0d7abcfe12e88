"""Decoding, folders, Kaggle's layout, the cache, and what bad files do."""

import os
import warnings

import numpy as np
import pytest
from PIL import Image

from medsr_nb.data import cache, decoding, images
from medsr_nb.machine import UserError

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def noise(seed, height=40, width=40):
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


def save(file, seed=0, height=40, width=40):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(seed, height, width)).save(file)


def reasons(image_set):
    return dict(image_set.skipped)


def test_crop_is_the_centre_square_reduced_by_pillows_bicubic(folder):
    save(folder / "a" / "wide.png", height=30, width=51)
    loaded = images.load(folder, size=20)
    expected = Image.fromarray(noise(0, 30, 51)[:, 10:40]).resize((20, 20), Image.BICUBIC)
    assert loaded.pixels.dtype == np.uint8
    np.testing.assert_array_equal(loaded.pixels, np.asarray(expected)[None, :, :, None])
    assert (loaded.names, loaded.label_names, loaded.size) == (("a/wide.png",), ("a",), 20)
    assert loaded.kinds.tolist() == ["image"] and loaded.parts.tolist() == [""]


def test_modes_become_the_grey_they_show(folder):
    grey = Image.fromarray(np.full((16, 16), 100, np.uint8))
    grey.save(folder / "l.png")
    Image.new("RGB", (16, 16), (255, 0, 0)).save(folder / "rgb.png")
    Image.new("RGB", (16, 16), (255, 0, 0)).quantize(4).save(folder / "palette.png")
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(folder / "cmyk.tif")
    Image.new("RGBA", (16, 16), (255, 255, 255, 51)).save(folder / "alpha.png")
    Image.new("LA", (16, 16), (255, 0)).save(folder / "la.png")
    Image.new("1", (16, 16), 1).save(folder / "one.png")
    frames = [Image.new("L", (16, 16), value) for value in (10, 200)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    loaded = images.load(folder, size=16)
    shown = {
        name: int(value)
        for name, value in zip(loaded.names, loaded.pixels[:, 8, 8, 0], strict=True)
    }
    red = 76  # 0.299 * 255
    assert shown == {
        "l.png": 100,
        "rgb.png": red,
        "palette.png": red,
        "cmyk.tif": red,
        "alpha.png": 51,
        "la.png": 0,
        "one.png": 255,
        "animated.gif": 10,
    }
    assert loaded.skipped == ()


@pytest.mark.parametrize("kind", ["png16", "tif32", "float"])
def test_more_than_8_bits_stretch_from_the_files_minimum_to_its_maximum(folder, kind):
    ramp = np.linspace(1000, 3000, 256).reshape(16, 16)
    if kind == "png16":
        Image.fromarray(ramp.round().astype(np.uint16)).save(folder / "deep.png")
    elif kind == "tif32":
        Image.fromarray(ramp.round().astype(np.int32)).save(folder / "deep.tif")
    else:
        ramp[0, 0] = np.nan  # counts as the minimum
        Image.fromarray(ramp.astype(np.float32)).save(folder / "deep.tif")
    pixels = images.load(folder, size=16).pixels.reshape(-1).astype(int)
    assert np.abs(pixels - np.arange(256)).max() <= 1


def test_a_constant_deep_file_is_black():
    assert not decoding.stretched(np.full((3, 3), 700.0)).any()


def test_cameras_orientation_is_respected(folder):
    picture = np.zeros((16, 16), np.uint8)
    picture[:8] = 255  # stored with white on top; orientation 3 turns it by 180 degrees
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(picture).save(folder / "turned.png", exif=exif)
    pixels = images.load(folder, size=16).pixels[0, :, :, 0]
    assert pixels[2].max() == 0 and pixels[13].min() == 255


def test_unusable_files_are_skipped_counted_and_named(folder, monkeypatch):
    save(folder / "good.png")
    save(folder / "small.png", height=40, width=12)
    save(folder / "whole.jpg", seed=1)
    data = (folder / "whole.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(data[: len(data) // 2])
    (folder / "whole.jpg").unlink()
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("not a picture")
    (folder / "dangling.png").symlink_to(folder / "nowhere.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5000)
    save(folder / "huge.png", height=70, width=80)  # above the limit: Pillow only warns
    save(folder / "giant.png", height=200, width=200)  # above twice the limit: Pillow raises
    loaded = images.load(folder, size=20)
    assert loaded.names == ("good.png",)
    told = reasons(loaded)
    assert told["small.png"] == "12 pixels on its short side, 20 are needed"
    assert told["empty.png"] == "empty file"
    assert told["text.png"] == "not a picture that Pillow can read"
    assert "truncated" in told["truncated.jpg"]
    assert "No such file" in told["dangling.png"]
    assert "million pixels" in told["huge.png"] and "million pixels" in told["giant.png"]
    assert len(told) == 7


def test_other_files_and_hidden_ones_are_ignored_in_silence(folder):
    save(folder / "good.png")
    save(folder / "__MACOSX" / "copy.png")
    save(folder / ".thumbnails" / "copy.png")
    for name in ("notes.txt", ".DS_Store", "._good.png", "noextension"):
        (folder / name).write_text("x")
    loaded = images.load(folder, size=16)
    assert loaded.names == ("good.png",) and loaded.skipped == ()


def test_none_left_says_why(folder):
    with pytest.raises(UserError, match="holds no image files"):
        images.load(folder)
    save(folder / "small.png")
    with pytest.raises(UserError, match="40 pixels on its short side(.|\n)*smaller size"):
        images.load(folder, size=150)


def test_missing_folder_names_three_ways(tmp_path):
    with pytest.raises(UserError, match="MEDSR_DATA(.|\n)*kaggle(.|\n)*sample"):
        images.load(tmp_path / "nowhere")
    (tmp_path / "file.png").touch()
    with pytest.raises(UserError, match="give the folder"):
        images.load(tmp_path / "file.png")


@pytest.mark.parametrize("size", [0, -3, 7, 150.0, "150", None])
def test_wrong_size(folder, size):
    with pytest.raises(ValueError, match="whole number of pixels"):
        images.load(folder, size=size)


def kaggle_tree(root):
    for index, below in enumerate(
        (
            "brain-tumor-mri-dataset/Training/glioma/Tr-gl_0001.jpg",
            "brain-tumor-mri-dataset/Testing/notumor/Te-no_0001.jpg",
            "chest-xray-pneumonia/chest_xray/train/NORMAL/IM-0115-0001.jpeg",
            "chest-xray-pneumonia/chest_xray/train/NORMAL/IM-0115-0002.jpeg",
            "chest-xray-pneumonia/chest_xray/val/PNEUMONIA/person5_virus_9.jpeg",
            "chest-xray-pneumonia/chest_xray/test/PNEUMONIA/person5_bacteria_9.jpeg",
            "chest-xray-pneumonia/chest_xray/chest_xray/train/NORMAL/IM-0115-0001.jpeg",
            "chest-xray-pneumonia/chest_xray/__MACOSX/train/NORMAL/IM-0115-0001.jpeg",
        )
    ):
        save(root / below, seed=index)


@pytest.mark.parametrize("below", ["", "kaggle"])
def test_kaggles_layout_without_its_second_copies(folder, below):
    kaggle_tree(folder / below)
    loaded = images.load(folder, size=32)
    assert loaded.name == "Kaggle brain MRI + chest X-ray"
    assert loaded.names == (
        "brain-tumor-mri-dataset/Training/glioma/Tr-gl_0001.jpg",
        "brain-tumor-mri-dataset/Testing/notumor/Te-no_0001.jpg",
        "chest-xray-pneumonia/chest_xray/train/NORMAL/IM-0115-0001.jpeg",
        "chest-xray-pneumonia/chest_xray/train/NORMAL/IM-0115-0002.jpeg",
        "chest-xray-pneumonia/chest_xray/val/PNEUMONIA/person5_virus_9.jpeg",
        "chest-xray-pneumonia/chest_xray/test/PNEUMONIA/person5_bacteria_9.jpeg",
    )
    assert loaded.kinds.tolist() == ["MRI"] * 2 + ["X-ray"] * 4
    assert loaded.parts.tolist() == ["train", "test", "train", "train", "train", "test"]
    shown = [loaded.label_names[label] for label in loaded.labels]
    assert shown == ["glioma", "notumor", "NORMAL", "NORMAL", "PNEUMONIA", "PNEUMONIA"]
    assert loaded.groups.tolist() == [0, 1, 2, 2, 3, 4]  # one patient twice


@pytest.mark.parametrize("below", ["chest-xray-pneumonia", "chest-xray-pneumonia/chest_xray"])
def test_one_kaggle_set_alone_keeps_its_names(folder, below):
    kaggle_tree(folder)
    loaded = images.load(folder / below, size=32)
    assert loaded.name == "Kaggle chest X-ray"
    assert loaded.names[0] == "chest-xray-pneumonia/chest_xray/train/NORMAL/IM-0115-0001.jpeg"


def test_second_load_comes_from_the_cache(folder, monkeypatch):
    save(folder / "a.png")
    save(folder / "small.png", height=9)
    first = images.load(folder, size=16)
    monkeypatch.setattr(decoding, "decoded", None)  # decoding again would raise TypeError
    second = images.load(folder, size=16)
    assert second.fingerprint == first.fingerprint and second.skipped == first.skipped
    np.testing.assert_array_equal(second.hashes, first.hashes)


def test_a_changed_file_is_decoded_again(folder):
    save(folder / "a.png")
    first = images.load(folder, size=16)
    save(folder / "a.png", seed=1)
    os.utime(folder / "a.png", ns=(1, 1))
    assert images.load(folder, size=16).fingerprint != first.fingerprint


@pytest.mark.parametrize("suffix", ["npz", "npy"])
@pytest.mark.parametrize("damage", ["truncate", "flip", "method", "text", "empty", "gone"])
def test_a_damaged_cache_is_rebuilt(folder, tmp_path, damage, suffix):
    save(folder / "a.png")
    first = images.load(folder, size=16)
    (file,) = (tmp_path / "cache").glob(f"decoded-*.{suffix}")
    data = bytearray(file.read_bytes())
    whole = bytes(data)
    if damage == "flip":
        kept = first.pixels if suffix == "npy" else first.hashes
        data[data.find(kept.tobytes()) + 7] ^= 255
    if damage == "method":  # how the first array is compressed: by no known way
        if suffix == "npy":
            pytest.skip("only archives are compressed")
        data[data.index(b"PK\x01\x02") + 10] = 99
    if damage == "gone":
        file.unlink()
    else:
        damaged = {
            "truncate": data[:-40],
            "flip": data,
            "method": data,
            "text": b"no",
            "empty": b"",
        }
        file.write_bytes(damaged[damage])
    again = images.load(folder, size=16)
    assert again.fingerprint == first.fingerprint
    np.testing.assert_array_equal(again.hashes, first.hashes)
    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert len(file.read_bytes()) == len(whole)


def test_a_full_disk_costs_a_warning_and_leaves_nothing(folder, tmp_path, monkeypatch):
    def full(target, **arrays):
        target.write(b"half")
        raise OSError(28, "No space left on device")

    save(folder / "a.png")
    monkeypatch.setattr(cache.np, "savez", full)
    with pytest.warns(UserWarning, match="No space left.*MEDSR_CACHE"):
        loaded = images.load(folder, size=16)
    assert len(loaded) == 1
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_interrupted_write_is_not_taken_for_a_cache(folder, tmp_path, monkeypatch):
    def interrupted(target, **arrays):
        target.write(b"half")
        raise KeyboardInterrupt

    save(folder / "a.png")
    with monkeypatch.context() as patch:
        patch.setattr(cache.np, "savez", interrupted)
        with pytest.raises(KeyboardInterrupt):
            images.load(folder, size=16)
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(images.load(folder, size=16)) == 1


def test_loading_prints_nothing_and_leaves_the_warning_filters_alone(folder, capfd):
    save(folder / "a.png")
    before = list(warnings.filters)
    images.load(folder, size=16)
    assert capfd.readouterr() == ("", "")
    assert warnings.filters == before
