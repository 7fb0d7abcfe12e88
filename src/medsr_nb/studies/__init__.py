"""What was recorded, and what it proves.

Begin with ``results.py``: what a recorded run holds. ``recording.py`` makes one. ``entries.py``
lists the rows of the studies, ``budget.py`` trains them, with ``measures.py`` for what is measured
and ``mixing.py`` for means of weights. ``study.py`` reads them, ``cells.py`` is for notebook 04.

``claims.py`` says what would decide each claim of the paper, ``statements.py`` what else it says;
``evidence.py`` judges both, ``verdict_tables.py`` shows the verdicts, and ``deciding.py`` has the
commands of the runs that decide. ``aims.py`` compares our own network with what it was to reach.
``pages.py`` writes the tables of README, model card and ``docs/``.

Each study of one question is a command of its own, ``python -m medsr_nb.studies.NAME``:

* ``collapse``: why images go black (the changes that are tried: ``suspects.py``).
* ``paper_size``: the paper's network at its own size.
* ``balance``: which of the two networks is stronger.
* ``class_labels``: what the class is worth to the baseline.
* ``published_scores``: other people's networks on the test images.
* ``on_scanners``: all systems on images that scanners took.
* ``by_class``: our networks on each class of the test images.

Three that enlarge scans are ``python -m medsr_nb.upscaling.NAME``.
* ``operations``: what trainings and networks cost, counted.
* ``colours``: whether Kaggle's images hold colour.
* ``audit``: what Kaggle's images hold and how much of their test part leaks (``leakage.py``).
* ``classifier_training``: the label classifiers, trained and measured.
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
