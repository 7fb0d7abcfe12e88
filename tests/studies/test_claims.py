"""The thirteen verdicts: recorded, in the README, and standing on files that exist."""

from pathlib import Path

from medsr_nb.studies import claims, evidence, results

ROOT = Path(__file__).parents[2]


def test_the_recorded_verdicts_are_what_the_results_say():
    judged = evidence.verdicts(claims.CLAIMS)
    assert judged == results.recorded("claims"), "python -m medsr_nb.studies.claims writes them"
    assert len(judged) == 13 and {one["verdict"] for one in judged} <= set(evidence.VERDICTS)
    for one in judged:
        assert one["why"] and one["evidence"]
        for number in one["evidence"]:
            assert (ROOT / number["file"]).exists() and number["data"] and number["hardware"]


def test_the_readme_has_them():
    table = evidence.verdict_table(results.recorded("claims"))
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")
