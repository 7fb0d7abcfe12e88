"""``medsr bench``: how fast each network trains and enlarges here, as a table and as JSON.

A network's variants (precisions, and PyTorch if asked for) stand ready in processes of their own
and take turns, with the machine's matrix product among them, so that a machine that slows down
slows all of them; every figure is the median of the rounds. Networks that are asked for by name
are to be compared, and take turns with each other as well. All networks at once would need more
memory than most machines have; they are measured one after the other.
"""

import contextlib
import datetime
import importlib.util
import multiprocessing
from statistics import median

import psutil

from .. import studies
from ..machine import UserError, chosen_policy
from .page import page_row
from .scans import scan_rows
from .worker import NETWORKS, MatrixWorker, NetworkWorker, answer

SCANS = "scans"  # beside the networks: the command ``medsr upscale``
PAGE = "page"  # and its page, which needs a browser
MATRIX_SIZE = 2048
PAPER_IMAGES = 1957  # an epoch of the paper
KINDS = ("pixel", "adversarial")


class Process:
    """A worker in a process of its own; ``facts`` is what it says of itself."""

    def __init__(self, worker, *arguments):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=answer, args=(other, worker, *arguments))
        self.process.start()
        other.close()
        self.facts = self.heard()

    def ask(self, *question):
        """The answer to (method, arguments); raises what the worker raised."""
        self.connection.send(question)
        return self.heard()

    def heard(self):
        try:
            heard = self.connection.recv()
        except EOFError:
            raise UserError(
                "a benchmark process was killed, most likely for lack of memory: "
                "lower --batch, or leave out the widest --networks."
            ) from None
        if isinstance(heard, Exception):
            raise heard
        return heard

    def close(self):
        """Lets the worker go."""
        with contextlib.suppress(OSError):
            self.connection.send(None)
        self.process.join(10)
        self.process.kill()


@contextlib.contextmanager
def processes(*wanted):
    """Started workers, (worker, arguments) each; they end with the block."""
    started = []
    try:
        for worker, *arguments in wanted:
            started.append(Process(worker, *arguments))
        yield started
    finally:
        for process in started:
            process.close()


def torch_worker():
    """The worker that measures PyTorch; raises UserError where there is none."""
    if importlib.util.find_spec("torch") is None:
        raise UserError("--torch needs PyTorch, which is not installed: pip install torch.")
    from .torch_worker import TorchWorker

    return TorchWorker


def bench(networks, preset, precisions, batch_size=16, rounds=5, seconds=2.0, torch=False):
    """All rows of the benchmark as plain JSON values, with the machine and the settings.

    ``networks`` are names that take turns, None for all in a row, SCANS among them but not PAGE;
    ``seconds`` is how long each measurement of a network runs in each of the ``rounds``. Prints
    rows when ready. Raises UserError for an unknown name, if PyTorch or a browser is wanted and
    missing, or if a process is killed.
    """
    rows, load = [], psutil.getloadavg()[0]  # what else the machine does meanwhile
    for each in precisions:
        chosen_policy(each)  # complains before anything starts
    known = (*NETWORKS, SCANS, PAGE)
    if unknown := set(networks or ()) - set(known):
        raise UserError(f"no network {min(unknown)!r}: choose of {', '.join(known)}.")
    wanted_names = networks or (*NETWORKS, SCANS)
    page = page_row(rounds) if PAGE in wanted_names else None
    scans = scan_rows() if SCANS in wanted_names else []
    print(table(rows), flush=True)
    names = [one for one in wanted_names if one in NETWORKS]
    turns = [names] if networks and names else [[one] for one in names]
    for together in turns:
        wanted = [
            (NetworkWorker, name, preset, each, batch_size)
            for name in together
            for each in precisions
        ]
        if torch and "plain" in together:
            wanted.append((torch_worker(), batch_size))
        with processes((MatrixWorker, MATRIX_SIZE), *wanted) as (matrix, *variants):
            for found in measured(matrix, variants, rounds, seconds):
                rows.append(row(found, batch_size))
                print(table(rows[-1:]).splitlines()[-1], flush=True)
    return {
        "hardware": studies.hardware(),
        "load_average": round(load, 1),
        "date": datetime.date.today().isoformat(),
        "preset": preset,
        "batch_size": batch_size,
        "rounds": rounds,
        "seconds": seconds,
        "rows": rows,
        "scans": scans,
        "page": page,
    }


