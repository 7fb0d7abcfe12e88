"""What transparency hides spoils nothing that is seen, in any kind of file."""

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageSequence
from scan_files import tripled

from medsr_nb.scans import hidden, scan
from medsr_nb.upscaling import enlarging

pytestmark = pytest.mark.usefixtures("bicubic_alone")
SEEN = np.zeros((12, 15), bool)
SEEN[3:9, 4:11] = True
ALPHA = np.where(SEEN, 255, 0).astype(np.uint8)
UNDER = np.random.default_rng(0).integers(0, 256, (12, 15), dtype=np.uint8)
GREY = np.where(SEEN, 220, UNDER).astype(np.uint8)


def in_tiff(path, colours):
    kind = "rgb" if colours.ndim == 3 else "minisblack"
    tifffile.imwrite(path, np.dstack([colours, ALPHA]), photometric=kind, planarconfig="contig",
                     extrasamples=["unassalpha"], metadata=None)  # fmt: skip


def in_palette(path, colours):
    Image.fromarray(np.where(SEEN, 1, 0).astype(np.uint8)).convert("P").save(path)
    with Image.open(path) as picture:
        picture.putpalette([0, 0, 0, 220, 220, 220])
        picture.save(path, transparency=0)


def in_picture(path, colours):
    Image.fromarray(np.dstack([colours, ALPHA])).save(path, lossless=True, exact=True)


@pytest.mark.parametrize(
    ("name", "written", "colours"),
    [
        ("grey.png", in_picture, GREY),
        ("colours.png", in_picture, np.dstack([GREY] * 3)),
        ("palette.png", in_palette, None),
        ("palette.gif", in_palette, None),
        ("colours.webp", in_picture, np.dstack([GREY] * 3)),
        ("grey.tif", in_tiff, GREY),
        ("colours.tif", in_tiff, np.dstack([GREY] * 3)),
    ],
)
def test_what_is_hidden_does_not_reach_what_is_seen(tmp_path, name, written, colours):
    written(tmp_path / name, colours)
    [out] = enlarging.enlarge(tmp_path / name).save(tmp_path / f"x3_{name}")
    if name == "grey.tif":
        grey, alpha = np.moveaxis(tifffile.imread(out), -1, 0)
        result = np.dstack([grey, grey, grey, alpha])
    else:
        result = np.asarray(Image.open(out).convert("RGBA"))
    assert (result[result[..., 3] > 0][:, :3] == 220).all()
    assert (result[result[..., 3] == 0][:, :3] == 0).all()  # takes no room
    assert (result[10:26, 13:32, 3] > 127).all() and (result[:3, :, 3] == 0).all()


def test_frames_are_filled_each_by_itself_and_one_that_is_all_hidden_stays(tmp_path):
    frames = [np.dstack([GREY, ALPHA]), np.dstack([GREY[::-1], ALPHA[::-1]])]
    frames.append(np.dstack([UNDER, 0 * UNDER]))
    images = [Image.fromarray(one) for one in frames]
    images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:], duration=90,
                   disposal=1, blend=0)  # fmt: skip
    one = scan.read(tmp_path / "a.png")
    seen = hidden.filled(one)
    assert (seen.planes[:2] == 220).all() and (seen.extras == one.extras).all()
    assert (seen.planes[2] == one.planes[2]).all() and (one.planes[0] == GREY).all()
    [out] = enlarging.enlarge(one).save(tmp_path / "b.png")
    with Image.open(out) as result:
        assert result.n_frames == 3
        for frame in ImageSequence.Iterator(result):
            grey, alpha = np.moveaxis(np.asarray(frame.convert("LA")), -1, 0)
            assert (grey[alpha > 0] == 220).all()


def test_what_is_hidden_in_a_volume_of_colours_is_filled_too(tmp_path):
    names = [("R", "u1"), ("G", "u1"), ("B", "u1"), ("A", "u1")]
    volume = np.zeros((12, 15, 1), names)
    for name, values in zip("RGBA", (GREY, GREY, GREY, ALPHA), strict=True):
        volume[name][..., 0] = values
    nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / "a.nii")
    one = hidden.filled(scan.read(tmp_path / "a.nii"))
    assert np.allclose(one.planes, 220, atol=1e-3) and np.allclose(one.extras[..., :2], 0)


def test_colours_that_are_multiplied_or_hide_nothing_stay(tmp_path):
    """A fourth channel that is not said to be transparency may be infrared."""
    four = np.dstack([GREY, GREY, GREY, ALPHA])
    for kind in ("assocalpha", "unspecified"):
        tifffile.imwrite(tmp_path / "a.tif", four, photometric="rgb", extrasamples=[kind])
        one = scan.read(tmp_path / "a.tif")
        assert hidden.filled(one) is one
        planes, extras = tripled(one.planes), tripled(one.extras)
        before = planes.copy()
        hidden.empty(one, planes, extras)
        assert (planes == before).all()
