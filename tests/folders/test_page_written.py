"""The page of a folder: what it shows, when it is made anew, and what it has no room for."""

import re

import pytest
from upscale_command import names, picture, series, upscale

from medsr_nb.folders import viewer
from medsr_nb.machine import UserError
from medsr_nb.upscaling import enlarging


def test_a_page_shows_all_scans_and_is_not_written_over(tmp_path, capsys, calibrated):
    first, second = picture(tmp_path / "one.png"), picture(tmp_path / "two.png")
    page, out = tmp_path / "page.html", tmp_path / "out"
    assert upscale(first, second, "--out", out, "--page", page) == 0
    text = page.read_text()
    assert "one.png" in text and "two.png" in text
    assert sorted(file.name for file in out.iterdir()) == ["one_x3.png", "two_x3.png"]
    assert upscale(first, "--out", out, "--page", page) == 2
    assert "is there already" in capsys.readouterr().err
    assert page.read_text() == text
    assert upscale(first, "--out", out, "--page", page, "--overwrite") == 0
    assert "two.png" not in page.read_text()
    assert upscale(first, "--out", tmp_path / "new", "--page", tmp_path / "none" / "a.html") == 2
    assert "there is no folder" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert upscale(first, "--out", out, "--page", first, "--overwrite") == 2
    assert "is an input" in capsys.readouterr().err


def test_a_page_may_lie_in_folders_that_the_run_makes(tmp_path, capsys, calibrated):
    study, out = series(tmp_path / "head"), tmp_path / "out"
    assert upscale(study, "--out", out, "--page", out / "head_x3" / "page.html") == 2
    assert "may be a result as well" in capsys.readouterr().err and not out.exists()
    assert upscale(study, "--out", out, "--page", out / "pages" / "page.html") == 0
    assert (out / "pages" / "page.html").exists()


def test_the_same_command_makes_its_page_anew(tmp_path, capsys, calibrated):
    folder, out, page = tmp_path / "in", tmp_path / "out", tmp_path / "page.html"
    picture(folder / "one.png")
    assert upscale(folder, "--out", out, "--page", page) == 0
    picture(folder / "two.png")
    assert upscale(folder, "--out", out, "--page", page) == 0
    text = page.read_text()
    assert "two.png" in text and str(tmp_path) not in text
    for other in ([folder / "one.png", "--out", out], [folder, "--out", tmp_path]):
        assert upscale(*other, "--page", page) == 2
        assert "is there already" in capsys.readouterr().err
    page.write_text("mine")
    assert upscale(folder, "--out", out, "--page", page) == 2 and page.read_text() == "mine"


@pytest.mark.parametrize("out", [".", "out"])
def test_a_star_names_the_page_and_the_results_too_and_its_page_is_made_anew(
    out, tmp_path, capsys, calibrated
):
    folder = tmp_path / "scans"
    folder.mkdir()
    picture(folder / "one.png")
    picture(folder / "two.png")

    def starred():
        return upscale(*sorted(folder.iterdir()), "--out", folder / out, "--page", page)

    page = folder / "page.html"
    assert starred() == 0 and page.exists()
    page.write_text(page.read_text().replace("one.png", "gone"))
    assert starred() == 0 and "one.png" in page.read_text()
    assert "there already" in capsys.readouterr().out
    assert not list(folder.rglob("*_x3_x3*"))
    (folder / "two.png").unlink()  # another command than before: its page is not this one's
    assert starred() == 2 and "is there already" in capsys.readouterr().err
    assert upscale(page, "--out", folder, "--page", page) == 2
    assert "is an input" in capsys.readouterr().err


@pytest.mark.parametrize("out", [".", "res/today"])
def test_a_star_names_folders_of_results_and_other_pages_too(out, tmp_path, capsys, calibrated):
    folder = tmp_path / "scans"
    series(folder / "head")

    def starred(page):
        words = sorted(folder.iterdir())
        return upscale(*words, "--out", folder / out, "--page", folder / page)

    assert [starred("a.html"), starred("a.html"), starred("b.html")] == [0, 0, 0]
    assert "left out: 2 results of an earlier run." in capsys.readouterr().err
    assert not list(folder.rglob("*_x3_x3*"))


def test_a_page_replaces_pages_alone(tmp_path, capsys, calibrated):
    scan, other = picture(tmp_path / "one.png"), picture(tmp_path / "two.png")
    before = other.read_bytes()
    assert upscale(scan, "--out", tmp_path, "--page", other, "--overwrite") == 2
    assert "is no page of medsr upscale" in capsys.readouterr().err
    assert other.read_bytes() == before
    assert upscale(scan, "--out", tmp_path, "--page", tmp_path) == 2
    assert "is a folder; name a file" in capsys.readouterr().err


def test_scans_of_one_name_have_their_places_as_titles_of_a_page(tmp_path, calibrated):
    folder, page = tmp_path / "in", tmp_path / "page.html"
    for name in ("a/scan.png", "b/scan.png", "b/other.png"):
        picture(folder / name)
    series(folder / "c"), series(folder / "c", uid="4.5", letter="b")
    assert upscale(folder, "--out", tmp_path / "out", "--page", page) == 0
    titles = re.findall(r'"title": "([^"]*)", "slices"', page.read_text())
    assert titles == ["a/scan.png", "other.png", "b/scan.png", "c_1", "c_2"]


def test_a_page_that_cannot_be_written_is_told_and_no_success(
    tmp_path, capsys, calibrated, monkeypatch
):
    def full(*_):
        raise UserError("page.html: cannot be written (No space left on device).")

    monkeypatch.setattr(viewer.Page, "add", full)
    page, out = tmp_path / "page.html", tmp_path / "out"
    assert upscale(picture(tmp_path / "one.png"), "--out", out, "--page", page) == 1
    said = capsys.readouterr()
    assert "left off the page: page.html" in said.out and "was not made" in said.err
    assert names(out) == ["one_x3.png"] and not page.exists()


def test_a_scan_that_a_page_has_no_room_for_is_told_before_the_work(
    tmp_path, capsys, calibrated, monkeypatch
):
    monkeypatch.setattr(viewer, "MOST_PIXELS", 27 * 36)
    first, second = picture(tmp_path / "one.png"), picture(tmp_path / "two.png", seed=2)
    done = []

    def enlarged(source, settings, guesses, *rest):
        done.append((guesses, capsys.readouterr().err))
        return real(source, settings, guesses, *rest)

    real = enlarging.enlarged_scan
    monkeypatch.setattr(enlarging, "enlarged_scan", enlarged)
    page, out = tmp_path / "page.html", tmp_path / "out"
    assert upscale(first, second, "--out", out, "--page", page) == 0
    (guessed, _), (not_guessed, told) = done
    assert guessed and not not_guessed and f"{second}: left off the page: A page of" in told
    assert names(out) == ["one_x3.png", "two_x3.png"] and "two.png" not in page.read_text()
    done.clear()
    assert upscale(first, second, "--out", out, "--page", page) == 0
    assert len(done) == 1 and f"{second}: {out / 'two_x3.png'} is there already" in (
        capsys.readouterr().out
    )


def test_the_help_of_a_page_says_that_it_holds_names(capsys):
    with pytest.raises(SystemExit):
        upscale("--help")
    assert "may be a patient's" in " ".join(capsys.readouterr().out.split())
