"""Settings of older runs that are not as published."""

import dataclasses
import json

from medsr_nb import presets
from medsr_nb.studies import departures, entries


def kept(monkeypatch, folder, **records):
    """Lets ``departures`` see these records alone."""
    for name, record in records.items():
        (folder / f"{name}.json").write_text(json.dumps(record))
    monkeypatch.setattr(departures, "results_dir", lambda: folder)
    return departures.departures()


def test_rows_and_runs_with_older_settings_are_found_together(monkeypatch, tmp_path):
    baseline = presets.recipe("baseline").to_dict()
    before = {name: value for name, value in baseline.items() if name != "beta_1"}
    acgan = dataclasses.replace(entries.recipe_of("systems", "ACGAN"), beta_1=0.9).to_dict()
    swinir = entries.recipe_of("systems", "SwinIR").to_dict()
    found = kept(
        monkeypatch,
        tmp_path,
        digits={"recipe": before, "history": {}},
        systems={"study": "systems", "rows": {"ACGAN": {"recipe": acgan},
                                              "SwinIR": {"recipe": swinir}}},
    )  # fmt: skip
    assert found == {("Adam's beta 1", 0.9, 0.5): ["`digits.json`", "ACGAN of `systems.json`"]}


def test_runs_as_published_and_our_own_networks_are_not_named(monkeypatch, tmp_path):
    recipe = entries.recipe_of("faithful", "faithful").to_dict() | {"beta_1": 0.1}
    own = {"study": "faithful", "rows": {"faithful": {"recipe": recipe}}}
    run = {"recipe": presets.recipe("srgan").to_dict(), "history": {}}
    assert kept(monkeypatch, tmp_path, own=own, run=run, other={"rows": {}}) == {}


def test_each_setting_of_the_audit_is_told_of_the_records_that_have_it():
    """What the audit of the first records found, in ``results/``."""
    found = departures.departures()
    assert {words for words, *_ in found} == set(departures.SETTINGS.values())
    weight = departures.SETTINGS["pixel_weight"]
    assert found[weight, 0.01, 0.005] == ["ESRGAN of `systems.json`"]
    divisor = departures.SETTINGS["divisor"]
    assert found[divisor, "deviation", "largest"] == ["ResShift of `systems.json`"]
