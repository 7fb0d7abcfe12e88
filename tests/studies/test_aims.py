"""What was aimed at: judged by what the package has, and told with what else was tried."""

import json

import pytest

from medsr_nb.studies import aims


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A folder of records in place of ``results/``: (file, record) puts one there."""

    def put(file, record):
        (tmp_path / f"{file}.json").write_text(json.dumps(record))

    monkeypatch.setattr(
        aims, "recorded", lambda file: json.loads((tmp_path / f"{file}.json").read_text())
    )
    return put


def scores(mri, xray):
    return {"scores": {"MRI": {"it": {"psnr_gain": [mri]}}, "X-ray": {"it": {"psnr_gain": [xray]}}}}


def gain(file):
    return aims.Try(file, file, aims.scored("it", "psnr_gain"))


def test_an_aim_is_met_by_any_of_the_packages_and_by_no_other(records):
    records("one", scores(1.0, 3.0))
    records("two", scores(2.0, 1.0))
    records("other", scores(9.0, 9.0))
    both = (gain("one"), gain("two"))
    aim = aims.Aim("more", aims.least(2.0, 3.5), both, (gain("other"),))
    assert aim.met() == [True, False]
    between = aims.Aim("between", ((0.5, 1.5), (3.5, 4.0)), (gain("one"),))
    assert between.met() == [True, False]
    row = aims.aims_table([aim]).splitlines()[-1]
    assert row == (
        "| more | at least +2.00 / at least +3.50 | one +1.00 / +3.00; two +2.00 / +1.00 "
        "| yes / no | other +9.00 / +9.00 |"
    )
    assert "| +0.50 to +1.50 / +3.50 to +4.00 |" in aims.aims_table([between])


def test_numbers_are_taken_where_they_stand(records):
    figures = {"sharp": 2.0, "faithful": 8.0, "original": 4.0}
    gains = {"robust": [3.0, 2.0, 4.0], "faithful": [3.5, 3.0, 4.0]}
    record = {
        "distribution": {"MRI": {"labels": figures}},
        "scores": {"bicubic": {"MRI": {"gain": gains}}},
    }
    assert aims.share_of("labels", "sharp", "faithful")(record, "MRI") == 0.25
    several = {"tries": {"before": record}}
    share = aims.share_of("labels", "sharp", "original")
    assert aims.of_attempt("before", share)(several, "MRI") == share(record, "MRI") == 0.5
    assert aims.on_scanner("bicubic", "robust")(record, "MRI") == 3.0
    records("scanners", record)
    assert aims.on_scanner("bicubic", "robust", "faithful")(record, "MRI") == -0.5
    gains = {"it": [1.0, 0.0, 2.0], "it, told": [3.25, 3.0, 4.0], "other": [9.0, 9.0, 9.0]}
    training = {"scanners": {"bicubic": {"MRI": {"gain": gains}}}}
    assert aims.on_scanner("bicubic", "it", "faithful")(training, "MRI") == -0.25


def test_the_package_is_judged_as_its_networks_are_scored(records):
    scored = {"psnr_gain": [3.25, 3.0, 3.5], "perceptual": [0.3, 0.2, 0.4]}
    record = {"over bicubic": {"MRI": {"sharp": scored}}}
    assert aims.packaged("sharp", "psnr_gain")(record, "MRI") == 3.25
    start = {"MRI": {"faithful": {"perceptual": [0.25]}, "it": {"perceptual": [0.5]}}}
    records("faithful", {"scores": start})
    share = aims.perceptual_share(aims.packaged("sharp", "perceptual"))
    assert share(record, "MRI") == pytest.approx(1.2)
    share = aims.perceptual_share(aims.scored("it", "perceptual"))
    assert share({"scores": start}, "MRI") == 2.0


def test_ranges_keep_their_bounds_over_all_and_in_each_tenth():
    def case(cover, tenth):
        return {"MRI": {"cover": cover, "deciles": [0.9] * 9 + [tenth]}}

    cases = {"good": case(0.9, 0.86), "wide": case(0.93, 0.9), "tenth": case(0.9, 0.84)}
    assert aims.kept_bounds("it")({"cover": {"it": cases}}, "MRI") == pytest.approx(1 / 3)
    cases |= {"bicubic, not named": case(0.9, 0.9), "drawn scanners, not named": case(0.9, 0.9)}
    assert aims.kept_bounds("it")({"cover": {"it": cases}}, "MRI") == pytest.approx(3 / 5)
    told = aims.kept_bounds("it", alone=False)
    assert told({"cover": {"it": cases}}, "MRI") == pytest.approx(2 / 4)


def test_all_distances_between_sets_were_recorded_by_one_measure():
    """Over all pairs, originals are at no distance from themselves; in halves they were."""
    files = ("scanners", "sharp", "sharp_windows", "sharp_before")
    records = [aims.recorded(file) for file in files]
    records += [*records.pop()["tries"].values()]
    for record in records:
        for kind in record["distribution"].values():
            assert kind["labels"]["original"] == kind["texture"]["original"] == 0.0


def test_what_is_recorded_is_judged():
    """The aims that were set, against what stands in ``results/``."""
    met = {aim.what: aim.met() for aim in aims.AIMS}
    assert len(met) == len(aims.AIMS)
    record = aims.recorded("faithful")["scores"]["MRI"]["faithful"]["psnr_gain"][0]
    assert met["faithful: gain over bicubic, dB"][0] == (record >= 4.4)
