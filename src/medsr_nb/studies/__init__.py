"""What was recorded, and what it proves.

Begin with ``results.py``: what a recorded run holds. ``entries.py`` lists the rows of the studies,
``budget.py`` trains them, ``study.py`` reads them.

``claims.py`` says what would decide each claim of the paper, ``statements.py`` what else it says;
``evidence.py`` judges both, ``verdict_tables.py`` shows the verdicts, and ``deciding.py`` has the
commands of the runs that decide. ``aims.py`` compares our own network with what it was to
reach. Each study of one question is a command of its own: ``collapse.py`` (why images go black),
``paper_size.py`` (the paper's network at its own size), ``balance.py`` (which of the two networks
is stronger), ``published_scores.py`` (other people's networks), ``operations.py``, ``colours.py``.
``pages.py`` writes the tables of README and ``docs/``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["budget", "claims", "collapse", "suspects"],
    submod_attrs={
        "balance": ["balance_table"],
        "cells": ["systems_cell"],
        "claims": ["CLAIMS"],
        "measures": ["scores"],
        "entries": ["SHIPPED", "STUDIES", "SYSTEMS", "recipe_of"],
        "evidence": ["judged", "right_in_ten", "verdicts"],
        "on_scanners": ["system_table"],
        "statements": ["MARKS", "STATEMENTS", "contradictions_table"],
        "recording": ["compared", "record"],
        "paper_size": ["size_table"],
        "results": (
            "beside data_note hardware origin recorded result troubled_epochs write"
        ).split(),
        "study": (
            "costs qualities recorded_network ship study_origin study_table undecided"
        ).split(),
        "verdict_tables": "figure_rows reasons threshold_table verdict_table".split(),
    },
)
