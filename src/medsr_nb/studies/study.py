"""A recorded study (``medsr compare``): what it says, as text, and the networks it trained."""

import shutil

from .. import data, machine, training
from ..machine import results_dir
from ..presets import Recipe
from ..scoring import CHANCE, headed, interval_text
from . import entries
from .results import places, recorded

IMAGES = {"train_images": 1957, "test_images": 200}  # as results/systems.json was recorded


def scored_split(source):
    """The split of the study of all systems, whose test images other studies score on too.

    ``source`` is as for ``data.load``; errors as there.
    """
    recipe = entries.recipe_of("systems", "SRResNet", **IMAGES)
    return training.split(recipe, data.load(source, recipe.hr_size))


def recorded_network(file, name, lr_size=None, reduction=None):
    """The network that a row of the study in ``results/<file>.json`` trained, in float32.

    A ``keras.Model``, LR -> SR, for LR images of the size that it was trained on, or of another
    ``lr_size`` that it takes. Its weights come with the package, in ``results/<file>/``.
    ``reduction`` is how LR images came about, where the network is medsr and that differs from
    what it was trained with. Raises UserError where the weights are missing or changed.
    """
    return rebuilt(*shipped(file, name), lr_size, reduction)


def shipped(file, name):
    """(row of the study in ``results/<file>.json``, the file of its weights)."""
    return recorded(file)["rows"][name], results_dir() / file / f"{name}.npz"


def ship(folder, names, out):
    """Copies the weights of finished rows to where ``recorded_network`` looks for them."""
    for name in names:
        out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name / "weights.npz", out / f"{name}.npz")


def rebuilt(row, path, lr_size=None, reduction=None):
    """``recorded_network`` of a row whose weights are in a file."""
    with machine.policy("float32"):
        generator = training.generator(Recipe(**row["recipe"]), lr_size, reduction)
    advice = "Install medsr-nb again, or record the study anew with medsr compare."
    generator.set_weights(machine.load_weights(path, row["sha256"], advice))
    return generator


def study_origin(study):
    """Two lines under a study: data, time and seed; hardware, of the training and of the scores."""
    asked = {  # so many minutes, or so many epochs
        name: f"{row['minutes']:g} minutes"
        if row["minutes"]
        else f"{row['recipe']['epochs']} epochs"
        for name, row in study["rows"].items()
    }
    time = f"{next(iter(asked.values()))} a row"
    if len(set(asked.values())) > 1:
        time = ", ".join(f'{one} for "{name}"' for name, one in asked.items())
    recipe = next(iter(study["rows"].values()))["recipe"]
    return (
        f"recorded on {study['data']['name']}: {study['data']['train']['images']} training images, "
        f"{time}, preset {recipe['preset']}, batch {recipe['batch_size']}, "
        f"seed {recipe['seed']};\n{places(study)}"
    )


def costs(study):
    """A Markdown table of what each row cost: size, images, minutes (with compiling), memory.

    And of the mean gain over bicubic on images of the training and of the validation.
    """
    rows = [
        (
            name,
            f"{row['recipe']['width']}, {row['recipe']['blocks'] or 'as in the paper'}",
            f"{row['parameters']:,}",
            f"{row['images_seen']:,}",
            f"{row['machine_seconds'] / 60:.1f}",
            f"{row['ms_an_image']:.0f}",
            f"{row['peak_mib']} MiB",
            f"{row['training_gain'][0]:+.2f} dB",
            f"{row['validation_gain'][0]:+.2f} dB",
        )
        for name, row in study["rows"].items()
    ]
    head = ("", "width, blocks", "weights", "images seen", "minutes of the machine", "ms an image",
            "peak memory", "gain on training images", "on validation images")  # fmt: skip
    return machine.markdown_table(head, rows)


def qualities(study):
    """A Markdown table of what PSNR does not see: means over the images of each kind."""
    kinds = [kind for kind in study["scores"] if kind != "all"]
    columns = {
        "perceptual": ("perceptual distance", "{:.3f}"),
        "vif": ("VIF", "{:.3f}"),
        "fine": ("fine detail", "{:.0%}"),
        "consistency": ("away from its input", "{:.2f}"),
    }
    head = [f"{kind}: {text}" for kind in kinds for text, _ in columns.values()]
    rows = []
    for name in study["scores"][kinds[0]]:
        cells = [
            form.format(study["scores"][kind][name][what][0])
            for kind in kinds
            for what, (_, form) in columns.items()
        ]
        rows.append((name, *cells))
    counts = "; ".join(_title(study, kind) for kind in kinds)
    return machine.markdown_table((counts, *head), rows)


def undecided(study):
    """A Markdown table of the pairs whose difference in PSNR may be chance, a row a kind."""
    rows = []
    for kind in sorted({one["kind"] for one in study["differences"]}):
        pairs = [one for one in study["differences"] if one["kind"] == kind]
        open_ones = [
            f"{' and '.join(one['methods'])} ({one['mean']:+.2f} dB, {one['corrected']:.2f})"
            for one in pairs
            if one["corrected"] > CHANCE
        ]
        rows.append((_title(study, kind), len(pairs), "; ".join(open_ones) or "none"))
    return machine.markdown_table(("images", "pairs", "may be chance (corrected p)"), rows)


def reference(study):
    """The name of what the rows are compared with: the first that has scores."""
    return next(iter(next(iter(study["scores"].values()))))


def _title(study, kind):
    """A kind of images with their number, where the study also knows of how many groups."""
    rows = study["scores"].get(kind, {})
    return headed(kind, rows) if any("groups" in row for row in rows.values()) else kind


def study_table(study):
    """The table of docs/results.md: gain, SSIM and perceptual distance of each row, by kind."""
    base = reference(study)
    kinds = [kind for kind in study["scores"] if kind != "all"]
    head, rows = ["", "weights"], []
    for kind in kinds:
        head += [f"{_title(study, kind)}: gain over {base}", "SSIM", "perceptual"]
    for name in study["scores"][kinds[0]]:
        cells = [f"{study['rows'][name]['parameters']:,}" if name in study["rows"] else "-"]
        for kind in kinds:
            row = study["scores"][kind][name]
            gain = f"{interval_text(row['psnr_gain'])} dB"
            if name == base:
                gain = f"({row['psnr'][0]:.2f} dB)"
            cells += [gain, f"{row['ssim'][0]:.3f}", f"{row['perceptual'][0]:.3f}"]
        rows.append((name, *cells))
    return machine.markdown_table(head, rows)
