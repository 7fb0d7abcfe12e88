# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 The data, their faults and the pairs
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/00_data.ipynb)
#
# * **Question:** what do we learn from, what is wrong with it, and what exactly is a
#   "low-resolution" image?
# * **You will learn** what the images are and what is wrong with them, how an image is reduced, and
#   what PSNR, SSIM, VIF, perceptual distance and an interval mean.
# * **You need** Python and a little NumPy; nothing of super-resolution.
# * **Takes** half a minute on two CPU cores; no GPU needed.
#
# The paper enlarges brain MRI and chest X-rays by 3. Before any network, this notebook looks at the
# images, at the copies hidden among them, and at the reduction that makes training pairs of them.
# Unless you choose otherwise it runs on the *sample*: slices of the ICBM152 brain template, one
# averaged head that comes with a Python package.
#
# A word that you miss is in the [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).

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
import numpy as np
from PIL import Image

from medsr_nb import data, degradation, figures, losses, presets, scoring, studies

# %% [markdown]
# `preset` scales the trainings of the later notebooks (`sample`, `colab`, `paper`); `data` is
# `sample`, `kaggle` or a folder. The environment variables `MEDSR_PRESET` and `MEDSR_DATA` replace
# them. `kaggle` needs no account. On Colab it uses your Kaggle secrets where you have
# stored them.

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
pictures = data.load(source, size=150)
print(pictures.name)
print(f"{len(pictures)} images of {pictures.size}x{pictures.size}, {len(pictures.skipped)} skipped")
print("source:", pictures.source)
for name, reason in pictures.skipped[:5]:
    print(f"skipped: {name}, {reason}")

# %%
for kind in np.unique(pictures.kinds):
    for label in np.unique(pictures.labels[pictures.kinds == kind]):
        count = np.sum((pictures.kinds == kind) & (pictures.labels == label))
        print(f"{kind:<6} {pictures.label_names[label]:<12} {count:>5}")

# %% [markdown]
# ## A look at them
#
# Every image was turned to grey, cropped to its centre square M x M with M = min(W, H), and reduced
# to 150x150 (section 2.5 of the paper). The sample has slices of three planes: *axial* ones are
# seen from below, *coronal* ones from the front, *sagittal* ones from the side.

# %%
shown = np.linspace(0, len(pictures) - 1, 6).round().astype(int)
titles = [pictures.names[index].rsplit("/", 1)[-1][:18] for index in shown]
figures.gallery(pictures.pixels[shown], titles, pictures.name)

# %% [markdown]
# The sample is one averaged head. So that every reader sees the same real pictures too, five slices
# come with packages that the module needs anyway: the *fixed plate*. No network of the series has
# trained on them, and later notebooks show their networks on it.

# %%
plate = data.plate()
figures.gallery(plate.pixels, plate.names, plate.name)

# %% [markdown]
# ## Files that are no good
#
# Real folders hold truncated downloads, 16-bit exports and thumbnails. Nothing of that may stop a
# training, and nothing may vanish in silence: each file that cannot be used is named with its
# reason. Here is a folder with four odd files, made on the spot.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())
good = Image.fromarray(pictures.pixels[0, ..., 0])
good.save(folder / "good.png")
good.resize((90, 160)).save(folder / "narrow.png")
Image.fromarray(np.arange(160 * 200, dtype="uint16").reshape(160, 200)).save(folder / "deep.png")
whole = (folder / "good.png").read_bytes()
for name, content in {"empty.jpg": b"", "truncated.png": whole[:900]}.items():
    (folder / name).write_bytes(content)

# %%
odd = data.load(folder, size=150)
print("used:", ", ".join(odd.names))
for name, reason in odd.skipped:
    print(f"skipped: {name:<14} {reason}")

# %% [markdown]
# `deep.png` has 16 bits a pixel and is scaled to 8 by its own minimum and maximum.
#
# ## Copies, and why they matter
#
# If a test image has a copy in the training set, the network has seen the answer before the test. A
# *difference hash* finds copies: squeeze the image to 17x16, note for each pixel whether it is
# darker than its right neighbour, and count in how many of the 256 bits two images differ. Copies
# differ in few bits. Two unrelated images differ in many.

