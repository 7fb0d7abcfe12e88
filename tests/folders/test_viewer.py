"""The page of a run, without a browser: what stands in the file and how it gets there."""

import dataclasses
import html
import re
import warnings

import numpy as np
import pytest
from page_reading import BLOCK, enlarged, entry, facts_of, read, volumes
from viewer_page import write_page

from medsr_nb.folders import showing, viewer
from medsr_nb.machine import UserError
from medsr_nb.scans import turning


def test_whole_values_come_back_exactly(tmp_path):
    shown = entry()
    write_page([shown], tmp_path / "page.html")
    found, facts = read(tmp_path / "page.html")
    assert len(found) == 9
    for index in range(3):
        np.testing.assert_array_equal(found[0, index, "before"], shown.before[index])
        np.testing.assert_array_equal(found[0, index, "after"], shown.after[index])
    told = facts["entries"][0]
    assert told["window"] == [1000, 2000] and told["spacing"] == [0.5, 0.4]
    assert told["unit"] == "HU" and told["layers"]["after"]["whole"]


def test_planes_that_lie_transposed_in_memory_come_back_too(tmp_path):
    volume = tuple(np.asfortranarray(one) for one in volumes())
    write_page([entry(volume=volume)], tmp_path / "page.html")
    found, _ = read(tmp_path / "page.html")
    np.testing.assert_array_equal(found[0, 1, "before"], volume[0][1])


def test_other_values_come_back_within_half_a_step(tmp_path):
    random = np.random.default_rng(1)
    before = random.normal(0, 1e-3, (2, 4, 4))
    after = random.normal(0, 1e-3, (2, 12, 12)).astype("float32")
    guess = np.abs(after)
    shown = entry(window=(0.0, 4e-3), volume=(before, after, guess))
    write_page([shown], tmp_path / "page.html")
    found, facts = read(tmp_path / "page.html")
    for name, steps in (("before", 2**16), ("after", 2**12)):
        scale = facts["entries"][0]["layers"][name]
        assert scale["step"] == pytest.approx(4e-3 / steps) and not scale["whole"]
        for index in range(2):
            wrong = np.abs(found[0, index, name] - getattr(shown, name)[index]).max()
            assert wrong <= scale["step"] * 0.501
    scale = facts["entries"][0]["layers"]["guess"]
    assert scale["width"] == pytest.approx(np.quantile(guess[:, ::3, ::3], 0.995))
    assert np.abs(found[0, 1, "guess"] - guess[1]).max() <= scale["step"] * 0.501


def test_whole_values_in_a_wide_window_stay_whole(tmp_path):
    shown = entry(window=(20000.0, 40000.0))
    write_page([shown], tmp_path / "page.html")
    found, facts = read(tmp_path / "page.html")
    assert facts["entries"][0]["layers"]["after"]["step"] == 9
    assert np.abs(found[0, 0, "after"] - shown.after[0]).max() == 4
    np.testing.assert_array_equal(found[0, 0, "before"], shown.before[0])


def test_one_hot_pixel_costs_the_others_nothing(tmp_path):
    before, after, guess = (volume.astype("float64") for volume in volumes())
    after = after / 1000
    after[1, 2, 3] = 1e6
    write_page([entry(window=(0.0, 4.0), volume=(before, after, guess))], tmp_path / "page.html")
    found, _ = read(tmp_path / "page.html")
    assert np.abs(found[0, 1, "after"] - after[1]).max() < 6e-4


def test_what_is_no_number_and_what_is_constant(tmp_path):
    before = np.full((1, 2, 2), 3000.0)
    after = np.full((1, 6, 6), 3000.0)
    after[0, 0, :2] = np.nan, np.inf
    write_page([entry(volume=(before, after, np.zeros_like(after)))], tmp_path / "page.html")
    found, _ = read(tmp_path / "page.html")
    assert np.isnan(found[0, 0, "after"]).sum() == 2
    assert np.nanmin(found[0, 0, "after"]) == np.nanmax(found[0, 0, "after"]) == 3000
    assert (found[0, 0, "before"] == 3000).all() and (found[0, 0, "guess"] == 0).all()

    nothing = np.full((1, 6, 6), np.nan)
    write_page([entry(volume=(before, nothing, None))], tmp_path / "page.html")
    assert np.isnan(read(tmp_path / "page.html")[0][0, 0, "after"]).all()


