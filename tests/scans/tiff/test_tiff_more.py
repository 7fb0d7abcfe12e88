"""TIFF files lose no number, plane or tag without a word: what cannot be kept is refused."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps
from scan_files import enlarged, tripled

from medsr_nb.machine import UserError
from medsr_nb.scans import scan

COLOURS = np.random.default_rng(1).integers(0, 256, (12, 16, 3), dtype=np.uint8)
GREY = COLOURS[..., 0]
NEEDED = "imagecodecs is needed: pip install imagecodecs"
PROFILE = b"profile" * 20
STACK = np.stack([GREY] * 6)
LINK = "its list of pages is broken after page {}; it is damaged or cut short, get it again"


def turned(orientation):
    return [(274, "H", 1, orientation, True)]


def written(path, pixels, **options):
    """The path of a TIFF file, after tifffile has written it."""
    tifffile.imwrite(path, pixels, **options)
    return path


def refused(path, words):
    with pytest.raises(UserError, match=f"{path.name}: .*{words}"):
        scan.read(path)


@pytest.fixture(params=[ValueError("requires the 'imagecodecs' package"), ImportError("zstd")])
def no_decoder(request, monkeypatch):
    """As if tifffile had no decoder for what the files are compressed by."""

    def asarray(page):
        raise request.param

    monkeypatch.setattr(tifffile.TiffPage, "asarray", asarray)


@pytest.mark.parametrize("photometric", ["miniswhite", "minisblack"])
@pytest.mark.parametrize("bits", [1, 8])
def test_pillow_changes_no_grey_level(tmp_path, no_decoder, photometric, bits):
    levels = GREY > 99 if bits == 1 else GREY
    path = written(tmp_path / "a.tif", levels, photometric=photometric)
    one, [out] = enlarged(path, tmp_path / "b.tif")
    assert (one.planes[0] == (255 * levels if bits == 1 else levels)).all()
    with tifffile.TiffFile(out) as tif:
        assert tif.pages[0].photometric.name.lower() == photometric


def test_what_pillow_would_change_is_refused(tmp_path, no_decoder):
    white = written(tmp_path / "w.tif", GREY.astype(np.uint16), photometric="miniswhite")
    alpha = np.dstack([COLOURS // 2, np.full_like(GREY, 128)])
    half = written(tmp_path / "h.tif", alpha, photometric="rgb", extrasamples=["assocalpha"])
    flipped = written(tmp_path / "f.tif", GREY, photometric="minisblack", extratags=turned(3))
    deep = written(tmp_path / "d.tif", COLOURS.astype(np.uint16), photometric="rgb")
    planes = written(tmp_path / "p.tif", np.moveaxis(COLOURS, 2, 0), photometric="rgb",
                     planarconfig="separate", compression="zlib")  # fmt: skip
    for path in (white, half, flipped, deep, planes):
        refused(path, NEEDED)


@pytest.mark.parametrize("bits", [4, 12])
def test_numbers_that_are_packed_need_imagecodecs_and_are_not_called_damaged(
    tmp_path, no_decoder, bits
):
    levels = GREY if bits < 8 else GREY.astype(np.uint16)
    path = written(tmp_path / "a.tif", levels, photometric="minisblack")
    head = struct.pack("<HHI", 258, 3, 1)
    stored = head + struct.pack("<H", 8 * levels.itemsize)
    path.write_bytes(path.read_bytes().replace(stored, head + struct.pack("<H", bits)))
    refused(path, f"holds numbers of {bits} bits, for which {NEEDED}")


@pytest.mark.parametrize("photometric", ["ycbcr", "cielab", "icclab"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_colours_that_are_not_red_green_and_blue_are_refused(tmp_path, photometric, compression):
    sampling = {"subsampling": (1, 1)} if photometric == "ycbcr" else {}
    path = written(tmp_path / "a.tif", COLOURS, photometric=photometric, compression=compression,
                   **sampling)  # fmt: skip
    refused(path, f"holds {photometric.upper()}, which is not read; convert it to RGB")


def test_an_unknown_kind_of_colour_is_refused(tmp_path):
    path = written(tmp_path / "a.tif", GREY, photometric="minisblack")
    head = struct.pack("<HHI", 262, 3, 1)
    data = path.read_bytes().replace(head + struct.pack("<H", 1), head + struct.pack("<H", 99))
    path.write_bytes(data)
    refused(path, "holds numbers of photometric kind 99, which is not read")


def test_the_colours_of_jpeg_are_read_as_what_they_are(tmp_path):
    smooth = np.add.outer(4 * np.arange(16), np.arange(24))
    colours = np.dstack([smooth, 255 - smooth, smooth // 2]).astype(np.uint8)
    stored = Image.fromarray(colours).convert("YCbCr")
    stored.save(tmp_path / "a.tif", compression="jpeg", quality=95)
    with tifffile.TiffFile(tmp_path / "a.tif") as tif:
        assert tif.pages[0].photometric == 6
    one = scan.read(tmp_path / "a.tif")
    assert np.abs(one.planes[0] - colours @ np.array([0.299, 0.587, 0.114])).max() < 8


@pytest.mark.parametrize("kind", [{"imagej": True}, {}])
def test_planes_that_share_one_page_are_not_lost(tmp_path, kind):
    stack = np.stack([GREY, GREY // 2, GREY // 3])
    options = kind | {"photometric": "minisblack", "metadata": {"axes": "ZYX"}}
    refused(written(tmp_path / "a.tif", stack, truncate=True, **options),
            "holds 576 numbers, and has pages for 192 of them")  # fmt: skip
    assert (scan.read(written(tmp_path / "b.tif", stack, **options)).planes == stack).all()


def test_planes_of_metamorph_behind_one_page_are_not_lost(tmp_path):
    planes = (33629, 5, 3, (1, 1, 2460000, 1, 2460000, 1), True)  # a third of what it holds
    tags = [(33628, 4, 2, (0, 0), True), planes]
    stack = written(tmp_path / "a.stk", GREY, metadata=None, extratags=tags)
    refused(stack, "claims 576 bytes, the file can hold .* cut short")
    stack.write_bytes(stack.read_bytes() + bytes(2 * GREY.size))
    refused(stack, "holds 576 numbers, and has pages for 192 of them; save it anew with a page")


@pytest.mark.parametrize("options, words", [
    ({"metadata": None}, LINK.format(1)), ({"metadata": None, "bigtiff": True}, LINK.format(1)),
    ({"imagej": True}, LINK.format(1)), ({"ome": True}, LINK.format(1)),
    ({"imagej": True, "truncate": True}, "claims 1,152 b"), ({"truncate": True}, "claims 1,152 b"),
])  # fmt: skip
def test_a_stack_that_is_cut_is_not_its_first_pages(tmp_path, options, words):
    path = written(tmp_path / "a.tif", STACK, photometric="minisblack", **options)
    path.write_bytes(path.read_bytes()[: 4 * path.stat().st_size // 10])
    refused(path, words)


@pytest.mark.parametrize("place, aim, last", [(2, 2**31, 3), (5, 0, 6), (5, 1, 6)])
def test_a_list_of_pages_that_leads_nowhere_or_in_a_circle_is_refused(tmp_path, place, aim, last):
    path = tmp_path / "a.tif"
    pages = [Image.fromarray(page) for page in STACK]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert len(scan.read(path).planes) == 6
    with tifffile.TiffFile(path) as tif:
        places = [page.offset for page in tif.pages]
    data = bytearray(path.read_bytes())
    link = places[place] + 2 + 12 * struct.unpack_from("<H", data, places[place])[0]
    struct.pack_into("<I", data, link, places[aim] if aim < 6 else aim)
    path.write_bytes(data)
    refused(path, LINK.format(last))


@pytest.mark.parametrize("step, kind", [(1, "page(s) in SubIFDs"), (2, "reduced page(s)")])
def test_pages_below_a_page_are_left_out_and_told(tmp_path, step, kind):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, subifds=2, metadata=None)
        writer.write(GREY[::-step, ::step], metadata=None)
        writer.write(GREY[::step, ::-step], metadata=None)
    one = scan.read(tmp_path / "a.tif")
    said = [note for note in one.notes if "left out" in note]
    assert len(one.planes) == 1 and said == [f"2 {kind} left out"]


@pytest.mark.parametrize("places", [[0], [1], [0, 3]])
def test_thumbnails_are_left_out_wherever_they_stand(tmp_path, places):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for place in range(2 + len(places)):
            small = {"subfiletype": 1} if place in places else {}
            writer.write(GREY[::2, ::2] if small else GREY, metadata=None, **small)
    one = scan.read(tmp_path / "a.tif")
    assert (one.planes == GREY).all() and len(one.planes) == 2
    assert f"{len(places)} reduced page(s) left out" in one.notes


def test_a_page_that_is_called_reduced_but_is_alone_is_the_picture(tmp_path):
    one = scan.read(written(tmp_path / "a.tif", GREY, metadata=None, subfiletype=1))
    assert (one.planes[0] == GREY).all() and not any("reduced" in note for note in one.notes)


@pytest.mark.parametrize("scale", [1, 256, 257])
def test_a_palette_of_8_bit_numbers_is_not_black(tmp_path, scale):
    colours = np.arange(768, dtype=np.uint16).reshape(3, 256) % 251
    path = written(tmp_path / "a.tif", GREY, photometric="palette", colormap=colours * scale)
    _, [out] = enlarged(path, tmp_path / "b.tif")
    assert (tifffile.imread(out)[::3, ::3] == colours.T[GREY]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_page_is_shown_upright_and_so_is_its_guess(tmp_path, orientation):
    path = written(
        tmp_path / "a.tif", GREY, photometric="minisblack", extratags=turned(orientation)
    )
    one, [out] = enlarged(path, tmp_path / "b.tif")
    assert (one.planes[0] == GREY).all() and scan.read(out).orientation == orientation
    guess = scan.derived(one, "guess", 255.0, as_picture=True)
    planes = tripled(one.planes)
    pngs = [*scan.pictures_of(one, planes, None, tmp_path / "c.png"),
            *scan.write(guess, planes, None, tmp_path / "d.png")]  # fmt: skip
    lying = Image.fromarray(planes[0])
    lying.getexif()[274] = orientation
    for png in pngs:
        assert np.array_equal(np.asarray(Image.open(png)), ImageOps.exif_transpose(lying))


def test_tags_that_make_no_sense_are_left_out(tmp_path):
    wrong = [(274, "I", 1, 70_000, True), (34675, "H", 2, (1, 2), True)]
    path = written(tmp_path / "a.tif", GREY, photometric="minisblack", extratags=wrong)
    _, [out] = enlarged(path, tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert not {274, 34675} & {tag.code for tag in tif.pages[0].tags}


def test_pages_that_are_turned_differently_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for orientation in (1, 3):
            writer.write(GREY, metadata=None, extratags=turned(orientation))
    refused(tmp_path / "a.tif", "its pages differ")


def test_each_page_keeps_its_own_resolution_and_palette(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for dots, brightest in ((10, 255), (20, 128)):
            colours = np.linspace(0, brightest, 256).astype(np.uint16) << 8
            writer.write(GREY, metadata=None, resolution=(dots, dots), photometric="palette",
                         colormap=np.stack([colours, colours // 2, colours]))  # fmt: skip
    one, [out] = enlarged(tmp_path / "a.tif", tmp_path / "b.tif")
    assert one.planes[1].max() < 0.6 * one.planes[0].max()
    with tifffile.TiffFile(out) as tif:
        found = [page.tags["XResolution"].value for page in tif.pages]
    assert [over / under for over, under in found] == [30, 60]
    guess = scan.derived(one, "guess", 3.0)
    [out] = scan.write(guess, tripled(one.planes), None, tmp_path / "c.tif")
    with tifffile.TiffFile(out) as tif:
        assert tif.pages[1].tags["XResolution"].value[0] == 60


def test_the_profile_of_colours_stays_with_them(tmp_path):
    tag = (34675, 7, len(PROFILE), PROFILE, True)
    path = written(tmp_path / "a.tif", COLOURS, photometric="rgb", extratags=[tag, *turned(6)])
    one, [out] = enlarged(path, tmp_path / "b.tif")
    with tifffile.TiffFile(out) as tif:
        assert tif.pages[0].tags.valueof(34675) == PROFILE
    guess = scan.derived(one, "guess", 3.0)
    [out] = scan.write(guess, tripled(one.planes), None, tmp_path / "c.tif")
    with tifffile.TiffFile(out) as tif:
        assert 34675 not in tif.pages[0].tags and 274 in tif.pages[0].tags


@pytest.mark.parametrize("white", [255, 1.0])
def test_colours_multiplied_by_transparency_stay_so_and_are_divided_for_png(tmp_path, white):
    colours = np.array([[[100, 200, 55], [100, 200, 55], [100, 200, 55]]])
    alpha = np.array([[255, 51, 0]])[..., None]
    dtype = np.uint8 if white == 255 else np.float32
    stored = np.concatenate([colours * alpha / 255, alpha], axis=-1) * (white / 255)
    path = written(tmp_path / "a.tif", stored.astype(dtype), photometric="rgb",
                   extrasamples=["assocalpha"])  # fmt: skip
    one, [out] = enlarged(path, tmp_path / "b.tif")
    assert np.allclose(tifffile.imread(out), tripled(stored[None])[0], atol=1e-6)
    both = tripled(one.planes), tripled(one.extras)
    [png] = scan.pictures_of(one, *both, tmp_path / "c.png", (0.5 * white, white))
    wanted = [[100, 200, 55, 255], [100, 200, 55, 51], [0, 0, 0, 0]]
    assert np.asarray(Image.open(png))[1, 1::3].tolist() == wanted
    [png] = scan.pictures_of(replace(one, premultiplied=False), *both, png, (0.5 * white, white))
    assert np.asarray(Image.open(png))[1, 4].tolist() == [20, 40, 11, 51]


def test_what_pillow_is_built_without_needs_a_package_and_is_no_damage(
    tmp_path, no_decoder, monkeypatch
):
    path = tmp_path / "a.tif"
    Image.fromarray(COLOURS).save(path, compression="raw")
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tif:
        data[tif.pages[0].tags[259].valueoffset : tif.pages[0].tags[259].valueoffset + 2] = (
            struct.pack("<H", 50001)
        )  # fmt: skip
    path.write_bytes(data)

    def save(*_, **options):
        raise OSError("not configured")

    monkeypatch.setattr(Image.Image, "save", save)
    refused(path, "is compressed as WEBP, for which " + NEEDED)


def test_grey_with_transparency_is_one_picture(tmp_path):
    two = np.dstack([GREY, np.where(GREY > 99, 255, 40).astype(np.uint8)])
    options = {"photometric": "minisblack", "planarconfig": "contig"}
    path = written(tmp_path / "a.tif", two, extrasamples=["unassalpha"], **options)
    one, [out] = enlarged(path, tmp_path / "b.tif")
    assert one.planes.shape == (1, 12, 16) and "transparency interpolated" in one.notes
    assert (tifffile.imread(out) == tripled(two[None])[0]).all()
    with tifffile.TiffFile(out) as tif:
        assert tuple(tif.pages[0].extrasamples) == (2,)
    one = scan.read(written(tmp_path / "c.tif", two, extrasamples=["unspecified"], **options))
    assert len(one.planes) == 2 and "2 channels" in one.notes[-1]
