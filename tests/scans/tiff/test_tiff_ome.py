"""What OME says of a TIFF's axes, spacing and sizes."""

import numpy as np
import pytest
import tifffile
from scan_files import enlarged, head, tripled


def test_what_ome_says_of_axes_is_left_out_and_that_is_said(tmp_path):
    stack = np.stack([head(seed=k) for k in range(4)]).reshape(2, 2, 12, 15)
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, ome=True, metadata={"axes": "ZCYX"})
    one, [out] = enlarged(tmp_path / "a.ome.tif", tmp_path / "b.ome.tif")
    assert "OME's notes on its axes left out" in one.notes and "4 pages" in one.notes
    assert not [note for note in one.notes if "size" in note or "spacing" in note]
    assert (tifffile.imread(out) == tripled(stack.reshape(4, 12, 15))).all()


@pytest.mark.parametrize(
    "unit, scale", [(None, 1e-3), ("nm", 1e-6), ("mm", 1.0), ("\u00b5m", 1e-3)]
)
def test_the_spacing_that_ome_says_is_a_third_of_it_afterwards(tmp_path, unit, scale):
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.75, "PhysicalSizeZ": 2.0}
    if unit:
        sizes |= {f"{name}Unit": unit for name in sizes}
    stack = np.stack([head(seed=k) for k in range(2)])
    tifffile.imwrite(tmp_path / "a.ome.tif", stack, ome=True, metadata={"axes": "ZYX"} | sizes)
    one, [out] = enlarged(tmp_path / "a.ome.tif", tmp_path / "b.ome.tif")
    assert np.allclose(one.spacing, (0.75 * scale, 0.5 * scale))
    assert f"spacing {0.75 * scale:.4g} x {0.5 * scale:.4g} mm" in one.notes
    assert "OME's size of a pixel along Z left out" in one.notes
    with tifffile.TiffFile(out) as tif:
        assert len(tif.pages) == 2
        for page in tif.pages:
            dots = [over / under for over, under in (page.tags[n].value for n in (282, 283))]
            assert page.tags[296].value == 3  # centimetres
            assert np.allclose(dots, [30 / (0.5 * scale), 30 / (0.75 * scale)], rtol=1e-6)


@pytest.mark.parametrize("sizes", [
    {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeXUnit": "pixel"},
    {"PhysicalSizeX": 1e-9, "PhysicalSizeY": 1e-9, "PhysicalSizeXUnit": "nm",
     "PhysicalSizeYUnit": "nm"},
    {"PhysicalSizeX": -1, "PhysicalSizeY": 1},
])  # fmt: skip
def test_what_ome_says_of_sizes_in_vain_is_told(tmp_path, sizes):
    tifffile.imwrite(tmp_path / "a.tif", head(), ome=True, metadata=sizes)
    one, _ = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert one.spacing is None and "OME's size of a pixel along X and Y left out" in one.notes
