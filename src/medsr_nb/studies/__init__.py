"""What was recorded, and what it proves.

Begin with ``results.py``: what a recorded run holds. ``entries.py`` lists the rows of the studies,
``budget.py`` trains them, ``study.py`` reads them. ``claims.py`` judges the paper by
``evidence.py``; ``collapse.py`` asks why images go black, ``paper_size.py`` trains the paper's own
network at its own size, ``published_scores.py`` runs other people's. ``pages.py`` writes the tables
of README and ``docs/``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["budget", "claims", "collapse", "suspects"],
    submod_attrs={
        "claims": ["CLAIMS"],
        "entries": ["SHIPPED", "STUDIES", "SYSTEMS", "recipe_of"],
        "evidence": ["found", "reasons", "verdict_table", "verdicts"],
        "recording": ["compared", "record"],
        "results": (
            "beside data_note hardware origin recorded result troubled_epochs write"
        ).split(),
        "study": (
            "costs qualities recorded_network ship study_origin study_table undecided"
        ).split(),
    },
)
