"""The commands of the long runs that decide about claims.

All are recorded. On a machine with an accelerator

    KERAS_BACKEND=jax python -m medsr_nb.studies.deciding --data FOLDER --work WORK

makes those whose file was removed from ``results/``, one after the other, and judges the claims
anew. A training that was stopped goes on.
"""

import argparse
import shlex
import subprocess
import sys

from ..machine import exit_status, named, results_dir

COMPARE = (
    "medsr compare results/{name}.json --study {study} --data FOLDER --train-images 1957 "
    "--test-images 200 {length} --work WORK"
)
EQUAL = (
    "medsr record baseline results/{name}.json --data FOLDER --subject {subject} "
    "--train-images 640 --test-images 200 --epochs 15 --batch-size 32"
)
SIZE = "python -m medsr_nb.studies.paper_size --width 32 --epochs 50 --data FOLDER --work WORK"
STUDY = "python -m medsr_nb.studies.{name} --data FOLDER --work WORK"

COMMANDS = {  # in this order
    "paper_size_w32_e50": SIZE,
    "paper_size_w32_e50_skip": f"{SIZE} --skip",
    "paper_size_w16_e100": SIZE.replace("--width 32 --epochs 50", "--width 16 --epochs 100"),
    "bench_paper": "medsr bench --networks srgan iteration1 prototype --preset paper --rounds 3 "
    "--out results/bench_paper.json",
    "collapse_long": STUDY.format(name="collapse --long"),
    "collapse_paper": STUDY.format(name="collapse --paper"),
    "collapse_faster": STUDY.format(name="collapse --faster"),
    # As many passes as SRResNet had in results/systems.json.
    "augmentation_long": COMPARE.format(
        name="augmentation_long", study="augmentation", length="--epochs 33"
    ),
    "augmentation_prototype": COMPARE.format(
        name="augmentation_prototype", study="augmentation-prototype", length="--epochs 33"
    ),
    "balance": STUDY.format(name="balance"),
    "baseline_mnist_equal": EQUAL.format(name="baseline_mnist_equal", subject="digits"),
    "baseline_fashion_equal": EQUAL.format(name="baseline_fashion_equal", subject="fashion"),
    # As many passes for three networks, with one learning rate and with the other.
    "rates": COMPARE.format(name="rates", study="rates", length="--epochs 33"),
    # As many steps as the run on all images had in results/medsr.json.
    "medsr_1957_long": COMPARE.format(
        name="medsr_1957_long", study="medsr", length="--epochs 78 --rows faithful"
    ),
    "paper_size_w64_e50": SIZE.replace("--width 32", "--width 64"),
}
AFTERWARDS = ("claims", "statements", "pages")


def runnable(command, data, work):
    """A command as the words that this interpreter runs, with the reader's folders."""
    program, *words = shlex.split(command)
    module = ["-m", "medsr_nb.cli"] if program == "medsr" else []
    places = {"FOLDER": data, "WORK": work}
    return [sys.executable, *module, *(places.get(word, word) for word in words)]


def missing():
    """{run: command} of those that are not recorded."""
    found = {path.stem for path in results_dir().glob("*.json")}
    return {name: command for name, command in COMMANDS.items() if name not in found}


def main():
    """Makes every missing run, then judges; the status of the first that fails."""
    parser = argparse.ArgumentParser(description="Make the deciding runs that results/ lacks.")
    parser.add_argument(
        "--data", type=named, required=True, help="a folder with Kaggle's sets and MNIST"
    )
    parser.add_argument(
        "--work", type=named, required=True, help="a folder for what is not finished"
    )
    asked = parser.parse_args()
    commands = missing() | {name: f"python -m medsr_nb.studies.{name}" for name in AFTERWARDS}
    for name, command in commands.items():
        print(f"== {name}", flush=True)
        words = runnable(command, asked.data, asked.work)
        if status := subprocess.run(words, check=False).returncode:
            print(f"{name} did not finish; the same command goes on.", file=sys.stderr)
            return status
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main))
