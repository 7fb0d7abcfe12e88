# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 09 Your own scan
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/09_own_scan.ipynb)
#
# * **Question:** what does medsr do to a scan of your own, and how far can you trust it there?
# * **You will learn** how a scan file becomes numbers and back, and how to see what was guessed in
#   it.
# * **You need** what medsr does and what a guess is, from notebook 07. Other words are in the
#   [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** under a minute on a processor; nothing is trained, nothing is downloaded.
#
# medsr has learned from heads in MR and from children's chests in X-rays. Here it meets an abdomen
# in MR, two heads in CT (slices of X-ray density) and a bone scan (a picture of a weak radioactive
# substance that gathers in bones), which it has never seen. We enlarge them as files, then we take
# them for originals and measure, each in its own unit.

# %%
import subprocess
import sys
from importlib.util import find_spec

package = "medsr-nb @ git+https://github.com/medsr-nb/medsr-nb"
if find_spec("medsr_nb") is None:  # a fresh Colab: installs what is missing, keeps what is there
    if subprocess.call([sys.executable, "-m", "pip", "install", "-q", package]):
        sys.exit(f"""pip could not install {package}: the lines above say why.
Change package in this cell to "git+" and the address of a fork, or to a wheel: the name of one
that you uploaded (folder sign on the left), or its path on your mounted Drive.""")

# %%
import contextlib
import shutil
import tempfile
from pathlib import Path

import nibabel
import nilearn
import numpy as np
import pydicom
from IPython.display import Markdown
from pydicom.data import get_testdata_file

from medsr_nb import figures, presets, scans, upscaling
from medsr_nb.cli import main

# %% [markdown]
# ## The scans
#
# The wheel of pydicom brings real DICOM files without names; that of nilearn brings a head, the
# mean of 152 people. We copy four files and three slices into a folder.

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
ask = ""  # in Colab: "upload", or a folder of your Drive, such as "MyDrive/scans"

# %%
folder = Path(tempfile.mkdtemp()) / "scans"
folder.mkdir()
wheel = {
    "abdomen_mr.dcm": "examples_overlay.dcm",
    "head_ct.dcm": "693_J2KI.dcm",
    "second_ct.dcm": "J2K_pixelrep_mismatch.dcm",
    "bone_scan.dcm": "JPEG2000.dcm",
}
for name, file in wheel.items():
    shutil.copy(get_testdata_file(file, download=False), folder / name)
heads = Path(nilearn.__file__).parent / "datasets" / "data"
head = nibabel.load(next(heads.glob("mni_icbm152_t1*.nii.gz")))
nibabel.save(head.slicer[:, :, 90:93], folder / "head.nii.gz")

# %% [markdown]
# Your own scans are copied beside them: from a folder given as `data`, or in Colab as `ask` says. The
# command below enlarges them too, and its page shows them.

# %%
if Path(source).is_dir():
    shutil.copytree(source, folder, dirs_exist_ok=True)
if ask == "upload":
    from google.colab import files

    for name, content in files.upload().items():
        (folder / name).write_bytes(content)
elif ask:
    from google.colab import drive

    drive.mount("/content/drive")
    shutil.copytree(Path("/content/drive") / ask, folder, dirs_exist_ok=True)

# %% [markdown]
# A scan is read as it is stored: all bits, its unit, its *spacing* (millimetres from one pixel to
# the next). DICOM is the file of hospitals, NIfTI (`.nii`) that of brain research. CT is stored in
# *Hounsfield units*, HU: air is -1000, water 0. A screen shows fewer levels than a scan has, so a
# *window* is chosen: the values that are shown black and white. Both CTs have values below that of
# air: their files fill what lies outside the scanner's round field with a lower one. The strong
# compression of the first CT makes waves at the edge of that field, which go lower still.

# %%
names = [*wheel, "head.nii.gz"]
opened = {name: scans.read(folder / name) for name in names}
rows = ["| file | planes | unit | lowest, highest | mm a pixel |", "|---|---|---|---|---|"]
for name, scan in opened.items():
    count, height, width = scan.planes.shape
    values = scan.slope * scan.planes.astype(float) + scan.intercept
    spacing = " x ".join(f"{one:.3g}" for one in scan.spacing)
    rows.append(
        f"| {name} | {count} of {width}x{height} | {scan.unit} | "
        f"{values.min():.0f}, {values.max():.0f} | {spacing} |"
    )
Markdown("\n".join(rows))

# %%
places = {  # first row and column of what is shown, 150 pixels a side
    "abdomen_mr.dcm": (90, 140),
    "head_ct.dcm": (110, 140),
    "second_ct.dcm": (180, 180),
    "bone_scan.dcm": (80, 53),
    "head.nii.gz": (41, 23),
}
windows = {
    "abdomen_mr.dcm": (0, 900),
    "head_ct.dcm": (-200, 400),
    "second_ct.dcm": (0, 80),
    "bone_scan.dcm": (0, 60),
    "head.nii.gz": (0, 255),
}

