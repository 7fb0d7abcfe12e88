"""What a campaign of tests writes into ``results/``: its counts, and where they come from."""

import datetime
import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def campaign_origin(file, *arguments):
    """The command, the commit that is tested and the day; to be asked before it begins."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
    place = Path(file).resolve().relative_to(ROOT).as_posix()
    return {
        "command": " ".join(["python", place, *map(str, arguments)]),
        "commit": commit.stdout.strip(),
        "date": datetime.date.today().isoformat(),
    }


def record(path, origin, counts):
    """Writes one campaign as JSON: origin, machine and counts."""
    from medsr_nb.studies import hardware

    found = origin | {"hardware": hardware()} | counts
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def carried_out(campaign, file, count, out=None):
    """Runs ``campaign(count)`` and prints its counts; the exit status, 1 where something failed.

    ``file`` is the script, ``out`` (a Path) a file that records the counts.
    """
    origin, counts = campaign_origin(file, count), campaign(count)
    print(json.dumps(counts))
    if out:
        record(out, origin, counts)
    return int(bool(counts["failed"]))
