"""Recorded runs: what was trained, on what, where, for how long, and how it scored.

``medsr record`` writes them into ``results/``; notebooks and README read them there.
"""

import json
import math
import os
import platform
from importlib.metadata import version

import keras
import numpy as np

from ..machine import markdown_table, results_dir, write_text
from ..scoring import interval_text, share_text, trouble_of


def hardware():
    """One line about the machine: processor or accelerator, cores, backend and versions."""
    devices = [name for name in keras.distribution.list_devices() if "cpu" not in name.lower()]
    place = f"{len(devices)} x {_accelerator()}" if devices else _processor()
    backend = keras.backend.backend()
    return (
        f"{place}, {os.cpu_count()} CPU cores, {backend} {version(backend)}, "
        f"keras {keras.__version__}, Python {platform.python_version()}"
    )


def places(run):
    """Where a recorded run was made; of a study also where its networks were trained and scored."""
    own, rows = run["hardware"], run.get("rows")
    elsewhere = {}
    for name, row in rows.items() if isinstance(rows, dict) else ():
        elsewhere.setdefault(row.get("hardware", own), []).append(name)
    here = elsewhere.pop(own, [])
    if not elsewhere:
        return own
    if not here and len(elsewhere) == 1:
        return f"trained and scored on {next(iter(elsewhere))}; the rest on {own}"
    others = (
        f"{', '.join(names)} trained and scored on {place}" for place, names in elsewhere.items()
    )
    return f"{'; '.join(others)}; the rest on {own}"


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _accelerator():
    if keras.backend.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    import tensorflow as tf

    gpu = tf.config.list_physical_devices("GPU")[0]
    return tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)


def data_note(split):
    """What a split holds, as plain values: name, source, fingerprints and counts."""
    return {
        "name": split.train.name,
        "source": split.train.source,
        "licence": split.train.licence,
        **{
            part: {"images": len(images), "fingerprint": images.fingerprint}
            for part, images in zip(split._fields, split, strict=True)
        },
    }


def result(recipe, split, gan, history, comparison, scaled_down=""):
    """One run of ``gan`` as plain JSON values; ``scaled_down`` says what was made smaller."""
    return {
        "recipe": recipe.to_dict(),
        "scaled_down": scaled_down,
        "data": data_note(split),
        "hardware": hardware(),
        "precision": gan.generator.dtype_policy.name,
        "seconds": round(sum(history["seconds"]), 1),
        "history": {name: [round(v, 4) for v in values] for name, values in history.items()},
        "scores": comparison.summary(),
    }


def known(value):
    """Plain values in which null stands for a number that is not known: JSON has no NaN."""
    if isinstance(value, dict):
        return {name: known(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(path, value):
    """Writes a result, whole or not at all: a crash leaves the file that was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(known(value), indent=1) + "\n")


def recorded(name):
    """The recorded run ``results/<name>.json``.

    Raises FileNotFoundError that lists what has been recorded.
    """
    path = results_dir() / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in results_dir().glob("*.json"))) or "none"
        raise FileNotFoundError(f"no recorded run {name!r}; there are: {known}.")
    return json.loads(path.read_text(encoding="utf-8"))


def origin(run):
    """Two lines under a recorded figure: data, scale and seed; time and hardware."""
    recipe = run["recipe"]
    scale = f"scaled down ({run['scaled_down']})" if run["scaled_down"] else "full size"
    return (
        f"recorded on {run['data']['name']}: {run['data']['train']['images']} images, "
        f"{epochs_of(run)} epochs, width {recipe['width']}, seed {recipe['seed']}, {scale};\n"
        f"{run['seconds'] / 60:.0f} min on {run['hardware']}"
    )


def headline(run):
    """{what: text} of a run: its scale, its time, its scores and how it looked."""
    recipe, history = run["recipe"], run["history"]
    rows = next(iter(run["scores"].values()))  # all kinds together come first
    row = rows[recipe["system"]]
    seconds = history["seconds"][1:] or history["seconds"]  # the first epoch compiles
    return {
        "data": f"{run['data']['name']}, {run['data']['train']['images']} training images",
        "training": f"{epochs_of(run)} epochs, width {recipe['width']}, "
        f"batch {recipe['batch_size']}",
        "seconds an epoch": f"{np.median(seconds):.0f} s",
        "PSNR of bicubic": f"{rows['bicubic']['psnr'][0]:.2f} dB",
        "gain over bicubic": f"{interval_text(row['psnr_gain'])} dB",
        "SSIM gain": interval_text(row["ssim_gain"], "+.3f"),
        "images better than bicubic": share_text(row["better_than_reference"]),
        "brightness against the original": f"{interval_text(row['brightness'], '+.1f')} of 255",
        "discriminator right, last epoch": f"{history['real_accuracy'][-1]:.0%} of originals, "
        f"{history['fake_accuracy'][-1]:.0%} of generated",
        "epochs black or constant": troubled_epochs(history),
    }


def troubled_epochs(history):
    """In words, in which epochs the output for validation images was black or constant."""
    looks = zip(
        history["val_brightness"],
        history["val_target_brightness"],
        history["val_contrast"],
        strict=True,
    )
    found = [str(epoch) for epoch, look in enumerate(looks, start=1) if trouble_of(*look)]
    return ", ".join(found) or "none"


def beside(runs, paper):
    """A Markdown table: one column a run, the last what the paper says.

    ``runs`` is {column: run}, ``paper`` {row of ``headline``: statement}.
    """
    columns = {name: headline(run) for name, run in runs.items()} | {"the paper": paper}
    rows = [
        (what, *(column.get(what, "not said") for column in columns.values()))
        for what in next(iter(columns.values()))
    ]
    return markdown_table(("", *columns), rows)


def epochs_of(run):
    """How many epochs a run had: "50", or "10 of 50" where it is not finished."""
    asked = run["recipe"]["epochs"]
    done = run.get("epochs_done", asked)
    return str(asked) if done == asked else f"{done} of {asked}"


def runs_table():
    """The Markdown table of docs/results.md of all recorded trainings, one row a kind of image.

    ``python -m medsr_nb.studies.results`` prints it; a test compares it with the page.
    """
    rows = []
    for path in sorted(results_dir().glob("*.json")):
        run = json.loads(path.read_text(encoding="utf-8"))
        if "history" in run and "scores" in run:
            rows += _rows_by_kind(path.name, run)
    head = ("recorded run", "test images", "bicubic", "gain, 95 % interval", "SSIM",
            "trained on, for", "file")  # fmt: skip
    return markdown_table(head, rows)


def _rows_by_kind(file_name, run):
    recipe = run["recipe"]
    kinds = [kind for kind in run["scores"] if kind != "all"]
    trained = (
        f"{run['data']['train']['images']} images x {epochs_of(run)} epochs, "
        f"{run['seconds'] / 60:.0f} min"
    )
    for kind in kinds:
        rows = run["scores"][kind]
        row, bicubic = rows[recipe["system"]], rows["bicubic"]
        groups = f", {row['groups']} groups" if "groups" in row else ""
        yield (
            f"{recipe['system']} x{recipe['factor']} at {recipe['hr_size']}x{recipe['hr_size']}",
            f"{row['images']} {kind}{groups}",
            f"{bicubic['psnr'][0]:.2f} dB",
            f"{interval_text(row['psnr_gain'])} dB",
            f"{bicubic['ssim'][0]:.3f} -> {row['ssim'][0]:.3f}",
            trained,
            f"`results/{file_name}`",
        )


if __name__ == "__main__":
    print(runs_table())