# %%
shown, texts = [], []
for name, (top, left) in places.items():
    scan = opened[name]
    plane = scan.slope * scan.planes[0].astype(float) + scan.intercept
    shown.append(plane[top : top + 150, left : left + 150])
    texts.append(f"{name}: {windows[name][0]} to {windows[name][1]} {scan.unit}")
chosen = [windows[name] for name in places]
figures.side_by_side(shown, texts, chosen, "Four scans of pydicom's wheel, and nilearn's averaged head")

# %% [markdown]
# ## One command
#
# `medsr upscale` writes the same kind of file, in the same unit, with the geometry of the smaller
# pixels. `--guess` adds how far each pixel is a guess, the error to expect, and a range to both sides,
# which is to hold the truth in nine of ten cases. `--page` makes one HTML file with everything before
# and after under a slider. It takes a file, several, or a folder, as here.
#
# It prints a line for each file, which says what was read and what was written. The end of a line says
# on which pictures the error to expect was counted; on others it may be larger or smaller. For a DICOM
# file these additions are written as DICOM series of their own.
#
# An MR scanner measures not pixels but waves, from coarse to fine (*k-space*, notebook 10), and leaves
# out the finest. Where an MR comes straight from the scanner, the command takes the robust weights, which
# have learned to undo that. The abdomen's file says that fewer waves (in the line below: frequencies) were measured than the picture has pixels,
# and that it was calculated from other pictures. Such a file does not come straight from the scanner, so
# the command takes the faithful weights. It takes the picture for reduced by bicubic, as it takes all other scans, the head in NIfTI among them.

# %% tags=["nbval-ignore-output"]
# Not compared: the last digits depend on the machine.
with contextlib.chdir(folder.parent):
    status = main(["upscale", "scans", "--out", "out", "--guess", "--page", "page.html"])
print("exit status:", status)

# %% [markdown]
# Open `page.html` in a browser: drag the line, turn the wheel for slices, press G for the guess. In
# Colab `from google.colab import files` and `files.download(str(folder.parent / "page.html"))` bring
# it to you.
#
# A pixel became three by three. The outer corner of the first pixel must stay where it was in the
# patient. So the centre of the first pixel moves by a third of an old pixel, which is one new pixel.

# %%
out = folder.parent / "out"
file = "abdomen_mr.dcm"
old, new = (pydicom.dcmread(path) for path in (folder / file, out / "abdomen_mr_x3.dcm"))
for what, one in (("before", old), ("after", new)):
    position = np.round([float(value) for value in one.ImagePositionPatient], 2).tolist()
    spacing = [round(float(value), 3) for value in one.PixelSpacing]
    print(f"{what:6}  {one.Columns}x{one.Rows}, {one.BitsStored} bit, {spacing} mm, at {position}")
print(
    "image type:",
    "\\".join(new.ImageType),
    "| the same instance:",
    new.SOPInstanceUID == old.SOPInstanceUID,
)

# %% [markdown]
# ## A look inside
#
# This is all that happens to one plane. One linear map brings the whole series to the network's
# [-1, 1]; a plane of far less contrast than the others has a map of its own. The network works in tiles. What it adds is added to the bicubic enlargement of the true
# values. At the end the result is moved to the nearest picture that reduces to the scan. Nothing is
# rounded before the file is written.

# %%
figures.listing(upscaling.enlarging.fill)

# %% [markdown]
# ## How good is it on kinds that it never saw?
#
# We take each scan for an original, reduce it by three, enlarge it again, and compare. The error is
# the root mean square (RMS) in the scan's own unit. We reduce by bicubic, which is what the network
# was trained on. A scanner coarsens otherwise, so this flatters it.

# %%
figures.listing(upscaling.checked)

# %%
found = {name: upscaling.checked(opened[name]) for name in names}
rows = ["| scan | unit | bicubic | medsr | medsr's error / bicubic's |", "|---|---|---|---|---|"]
for name, one in found.items():
    bicubic, medsr = one.rms("bicubic"), one.rms("enlarged")
    rows.append(f"| {name} | {one.unit} | {bicubic:.3g} | {medsr:.3g} | {medsr / bicubic:.2f} |")
Markdown("\n".join(rows))


# %% [markdown]
# It helps on the abdomen and on both CTs, and most on the head, which is the kind that it knows. On
# the bone scan it is worse than bicubic. Look first where it helps:

# %%
def look(name, box, title):
    one = found[name]
    results = {"bicubic": one.bicubic[0], "medsr": one.enlarged[0]}
    text = f"{title}: {name}, {windows[name][0]} to {windows[name][1]} {one.unit}"
    return figures.magnified(one.original[0], results, box, windows[name], one.unit, text)


# %%
look("abdomen_mr.dcm", (150, 232, 40), "Abdomen in MR")