def measured(matrix, variants, rounds, seconds):
    """What each variant gave: its facts, its first steps, and all its rounds."""
    found = []
    for variant in variants:
        kinds = variant.facts["kinds"]
        first = {kind: variant.ask("first", kind) for kind in kinds}
        variant.ask("infer", 0)
        found.append(variant.facts | {"first": first, "steps": {kind: [] for kind in kinds}})
        found[-1] |= {"infer": [], "matrix": []}
    for _ in range(rounds):
        for variant, one in zip(variants, found, strict=True):
            one["matrix"].append(matrix.ask("rate", one["precision"], min(seconds, 1.0)))
            for kind, steps in one["steps"].items():
                steps.append(variant.ask("train", kind, seconds))
            one["infer"].append(variant.ask("infer", seconds))
    return found


def row(found, batch_size):
    """The medians of one variant, under names that hold their units."""
    matrix = median(found["matrix"])
    one = {
        "network": found["network"],
        "framework": found["framework"],
        "precision": found["precision"],
        "parameters": found["parameters"],
        "inference_ms": 1000 * median(found["infer"]),
        "matrix_gflops": matrix / 1e9,
    }
    for kind, steps in found["steps"].items():
        rate = batch_size / median(seconds for seconds, _ in steps)
        one[f"{kind}_images_per_second"] = rate
        one[f"{kind}_wait_share"] = median(waited for _, waited in steps)
        one[f"{kind}_compile_seconds"] = found["first"][kind]["compile_seconds"]
        one[f"{kind}_peak_mib"] = found["first"][kind]["peak_bytes"] / 2**20
        one[f"{kind}_epoch_seconds"] = PAPER_IMAGES / rate
        if f"{kind}_flops" in found:
            one[f"{kind}_gflop_per_image"] = found[f"{kind}_flops"] / 1e9
            one[f"{kind}_matrix_share"] = found[f"{kind}_flops"] * rate / matrix
    if "adversarial" in found["steps"]:
        pixel, adversarial = (one[f"{kind}_images_per_second"] for kind in KINDS)
        one["adversarial_over_pixel"] = pixel / adversarial
    return {
        name: round(value, 4) if isinstance(value, float) else value for name, value in one.items()
    }


COLUMNS = {  # heading: (key, format)
    "network": ("network", "{}"),
    "framework": ("framework", "{}"),
    "precision": ("precision", "{}"),
    "parameters": ("parameters", "{:,}"),
    "pixel img/s": ("pixel_images_per_second", "{:.1f}"),
    "GAN img/s": ("adversarial_images_per_second", "{:.1f}"),
    "GAN/pixel": ("adversarial_over_pixel", "{:.2f}"),
    "ms/image": ("inference_ms", "{:.1f}"),
    "compile s": ("pixel_compile_seconds", "{:.1f}"),
    "peak MiB": ("pixel_peak_mib", "{:.0f}"),
    "GFLOP": ("pixel_gflop_per_image", "{:.2f}"),
    "of matmul": ("pixel_matrix_share", "{:.0%}"),
    "wait": ("pixel_wait_share", "{:.1%}"),
    "epoch s": ("pixel_epoch_seconds", "{:.1f}"),
}


def table(rows):
    """The rows as text under a heading.

    Compilation, memory (of the whole process), GFLOP (of a step, per image), its share of the
    matrix product's rate, waiting and an epoch of 1957 images are those of the pixel step.
    """
    widths = [max(len(heading), 10) for heading in COLUMNS]
    lines = [list(COLUMNS)]
    for one in rows:
        lines.append(
            [form.format(one[key]) if key in one else "-" for key, form in COLUMNS.values()]
        )
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index < 3 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