def test_the_slice_that_is_shown_first_stands_first(tmp_path):
    write_page([entry(volume=volumes(slices=5))], tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    order = [int(index) for _, index, name, _ in BLOCK.findall(text) if name == "after"]
    assert order[0] == 2 and sorted(order) == [0, 1, 2, 3, 4] and set(order[1:3]) == {1, 3}


def test_titles_and_notes_are_text_and_nothing_else(tmp_path):
    bad = "</script><script>alert('1')</script> & \"quoted\" $title <!-- slices -->"
    write_page([entry(title=bad, notes=(bad,))], tmp_path / "page.html", title=bad)
    plain = tmp_path / "plain.html"
    write_page([entry(title="a", notes=("b",))], plain, title="c")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.count("<script") == plain.read_text("utf-8").count("<script")
    assert "alert('1')" not in text.replace(r"alert('1')\u003c", "")
    assert f"<title>{html.escape(bad)}</title>" in text
    told = facts_of(text)
    assert told["title"] == told["entries"][0]["title"] == told["entries"][0]["notes"][0] == bad


def test_nothing_in_the_page_leads_out_of_it(tmp_path):
    write_page([entry()], tmp_path / "page.html")
    text = BLOCK.sub("", (tmp_path / "page.html").read_text("utf-8"))
    assert "http:" not in text and "https:" not in text and "//cdn" not in text
    assert not re.search(r"\b(src|href)=\"(?!data:)", text)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|import\(|@import|url\(", text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith(
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'"
    )
    assert "Not a medical device" in text


def test_no_half_file(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("older")
    real, calls = viewer.packed, []

    def failing(plane, its_scale):
        calls.append(1)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(plane, its_scale)

    monkeypatch.setattr(viewer, "packed", failing)
    with pytest.raises(UserError, match="page.html: cannot be written .No space left"):
        write_page([entry()], path)
    assert path.read_text() == "older" and list(tmp_path.iterdir()) == [path]

    monkeypatch.setattr(viewer, "packed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_page([entry()], tmp_path / "new.html")
    assert list(tmp_path.iterdir()) == [path]


def test_an_entry_that_fails_leaves_the_others_whole(tmp_path, monkeypatch):
    page, real = viewer.Page(tmp_path / "page.html"), viewer.packed
    page.add(entry("one"))
    monkeypatch.setattr(viewer, "packed", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        page.add(entry("lost"))
    monkeypatch.setattr(viewer, "packed", real)
    page.add(entry("two", volume=volumes(seed=4)))
    page.write()
    found, facts = read(tmp_path / "page.html")
    assert [told["title"] for told in facts["entries"]] == ["one", "two"]
    np.testing.assert_array_equal(found[1, 0, "after"], volumes(seed=4)[1][0])


def test_slices_packed_in_strips_are_the_same(monkeypatch):
    after = volumes()[1]
    its_scale = viewer.scale(after, 2000.0, viewer.AFTER_STEPS)
    whole = viewer.packed(after[0], its_scale)
    monkeypatch.setattr(viewer, "ROWS_AT_ONCE", 50)
    assert viewer.packed(after[0], its_scale) == whole
    assert viewer.scale(after, 2000.0, viewer.AFTER_STEPS) == its_scale


def test_a_scan_is_shown_in_its_units_with_its_spacing(tmp_path):
    planes = np.arange(2 * 4 * 5).reshape(2, 4, 5).astype(np.int16)
    page = viewer.Page(tmp_path / "page.html")
    assert showing.show(page, "a", enlarged(planes, spacing=(0.5, 0.25))) == ()
    page.write()
    found, facts = read(tmp_path / "page.html")
    np.testing.assert_array_equal(found[0, 1, "before"], 2 * planes[1] - 10)
    np.testing.assert_array_equal(found[0, 0, "after"][::3, 1::3], 2 * planes[0] - 10)
    assert (found[0, 1, "guess"] == 4).all() and (found[0, 1, "ranges"] == 10).all()
    assert facts["entries"][0]["spacing"] == [0.5, 0.25]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_page_shows_a_scan_that_lies_in_its_file_upright(orientation, tmp_path):
    planes = np.arange(2 * 4 * 5).reshape(2, 4, 5).astype(np.int16)
    page = viewer.Page(tmp_path / "page.html")
    larger = enlarged(planes, orientation=orientation, spacing=(0.5, 0.25))
    marked = larger.guesses.copy()
    marked[:, :6, :3] = 0
    assert showing.show(page, "a", dataclasses.replace(larger, guesses=marked)) == ()
    page.write()
    found, facts = read(tmp_path / "page.html")
    wanted = turning.upright(2 * planes[1] - 10, orientation)
    np.testing.assert_array_equal(found[0, 1, "before"], wanted)
    np.testing.assert_array_equal(found[0, 1, "after"][1::3, 1::3], wanted)
    np.testing.assert_array_equal(found[0, 1, "guess"], turning.upright(2 * marked[1], orientation))
    spacing = [0.25, 0.5] if orientation > 4 else [0.5, 0.25]
    assert facts["entries"][0]["spacing"] == spacing


def test_a_lying_scan_is_cut_as_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(showing, "MOST_SLICE", 9 * 8)
    page = viewer.Page(tmp_path / "page.html")
    planes = np.arange(4 * 8).reshape(1, 4, 8).astype(np.int16)
    larger = enlarged(planes, orientation=6)
    assert showing.show(page, "a", larger) == ("the page shows the middle 2x4 pixels",)
    assert (page.entries[0]["rows"], page.entries[0]["columns"]) == (4, 2)


@pytest.mark.parametrize("channels, told", [(1, False), (2, True), (3, True)])
def test_a_page_says_that_of_colours_it_shows_luminance_only(channels, told, tmp_path):
    planes = np.zeros((1, 4, 5), np.uint8)
    page = viewer.Page(tmp_path / "page.html")
    notes = showing.show(page, "a", enlarged(planes, extras=np.zeros((1, 4, 5, channels))))
    said = "the page shows luminance only, no colours"
    assert (said in notes) is (said in page.entries[0]["notes"]) is told


def test_a_slice_that_no_browser_draws_is_cut_to_its_middle(tmp_path, monkeypatch):
    monkeypatch.setattr(showing, "MOST_SLICE", 9 * 8)
    planes = np.arange(4 * 8).reshape(1, 4, 8).astype(np.int16)
    page = viewer.Page(tmp_path / "page.html")
    [note] = showing.show(page, "a", enlarged(planes))
    assert note == "the page shows the middle 4x2 pixels"
    page.write()
    found, facts = read(tmp_path / "page.html")
    np.testing.assert_array_equal(found[0, 0, "before"], 2 * planes[0, 1:3, 2:6] - 10)
    assert found[0, 0, "after"].shape == (6, 12) and note in facts["entries"][0]["notes"]
    assert found[0, 0, "after"][0, 0] == found[0, 0, "before"][0, 0]
    monkeypatch.setattr(showing, "LONGEST", 3)
    assert [part.stop - part.start for part in showing.middle(1, 100)] == [1, 3]


def test_what_the_page_has_no_room_for_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(viewer, "MOST_PIXELS", 10)
    page = viewer.Page(tmp_path / "page.html")
    [note] = showing.show(page, "a", enlarged(np.zeros((1, 2, 2), np.uint8)))
    assert note.startswith("left off the page") and not page.entries


def test_values_that_span_more_than_a_float_are_left_off_and_the_others_shown(tmp_path):
    page = viewer.Page(tmp_path / "page.html")
    assert showing.show(page, "a", enlarged(np.arange(16, dtype=np.uint8).reshape(1, 4, 4))) == ()
    huge = np.where(np.arange(16) % 2, -1.7e308, 1.7e308).reshape(1, 4, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        [note] = showing.show(page, "b", enlarged(huge))
    assert note == "left off the page: its values span more than a page can show."
    page.write()
    assert [one["title"] for one in facts_of(page.path.read_text("utf-8"))["entries"]] == ["a"]


def test_a_folder_that_cannot_be_made_names_the_file(tmp_path):
    (tmp_path / "gone").write_text("a file")
    with pytest.raises(UserError, match="gone.*page.html: cannot be written"):
        write_page([entry()], tmp_path / "gone" / "page.html")


def test_what_a_page_refuses(tmp_path, monkeypatch):
    before, after, guess = volumes()
    path = tmp_path / "page.html"
    for wrong in (
        entry(volume=(before, after[:, :-1], guess)),
        entry(volume=(before, after, guess[:1])),
        entry(ranges=guess[1:]),
        entry(window=(0.0, 0.0)),
        entry(volume=(before[:0], after[:0], guess[:0])),
    ):
        with pytest.raises(ValueError, match="scan.png"):
            write_page([wrong], path)
    monkeypatch.setattr(viewer, "MOST_PIXELS", after.size)
    write_page([entry()], path)
    with pytest.raises(UserError, match="fewer files or slices"):
        write_page([entry(), entry()], path)


def test_a_mask_and_the_smallest_units_have_a_window():
    """Percentiles of a mask are all nought, and units may be as small as m²/s."""
    mask = np.zeros((2, 40, 40), np.float32)
    mask[0, 3, 4] = 1.0
    assert showing.shown_range(mask) == (0.0, 1.0)
    assert showing.shown_range(np.full((1, 4, 4), 7.0)) == (6.5, 7.5)
    low, high = showing.shown_range(np.linspace(0, 3e-9, 1600).reshape(1, 40, 40))
    assert 0.0 < low < 1e-10 and 2.9e-9 < high < 3e-9