# %% [markdown]
# ## Where there is nothing to restore
#
# A mean over a whole scan hides most of it: the edge of a skull weighs more than all of the brain.
# So we ask where the picture is flat, and take pixels between 0 and 80 HU, brain and water, around
# which the values spread by less than 10 HU. The file of the second CT names no unit; we read its
# numbers as HU.

# %%
def flat(original, low, high, spread):
    """Where 5x5 pixels spread by less than ``spread``, between ``low`` and ``high``."""
    blocks = np.lib.stride_tricks.sliding_window_view(np.pad(original, 2, "edge"), (5, 5))
    return (blocks.std(axis=(2, 3)) < spread) & (original >= low) & (original <= high)


for name in ("head_ct.dcm", "second_ct.dcm"):
    where = flat(found[name].original[0], 0, 80, 10)[None]
    pair = found[name].rms("bicubic", where), found[name].rms("enlarged", where)
    print(f"{name}, flat: bicubic {pair[0]:.2f}, medsr {pair[1]:.2f} (RMS)")

# %%
print(f"one grey level of the network: {scans.intensity(opened['head_ct.dcm'].planes).grey_level:.0f} HU")
windows["head_ct.dcm"] = (0, 80)
look("head_ct.dcm", (215, 180, 40), "Brain in CT")

# %% [markdown]
# In flat places the network is the nearer one on both CTs. But the brain of the first is quite flat
# in parts. There the network draws a grid, and bicubic draws nothing. The grid repeats every six
# pixels, which are two of the input, and is a small part of the grey level printed above. Only the map of
# errors shows it; in the pictures, whose window is narrow too, it cannot be seen. A third of the blocks
# work at half size, and what comes up from there has weights of its own for each pixel of a block of
# 2x2. Nothing in the training asked these to agree to a small part of a level.
#
# The file itself is a special case: its compression has smoothed the brain. The second CT has noise
# and texture everywhere.

# %%
windows["bone_scan.dcm"] = (0, 200)
look("bone_scan.dcm", (395, 105, 40), "Bone scan, pelvis")

# %% [markdown]
# The bone scan was smooth before it was stored: there is nothing between its pixels that bicubic
# misses. Stripes show in the error maps: the file's compression made them. The network takes their rims
# for edges, and sharpens them.
#
# ## Where it guesses
#
# The scan has one number for nine pixels of the result. The part of the result that vanishes when
# it is reduced is the guess. The error to expect there was measured on brain MRI and chest X-rays
# (notebook 07). Here we see whether it holds for other kinds.

# %%
one = found["abdomen_mr.dcm"]
inside = slice(140, 220), slice(180, 260)
maps = (one.enlarged, one.guesses, one.errors, np.abs(one.enlarged - one.original))
title = "Where to trust it: abdomen_mr.dcm, 80x80 of its pixels"
figures.guesses(*(each[0][inside] for each in maps), windows["abdomen_mr.dcm"], one.unit, title)

# %%
rows = ["| scan | unit | error to expect | error made |", "|---|---|---|---|"]
for name, one in found.items():
    expected = np.sqrt(np.mean(one.errors**2))
    rows.append(f"| {name} | {one.unit} | {expected:.3g} | {one.rms('enlarged'):.3g} |")
Markdown("\n".join(rows))

# %% [markdown]
# ## What we learned
#
# * **Your file comes back whole.** Same kind, all bits, its unit, and every pixel at its place in
#   the patient; the DICOM says that it is derived and is an instance of its own.
# * **It helps on kinds that it never saw.** On an abdomen in MR and on two CTs its error is well
#   below bicubic's (the last column of the table above). On the second CT it is
#   nearly as good as on the head, and the abdomen comes next.
# * **It must not be used on everything.** On a bone scan it is worse than bicubic. Where a compressed
#   CT is quite flat it draws a weak grid. A mean over the whole scan hides that.
# * **The errors to expect are too large here.** They are nearest to the error made on the head, and
#   furthest from it on the bone scan. They were counted on Kaggle's pictures. On those that were
#   kept aside the ranges hold where the reduction is named (notebook 10). On other scans use them to rank places,
#   not as numbers.
# * **What surprised us** is the grid. It is a small part of a grey level, so an 8-bit picture does not
#   show it.
#
# **Where we depart from the paper.** The paper enlarges 8-bit pictures of 50x50. Here a scan stays
# what it is.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Set `sharpness` in `upscaling.checked` to 1. How much higher is the grid in the flat brain of
#    the CT?
# 2. Enlarge a part of the abdomen once as reduced by bicubic and once as reduced in k-space
#    (`reduction="k-space"`), as an MR scanner reduces. By how much do the results differ, and
#    where?
# 3. Without a solution: upload a scan of a kind that is not here. Is it worth enlarging? Decide by
#    `upscaling.checked` before you look.
#
# Before: [08 The verdicts](08_verdicts.ipynb). Next: [10 How scanners lose
# resolution](10_scanners.ipynb).
