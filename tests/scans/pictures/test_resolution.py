"""Dots per inch, and what else a photograph says of itself."""

import types

import numpy as np
import pytest
from PIL import Image
from scan_files import enlarged, wave

from medsr_nb.scans.pictures import resolution


def test_dots_per_inch_are_three_times_as_many(tmp_path):
    Image.fromarray(wave()).save(tmp_path / "c.png", dpi=(254, 127))
    _, [out] = enlarged(tmp_path / "c.png", tmp_path / "d.png")
    assert np.allclose(Image.open(out).info["dpi"], (762, 381), atol=0.05)


@pytest.mark.parametrize("exif, dpi", [
    ({282: 300, 283: 150, 296: 2}, (900, 450)),
    ({282: 100, 283: 100, 296: 3}, (762, 762)),
    ({271: "a maker"}, None),
])  # fmt: skip
def test_dots_per_inch_of_a_photograph_are_those_of_its_exif_note(tmp_path, exif, dpi):
    notes = Image.Exif()
    notes.update(exif)
    Image.fromarray(wave()).save(tmp_path / "a.jpg", exif=notes)
    _, [out] = enlarged(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Image.open(out) as result:
        assert result.info.get("dpi") == dpi


@pytest.mark.parametrize("across", ["wide", (1, 2), 0])
def test_an_exif_note_may_hold_anything(across):
    picture = types.SimpleNamespace(format="JPEG", info={}, getexif=lambda: {282: across, 283: 9})
    assert resolution.dpi_of(picture) is None


def test_a_turned_photograph_comes_out_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Doe^Jane"
    Image.fromarray(wave()[..., 0]).save(tmp_path / "t.png", exif=exif, dpi=(100, 200))
    one, [out] = enlarged(tmp_path / "t.png", tmp_path / "u.png")
    assert one.planes.shape == (1, 15, 12) and "EXIF" in " ".join(one.notes)
    assert (one.planes[0] == np.rot90(wave()[..., 0], -1)).all()
    with Image.open(out) as result:
        assert not result.getexif() and np.allclose(result.info["dpi"], (600, 300), atol=0.05)
