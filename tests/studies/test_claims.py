"""The verdicts: recorded, in the README, standing on files that exist, and none without a rule."""

from pathlib import Path

import pytest

from medsr_nb.studies import claims, deciding, evidence, results, statements, verdict_tables

ROOT = Path(__file__).parents[2]
VERDICTS = {"holds", "partly", "refuted", "open"}
ALL = {
    "claims": (claims.CLAIMS,),
    "statements": (statements.STATEMENTS, statements.MARKS),
}


@pytest.mark.parametrize("name", ALL)
def test_the_recorded_verdicts_are_what_the_results_say(name):
    judged = evidence.verdicts(*ALL[name])
    assert judged == results.recorded(name), f"python -m medsr_nb.studies.{name} writes them"
    assert {one["verdict"] for one in judged} <= VERDICTS
    for one in judged:
        assert one["why"] and one["evidence"]
        for number in one["evidence"]:
            if number["value"] is not None:
                for file in number["file"].split(" + "):
                    assert (ROOT / file).exists()
                assert number["data"] and number["hardware"]


def test_there_are_thirteen_and_the_readme_has_them():
    assert len(claims.CLAIMS) == 13
    table = verdict_tables.verdict_table(results.recorded("claims"))
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_number_has_a_name_that_fits_beside_its_scale():
    """In the figure of notebook 08."""
    names = [one.what for claim in claims.CLAIMS for one in claim.evidence.values()]
    assert [name for name in names if len(name) > 70] == []


@pytest.mark.parametrize("claim", [*claims.CLAIMS, *statements.STATEMENTS], ids=lambda c: c.text)
def test_every_outcome_has_a_verdict(claim):
    """The last rule asks for nothing, so that no numbers leave a claim without verdict."""
    assert claim.rules[-1].bounds == {}
    for rule in claim.rules:
        assert rule.verdict in VERDICTS and rule.why
        assert set(rule.bounds) <= set(claim.evidence)
        assert all(low < high for low, high in rule.bounds.values())
    assert len({rule.verdict for rule in claim.rules}) > 1


def test_no_claim_is_open_and_every_long_run_is_recorded():
    for name in ALL:
        assert "open" not in {one["verdict"] for one in results.recorded(name)}
    assert deciding.missing() == {}


def test_no_verdict_rests_on_a_figure_that_was_given():
    for name in ALL:
        for one in results.recorded(name):
            for number in one["evidence"]:
                assert "given" not in str(number.get("hardware"))


@pytest.mark.parametrize(("sharp", "exact", "verdict"), [
    (-1.0, 2.0, "partly"), (-1.0, -2.0, "holds"), (1.0, 2.0, "refuted"),
])  # fmt: skip
def test_claim_10_tells_exact_networks_from_sharp_ones(monkeypatch, sharp, exact, verdict):
    gains = {"Real-ESRGAN x4 -> x3": sharp, "SPAN x4 -> x3": exact}
    rows = {name: {"psnr_gain": [gain, gain - 0.1, gain + 0.1]} for name, gain in gains.items()}
    run = {"hardware": "none", "scores": {"MRI": rows, "X-ray": rows}}
    monkeypatch.setattr(evidence, "recorded", lambda name: run)
    assert evidence.judged(10, claims.CLAIMS[9])["verdict"] == verdict


def test_the_contradictions_name_both_places():
    table = statements.contradictions_table()
    for place in ("2.2", "3.1", "1.1.1", "2.1"):
        assert f"section {place}" in table
