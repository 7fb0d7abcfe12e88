"""The machine below: files, memory, precision and devices; and tables as text.

Nothing in this room knows of images. Begin with ``paths.py``: where results, runs and downloads
lie, and ``UserError``, the error that a user can mend.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["stopping"],
    submod_attrs={
        "arguments": "count count_or_auto duration named only_word place".split(),
        "bars": ["bar", "in_a_cell", "watched_cell"],
        "commands": ["exit_status"],
        "devices": "chief device_count gathered machine_count replicas spread".split(),
        "files": "check_result claim note_names synced whole write_text".split(),
        "flops": ["counts_all", "forward_flops", "step_bytes", "step_flops"],
        "memory": (
            "available_memory fits_in_memory give_back held_most peak_memory process_peak".split()
        ),
        "paths": (
            "PACKAGE UserError cache_dir checkout_dir mount_drive results_dir runs_dir with_home"
        ).split(),
        "precision": ["chosen_policy", "policy"],
        "quiet": ["as_traced", "bring_up", "lean", "muted", "silent"],
        "tables": ["markdown_table"],
        "unfinished": ["clear", "part_of", "remove"],
        "weights": ["load_weights", "save_weights"],
    },
)
