"""Verdicts as a reader sees them: tables, reasons, and the rows of a figure."""

import math

from ..machine import markdown_table
from ..scoring import share_text
from .evidence import PARTLY

ANYWHERE = (-math.inf, math.inf)

FORMS = {"dB": "{:+.2f}", "%": "{:.0%}", "s": "{:,.0f}", "of 255": "{:+.1f}", "times": "{:.1f}"}


def number_text(value, unit):
    """One number with its unit: +0.50 dB, 95%."""
    if unit == "%":
        return share_text(value)
    return f"{FORMS.get(unit, '{:.3g}').format(value)} {unit}".rstrip()


def text(row):
    """A number of ``found`` as a reader wants it: with its interval, sign and unit."""
    if row["value"] is None:
        return "not recorded yet"
    mean, *interval = row["value"]
    if not interval:
        return number_text(mean, row["unit"])
    form = FORMS.get(row["unit"], "{:.3g}").format
    ends = ", ".join(form(one) for one in interval)
    unit = "" if row["unit"] == "%" else f" {row['unit']}"
    return f"{form(mean)} [{ends}]{unit}".rstrip()


def carrying(one):
    """The numbers of a judged claim that its row shows: the first that is recorded.

    Where a claim holds in part, that number alone would say that it holds, or that it does not. So
    the next one in the same unit stands beside it.
    """
    recorded = [row for row in one["evidence"] if row["value"]]
    alike = [row for row in recorded if row["unit"] == recorded[0]["unit"]]
    return alike[: 2 if one["verdict"] == PARTLY else 1]


def verdict_table(judged_claims):
    """The verdicts as a Markdown table, each with the numbers of ``carrying``."""
    rows = []
    for one in judged_claims:
        found = carrying(one)
        numbers = "; ".join(f"{row['what']}: {text(row)}" for row in found) or "no run yet"
        files = dict.fromkeys(file for row in found for file in row["file"].split(" + "))
        names = ", ".join(f"`{file}`" for file in files)
        rows.append((one["number"], one["claim"], one["verdict"], numbers, names))
    head = ("", "the paper's claim", "verdict", "number, 95 % interval", "from")
    return markdown_table(head, rows)


def bounds_text(evidence, bounds):
    """In words, within which bounds a number lies."""
    low, high = (number_text(one, evidence.unit) for one in bounds)
    if math.isinf(bounds[0]):
        return f"{evidence.what}: at most {high}"
    if math.isinf(bounds[1]):
        return f"{evidence.what}: at least {low}"
    return f"{evidence.what}: from {low} to {high}"


def threshold_table(claims):
    """The rules of all claims as a Markdown table: the first one met gives the verdict."""
    rows = []
    for number, claim in enumerate(claims, start=1):
        for rule in claim.rules:
            where = [
                bounds_text(claim.evidence[name], bounds) for name, bounds in rule.bounds.items()
            ]
            names = dict.fromkeys(claim.evidence[name].runs for name in rule.bounds)
            files = [f"`{name}`" for each in names for name in each.split()]
            rows.append((number, rule.verdict, "; ".join(where) or "otherwise", ", ".join(files)))
    return markdown_table(("", "verdict", "where", "measured in"), rows)


def reasons(judged_claims):
    """The verdicts as Markdown paragraphs: why, and every number with its file."""
    parts = []
    for one in judged_claims:
        parts.append(
            f'**{one["number"]}. "{one["claim"]}"** (section {one["section"]}): '
            f"**{one['verdict']}.** {one['why']} {one['note']}".rstrip()
            + "\n"
        )
        for row in one["evidence"]:
            where = f" (`{row['file']}`)" if row["value"] else ""
            parts.append(f"* {row['what']}: {text(row)}{where}")
        parts.append("")
    return "\n".join(parts)


def figure_rows(judged_claims, claims):
    """What ``figures.verdicts`` draws: a heading for each claim, and its recorded numbers.

    A row is (label, mean, low, high, bounds, unit, verdict); the bounds are those of the rule that
    gave the verdict.
    """
    rows = []
    for one, claim in zip(judged_claims, claims, strict=True):
        heading = f"{one['number']} {one['claim']}"
        rows.append((heading, None, None, None, ANYWHERE, "", one["verdict"]))
        rule = next((rule for rule in claim.rules if rule.why == one["why"]), None)
        for name, row in zip(claim.evidence, one["evidence"], strict=True):
            if row["value"] is not None:
                mean, low, high = row["value"] if len(row["value"]) == 3 else row["value"] * 3
                bounds = rule.bounds.get(name, ANYWHERE) if rule else ANYWHERE
                rows.append((row["what"], mean, low, high, bounds, row["unit"], one["verdict"]))
    return rows