# %%
some = pictures.take(np.arange(0, len(pictures), -(-len(pictures) // 1000)))
hashes = [data.difference_hashes(Image.fromarray(one[..., 0]))[0] for one in some.pixels]
distance = data.hash_distance(np.array(hashes), np.array(hashes)).astype(int)
np.fill_diagonal(distance, 256)

# %%
one, other = np.unravel_index(distance.argmin(), distance.shape)
far = distance[one].argsort()[len(some) // 2]
image, bits = some.pixels[one], distance[one]
turned = image[::-1]  # a mirrored copy, as sets merged from several sources hold them
plain = data.difference_hashes(Image.fromarray(turned[..., 0]))[0]
apart = int(data.hash_distance(hashes[one][None], plain[None])[0, 0])

# %%
shown = [image, turned, some.pixels[other], some.pixels[far]]
titles = [
    "an image",
    f"its mirror image: {apart} bits",
    f"the nearest other: {bits[other]} bits",
    f"a typical other: {bits[far]} bits",
]
figures.gallery(shown, titles, f"Bits that differ from the first: {pictures.name}", columns=2)

# %% [markdown]
# We call two images *twins* if they differ in up to 16 bits. A mirror image is beyond that, and a
# mirrored copy would be missed. Therefore the search compares each image in all four mirrorings. Nor
# do few bits prove a copy: neighbouring slices of the sample are as near. They belong together too.

# %% [markdown]
# Twins, and X-rays of one patient, form *groups*. A *split* divides the images into three parts:
# those that a network learns from (*training*), those that we watch while it learns (*validation*),
# and those that it is scored on at the end (*test*). It never cuts a group. The sample's groups are
# slabs of neighbouring slices.

# %%
parts = data.split(pictures, train=96, validation=12, test=24)
held = [set(part.groups.tolist()) for part in parts]
print("train, validation, test:", ", ".join(str(len(part)) for part in parts))
print("groups in two of them:", len(held[0] & held[1] | held[0] & held[2] | held[1] & held[2]))

# %% [markdown]
# In the Kaggle sets this is no detail. The recorded audit of the images as Kaggle files them:

# %%
audit = studies.recorded("data")["kinds"]
for kind, found in audit.items():
    every = found["classes"]["all"]
    print(
        f"{kind}: {found['images']} images in {found['groups']} groups; "
        f"{every['test_with_twin']} of {every['test']} test images have a twin in training"
    )

# %% [markdown]
# We had a part of Kaggle's MRI test folder, and most images of that part have a twin in training. So
# a score on that folder says little. We never score a test image that has a twin in training. A
# file in the package names the 1957 training images (as many as the paper had), the validation
# images and the clean test images.
#
# ## The reduction, as a matrix
#
# We call the original *HR*, high resolution, and the reduced image *LR*, low resolution. Reducing
# is linear: each LR pixel is a weighted mean of HR pixels. One row of the matrix $A$ holds the
# weights along one side, and the LR image $x$ of an HR image $y$ is $A\,y\,A^T$. The weights are those
# of *bicubic* interpolation, the ordinary way to change the size of a picture, spread over all the
# pixels that become one (*antialiased*). The result equals Pillow's. As a matrix it runs inside the
# compiled training step.

# %%
matrix = degradation.resize_matrix(150, 50)
print("A:", matrix.shape, "- weights of LR pixel 10:", np.round(matrix[10, 24:39], 3))

# %%
hr = degradation.to_float(pictures.pixels[:1])
ours = np.asarray(degradation.resized(hr, 50, 50))[0, ..., 0]
pillow = np.asarray(Image.fromarray(np.asarray(hr)[0, ..., 0]).resize((50, 50), Image.BICUBIC))
print("equal to Pillow within 1e-5:", bool(np.abs(ours - pillow).max() < 1e-5))

# %% [markdown]
# ## The pairs
#
# HR 150x150, LR 50x50 rounded to 8 bit, and LR re-enlarged to 150x150, which is what the paper's
# networks are given. The name for enlarging an image and adding detail is *SR*, super-resolution.
# Bicubic enlargement is the method that every network has to beat.

# %%
three = parts.test.take(np.linspace(0, len(parts.test) - 1, 3).astype(int))
lr = scoring.low_resolution(three, 3)
enlarged = scoring.bicubic(3)(lr)
scores = scoring.psnr(three.pixels, enlarged)
rows = [*three.pixels, *lr, *enlarged]
titles = ["HR 150x150"] * 3 + ["LR 50x50"] * 3 + [f"bicubic, {score:.1f} dB" for score in scores]
figures.gallery(rows, titles, f"Training pairs: {pictures.name}", columns=3)

# %% [markdown]
# ## How good is an enlargement?
#
# The later notebooks answer with scores. This is what each of them means.
#
# **PSNR** tells how far the grey levels are off, in decibels. It compares the *mean squared error*
# (MSE), the mean of the squared differences to the original, with the range of 255 levels:
#
# $$\mathrm{PSNR} = 10\,\log_{10}\frac{255^2}{\mathrm{MSE}}\ \mathrm{dB}$$
#
# By hand: if every pixel is wrong by 5 levels, the MSE is 25 and the PSNR is $10\log_{10}(65025 /
# 25) = 34.2$ dB. Half the MSE is 3 dB more.

# %%
grey = np.full((1, 16, 16, 1), 100, "uint8")
print(f"every pixel wrong by 5 levels: {scoring.psnr(grey, grey + 5)[0]:.1f} dB")

# %% [markdown]
# PSNR does not see *what kind* of error it is. Three other scores do.
#
# **SSIM** (Wang et al. 2004) compares windows of 11x11 pixels by their means $\mu$, variances
# $\sigma^2$ and covariance $\sigma_{xy}$; 1 is equality:
#
# $$\mathrm{SSIM} = \frac{(2\mu_x\mu_y + C_1)(2\sigma_{xy} + C_2)}
# {(\mu_x^2 + \mu_y^2 + C_1)(\sigma_x^2 + \sigma_y^2 + C_2)}, \quad C_1 = 6.5,\ C_2 = 58.5$$
#
# By hand: where all grey levels of a window rise from 100 to 105, the variances stay, the second
# factor is 1, and the first is $(2\cdot100\cdot105 + 6.5) / (100^2 + 105^2 + 6.5) = 0.999$. So SSIM
# forgives a constant where there is tissue. In black background it does not: from 0 to 5 the first
# factor is only $6.5 / (5^2 + 6.5) = 0.2$. It punishes noise in the flat black background most.
#
# **VIF** (Sheikh & Bovik 2006) asks how much of the original's information can still be read from
# the picture. 1 is all of it. Its model of the eye adds noise of variance 2 to what it sees. By hand,
# in one window: the original varies by $\sigma^2 = 30$, the picture is the original at half of its
# contrast, and nothing was added. The eye learns $\tfrac12\log_2(1 + 30 / 2) = 2$ bits from the original
# and $\tfrac12\log_2(1 + 0.5^2 \cdot 30 / 2) = 1.12$ bits from the picture. VIF is $1.12 / 2 = 0.56$. The
# score adds up the bits of all windows, at four sizes, before it divides.
#
# **Perceptual distance** compares not grey levels but *features*: what the layers of a classifier
# of the medical labels compute from both pictures. 0 is equality. By hand, at one place of one layer:
# the original has the features $(3, 4)$, which are scaled to length 1, $(0.6, 0.8)$, and the picture
# has $(4, 3)$, scaled to $(0.8, 0.6)$. The squared differences add up to $0.2^2 + 0.2^2 = 0.08$. The distance
# is the mean of this over all places, summed over the layers. The package has two such
# classifiers. One helps to train some networks. The other one measures this distance, and no
# network of the series was trained with it.
#
# Now all four scores on four errors of one size, on one slice: what bicubic enlargement loses, a
# constant, noise, and a checkerboard, as some networks leave it. Each is cut off at black and at
# white, so we look for the strength at which it has that size afterwards. (The pictures keep
# fractions of grey levels here. Rounded, a constant could only be a whole number of them.)

# %%
original = three.pixels[1:2].astype(float)
rows, columns = np.indices((150, 150))[..., None]
errors = {
    "bicubic": enlarged[1:2] - original,
    "brighter": np.ones((1, 150, 150, 1)),
    "noise": np.random.default_rng(0).normal(size=(1, 150, 150, 1)),
    "checkerboard": (-1.0) ** (rows + columns)[None],
}

# %%
from scipy.optimize import brentq


def with_error(error, strength):
    return np.clip(original + strength * error, 0, 255)


def too_large(strength, error):
    """How far the mean squared error is above that of bicubic."""
    return np.mean((with_error(error, strength) - original) ** 2 - errors["bicubic"] ** 2)


wrong = {
    name: with_error(error, brentq(too_large, 0, 255, args=(error,)))
    for name, error in errors.items()
}
scores = {
    name: (
        scoring.psnr(original, sr)[0],
        scoring.ssim(original, sr)[0],
        scoring.vif(original, sr)[0],
        losses.perceptual_distances(original, sr)[0],
    )
    for name, sr in wrong.items()
}
print("PSNR of the four in dB:", *(f"{psnr:.1f}" for psnr, *_ in scores.values()))

# %%
titles = ["the original\n"] + [
    f"{name}: {psnr:.1f} dB, SSIM {ssim:.2f},\nVIF {vif:.2f}, perceptual distance {distance:.2f}"
    for name, (psnr, ssim, vif, distance) in scores.items()
]
pictures_shown = [original[0], *(sr[0] for sr in wrong.values())]
figures.gallery(pictures_shown, titles, f"Errors of one size: {pictures.name}")

# %% [markdown]
# The scores disagree. SSIM prefers the blurred picture. The perceptual distance finds it the worst of
# the four, and VIF hardly tells it from the noisy one. So no score stands alone in the later notebooks.
#
# **Intervals.** A mean over test images says little without its scatter. Neighbouring slices
# resemble each other, so we count *groups*, not images. Let $s$ be the standard deviation of the means
# of $G$ groups. The 95 % interval reaches $t\,s/\sqrt{G}$ to both sides of their mean, with $t$ from
# Student's table: $3.2$ for four groups, $2.0$ for sixty. By hand: four groups with the means
# $31, 32, 33, 34$ dB scatter by $s = 1.29$ around $32.5$. The interval reaches
# $3.2 \cdot 1.29 / 2 = 2.1$ dB to both sides, from $30.4$ to $34.6$ dB. (Groups of unequal size are weighted.) It
# holds the true mean in about 95 of 100 repetitions. One group has no interval. (Some older
# recorded runs have theirs by *bootstrap*: as many groups are drawn again and again, with repetition,
# and the interval holds 95 of 100 of their means.)

# %%
full = scoring.compare({"bicubic": scoring.bicubic(3)}, parts.test, 3)
psnr = full.scores["bicubic"]["psnr"]
mean, low, high = scoring.interval(psnr, parts.test.groups)
print(f"bicubic on {len(psnr)} test images: {mean:.1f} dB")
print(f"interval by {len(set(parts.test.groups.tolist()))} groups: {low:.1f} to {high:.1f} dB")

# %% [markdown]
# ## Two ideas the paper dropped
#
# It tried a reduction factor of its own for each image, and Gaussian noise on the low-resolution
# images; neither "worked well". Both are here. Each takes HR images and gives LR images.

# %%
import keras

seed = keras.random.SeedGenerator(0)
hr = degradation.to_float(three.pixels[:1].repeat(3, axis=0))
variants = {
    "factor 3, as it stayed": degradation.reduced(hr, 3),
    "noise of 10 grey levels": degradation.noisy(degradation.reduced(hr, 3), 10.0, seed),
    "factor 6, brought to 50x50": degradation.reduced_by_varying_factors(hr, 3, (6,), seed),
}
lows = [degradation.to_pixels(lr)[0] for lr in variants.values()]
figures.gallery(lows, list(variants), f"LR variants of section 2.5: {pictures.name}", columns=3)

# %% [markdown]
# With either, the network has to do more than enlarge. With the first it has to find out how much
# to sharpen, with the second it has to remove noise. Notebook 04 tests what that costs.
#
# ## What we learned
#
# * An LR image is $A\,y\,A^T$, rounded to 8 bit. Everything that follows stands on this matrix.
# * The public MRI set is full of copies, many of them mirrored. Of the part of its test folder that
#   we had, most images have a twin in training. We split by group and never score a test image with
#   a twin in training.
# * The sample is one averaged head. It shows that the code works and what the images look like; it
#   says nothing about other people's heads.
#
# **Where we depart from the paper.** It does not say how it split its images; we do, and keep the
# groups whole. It does not say which filter reduces; ours is Pillow's bicubic. It gives no number
# of grey levels for LR; ours has 256, as a file has.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Replace the bicubic reduction by the mean of each 3x3 block. How does the PSNR of bicubic
#    enlargement change, and why?
# 2. Slices of the sample show one of three planes. From how many bits on would the groups begin to
#    join slices of different planes?
# 3. Without a solution: point `data` at a folder of your own scans. How many are skipped, and why?
#
# Next: [01 The baseline: digits and clothes at 28x28](01_baseline.ipynb).
