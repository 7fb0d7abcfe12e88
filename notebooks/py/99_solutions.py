# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 99 Solutions to the exercises
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/99_solutions.ipynb)
#
# * **Question:** what comes out of the exercises at the end of each notebook?
# * **You will learn** how an answer is found with a few lines of the module.
# * **You need** the notebook that asks the question.
# * **Takes** a minute on two CPU cores, always on the sample images.
#
# Try an exercise yourself before you look. Exercises that their notebook marks "without a solution"
# have none here.

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
import dataclasses
import math

import keras
import numpy as np
from PIL import Image
from pydicom.data import get_testdata_file

from medsr_nb import (
    data,
    degradation,
    published,
    scans,
    scoring,
    studies,
    upscaling,
)
from medsr_nb.models import iteration1, srgan

# %% [markdown]
# Most sections use these twelve test images, reduced by three:

# %%
pictures = data.load("sample", 150)
test = data.split(pictures, train=48, validation=3, test=12).test
lr = scoring.low_resolution(test, 3)
bicubic = scoring.bicubic(3)


# %%
def mean_psnr(sr):
    """The mean PSNR of results on the test images, in dB."""
    return scoring.psnr(test.pixels, sr).mean()


# %% [markdown]
# ## [00](00_data.ipynb), exercise 1: the mean of each 3x3 block
#
# *Replace the bicubic reduction by the mean of each 3x3 block. How does the PSNR of bicubic
# enlargement change, and why?*

# %%
blocks = test.pixels.reshape(12, 50, 3, 50, 3, 1).astype(float)
means = np.rint(blocks.mean(axis=(2, 4))).astype("uint8")
for name, small in {"bicubic": lr, "the mean of 3x3": means}.items():
    print(f"reduced by {name}: {mean_psnr(bicubic(small)):.1f} dB")

# %% [markdown]
# It hardly changes. Both reductions take the mean over about the same pixels. What is lost is finer
# than that, and bicubic enlargement brings none of it back.
#
# ## [00](00_data.ipynb), exercise 2: where a threshold joins strangers
#
# *Slices of the sample show one of three planes. From how many bits on would the groups begin to
# join slices of different planes?*

# %%
hashes = [data.difference_hashes(Image.fromarray(one[..., 0])) for one in pictures.pixels]
hashes = np.stack(hashes, axis=1)  # mirrorings, images, bytes
bits = np.min([data.hash_distance(hashes[0], turned) for turned in hashes], axis=0).astype(int)

# %%
same_plane = pictures.labels[:, None] == pictures.labels
neighbours = [bits[i, i + 1] for i in range(len(bits) - 1) if same_plane[i, i + 1]]
strangers = bits[~same_plane]
print("nearest slices of two planes:", strangers.min(), "bits apart")
print("pairs of two planes within our threshold:", np.sum(strangers <= data.TWIN_BITS) // 2)
print(f"neighbouring slices of one plane: {np.median(neighbours):.0f} bits, the median")
print("our threshold:", data.TWIN_BITS, "bits")


# %% [markdown]
# From the number in the first line on: so many bits apart are the nearest slices of two planes. Our
# threshold would join some pairs too: slices at the edge of the head are small blobs in any plane,
# and these resemble each other as much as neighbours do. It was measured on Kaggle's images, which
# show whole heads. The groups of the sample are slabs instead.
#
# ## [01](01_baseline.ipynb), exercise 1: what 7x7 pixels say
#
# *Name the test digits from their 7x7 pixels alone: each gets the label of the training digit whose
# 7x7 pixels are nearest. How many are right? How many clothes?*

# %%
def named_rightly(subject):
    """The share of test images whose nearest training image at 7x7 has their label."""
    parts = data.split(data.load_small("sample", subject), train=1000, validation=50, test=200)
    known, asked = (
        scoring.low_resolution(part, 4).reshape(len(part), 49).astype(float)
        for part in (parts.train, parts.test)
    )
    nearest = [np.argmin(((known - one) ** 2).sum(axis=1)) for one in asked]
    return np.mean(parts.train.labels[nearest] == parts.test.labels)


# %%
for subject in ("digits", "fashion"):
    print(f"{subject}: {named_rightly(subject):.1%} named rightly from 7x7 pixels")

# %% [markdown]
# Nearly all. The class is in the small image already, for the drawn digits and shapes of the sample.
# What differs is
# how much of the picture follows from it.
#
# ## [01](01_baseline.ipynb), exercise 2: one slice, six labels
#
# *The ACGAN of notebook 04 was trained on scans of six classes. Enlarge one slice under each of
# them. By how much do the results differ?*

# %%
acgan = studies.recorded_network("systems", "ACGAN")
slices = np.repeat(lr[5:6], 6, axis=0)
told = scoring.as_method(acgan, np.arange(6))(slices).astype(float)

# %%
spread = np.sqrt(np.var(told, axis=0).mean())
error = np.sqrt(np.mean((told - test.pixels[5]) ** 2))
print(f"the six results differ from their mean by {spread:.1f} grey levels (RMS),")
print(f"from the original by {error:.1f}")


# %% [markdown]
# The label changes a result far less than the result is wrong anyhow. The image says nearly all,
# and the generator hardly listens to the label.
#
# ## [02](02_iteration1.ipynb), exercise 1: multiplications by hand
#
# *Count the multiplications of both generators for one image. Which layer costs most?*
#
# A convolution multiplies once for each weight of its kernel, at each place of its output. One of
# 3x3 from 64 to 64 channels has $9\cdot64\cdot64 = 36\,864$ weights. At 50x50 that makes 92 million
# multiplications, at 100x100 four times as many.

# %%
def multiplications(layer):
    """Of a convolution, for one image, in millions."""
    return math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:3]) / 1e6


# %%
for name, module in {"iteration 1": iteration1, "SRGAN": srgan}.items():
    convolutions = [one for one in module.generator(50, 2).layers if hasattr(one, "kernel")]
    costs = {one.name: multiplications(one) for one in convolutions}
    most = max(convolutions, key=multiplications)
    print(f"{name}: {sum(costs.values()):,.0f} million in {len(costs)} convolutions; the most,")
    print(f"  {multiplications(most):,.0f}, in {most.kernel.shape} for {most.output.shape[1:]}")

# %% [markdown]
# SRGAN's dearest layer is the one before its shuffle, with four times as many channels. At 100x100
# every convolution of iteration 1's blocks costs as much. So iteration 1 has twice SRGAN's sum,
# with fewer layers.
#
# ## [02](02_iteration1.ipynb), exercise 2: the missing path
#
# *Give SRGAN the path that it lacks: add the bicubic enlargement to its output, and set its last
# convolution to zero. What is its PSNR before the first step?*

# %%
keras.utils.set_random_seed(0)
plain = srgan.generator(50, 3, width=8, blocks=2)
summed = keras.layers.Add()([plain.output, degradation.Enlarge(3)(plain.input)])
helped = keras.Model(plain.input, summed)

# %%
print(f"SRGAN: {mean_psnr(scoring.as_method(plain)(lr)):.1f} dB")
last = [layer for layer in plain.layers if hasattr(layer, "kernel")][-1]
last.set_weights([np.zeros_like(one) for one in last.get_weights()])
print(f"with the path: {mean_psnr(scoring.as_method(helped)(lr)):.1f} dB")
print(f"bicubic: {mean_psnr(bicubic(lr)):.1f} dB")

# %% [markdown]
# It begins as bicubic, and each step can only be judged by what it adds to that.
#
# ## [03](03_prototype.ipynb), exercise 1: the two parts of the loss
#
# *A discriminator cannot decide, and the images are 30 dB from their originals. How large are the
# two parts of $L_G$ at an adversarial weight of 0.001, 0.1 and 1?*
#
# On [-1, 1] an image has a range of 2, so 30 dB is a squared error of $2^2 / 10^3$. An undecided
# discriminator says one half, and $-\log\frac12 = 0.69$.

# %%
squared_error = 2**2 / 10 ** (30 / 10)
for weight in (0.001, 0.1, 1):
    adversarial = weight * math.log(2)
    print(f"weight {weight:<5}: {adversarial / squared_error:.1f} times the squared error")

# %% [markdown]
# At 0.001 the squared error is the larger part. At 0.1 and more it is the discriminator that the
# generator works for.
#
# ## [03](03_prototype.ipynb), exercise 2: how long an average lags
#
# *A moving average keeps the share m of itself in each step. After how many steps has it covered
# nine tenths of a sudden change, for m = 0.9 and 0.99?*
#
# After n steps the share $m^n$ of the old value is left, so $n = \log 0.1 / \log m$.

# %%
for momentum in (0.9, 0.99):
    print(f"m = {momentum}: {math.ceil(math.log(0.1) / math.log(momentum))} steps")

# %% [markdown]
# At the sample's few steps an epoch, averages of 0.99 lag to the end of the training.
#
# ## [04](04_systems.ipynb), exercise 1: images that were damaged twice
#
# *Score Real-ESRGAN and SRResNet on images reduced by `SecondOrder`. Who is better now?*

# %%
damage = degradation.SecondOrder(3, seed=1)
damaged = degradation.to_pixels(damage(degradation.to_float(test.pixels)))
methods = {
    name: scoring.as_method(studies.recorded_network("systems", name))
    for name in ("SRResNet", "Real-ESRGAN")
}

# %%
for name, method in {"bicubic": bicubic, **methods}.items():
    psnr = [mean_psnr(method(small)) for small in (lr, damaged)]
    print(f"{name:<12} reduced {psnr[0]:.1f} dB, damaged twice {psnr[1]:.1f} dB")


# %% [markdown]
# On damaged images the order is reversed. A network is good at undoing what it was trained to undo,
# though ten minutes of training do not go far with so much damage.
#
# ## [04](04_systems.ipynb), exercise 2: eight views of one image
#
# *Enlarge each image in all eight positions, mirrored and turned, bring the results back and take
# their mean. How much does SRResNet gain, without any training?*

# %%
def in_eight_positions(method, lr):
    """The mean of the results for all mirrored and turned inputs, brought back."""
    total = 0.0
    for turns in range(4):
        for step in (1, -1):
            sr = method(np.rot90(lr[:, :, ::step], turns, axes=(1, 2)))
            total = total + np.rot90(sr, -turns, axes=(1, 2))[:, :, ::step].astype(float)
    return np.rint(total / 8).astype("uint8")


# %%
srresnet = methods["SRResNet"]
print(f"once {mean_psnr(srresnet(lr)):.1f} dB")
print(f"in eight positions {mean_psnr(in_eight_positions(srresnet, lr)):.1f} dB")

# %% [markdown]
# The errors of the eight results are not the same, so a part of them cancels in the mean. This is
# called *self-ensemble* (Timofte et al. 2016, arXiv 1511.02228), and costs eight times the work. It
# asks for a network that does as well on an image that lies or stands upside down. Our own has learned
# how heads and chests stand, and loses by most of these positions (notebook 10).
#
# ## [05](05_published.ipynb), exercise 1: back to the input
#
# *Reduce each result by the matrix A. Whose comes nearest to the LR image? Then move each result to
# the nearest consistent image. How much does that gain?*

# %% tags=["nbval-ignore-output"]
# Not compared: has a line for each published network that runs on this machine.
few = test.take([0, 5, 11])
few_lr = scoring.low_resolution(few, 3)
for name, method in {"bicubic": bicubic, **published.wheel_methods()}.items():
    sr = method(few_lr)
    moved = degradation.consistent(degradation.to_float(sr), degradation.to_float(few_lr), 3)
    away = scoring.consistency_error(few_lr, sr, 3).mean()
    gain = scoring.psnr(few.pixels, degradation.to_pixels(moved)) - scoring.psnr(few.pixels, sr)
    print(f"{name:<22} {away:.2f} grey levels away from its input, {gain.mean():+.1f} dB")

# %% [markdown]
# Real-ESRGAN is furthest away and gains most: a part of its error can be seen in the input alone.
# SPAN, trained to be exact, stays nearest and gains nothing. The input itself was rounded to 8 bit,
# and the projection takes that rounding over into the result.
#
# ## [05](05_published.ipynb), exercise 2: who repairs damage
#
# *Degrade the test images by `SecondOrder(3)` in place of bicubic. Which network is best now?*

# %% tags=["nbval-ignore-output"]
# Not compared: has a line for each published network that runs on this machine.
for name, method in {"bicubic": bicubic, **published.wheel_methods()}.items():
    psnr = scoring.psnr(few.pixels, method(damaged[[0, 5, 11]])).mean()
    print(f"{name:<22} {psnr:.1f} dB")


# %% [markdown]
# Real-ESRGAN, which was trained on such images, is now no worse than bicubic. SPAN sharpens the
# damage along with the picture, and falls behind. On three slices that may be chance.
#
# ## [06](06_collapse.ipynb), exercise 1: the way back from black
#
# *A pixel is $\tanh z$ with z = -5, and its target is mid-grey, 0. How many steps of plain gradient
# descent on the squared error, at a rate of 0.1, bring z back to -1? How many from -2?*

# %%
def steps_back(z, rate=0.1):
    """Steps until z is above -1; the gradient of tanh(z)^2 is 2 tanh(z) (1 - tanh(z)^2)."""
    steps = 0
    while z < -1:
        z -= rate * 2 * math.tanh(z) / math.cosh(z) ** 2
        steps += 1
    return steps


# %%
print("from -5:", steps_back(-5), "steps; from -2:", steps_back(-2))

# %% [markdown]
# The slope at -5 is four hundred times smaller than at -2, and nearly all steps are spent there.
#
# ## [06](06_collapse.ipynb), exercise 2: when a run freezes
#
# *Which of the recorded runs let less than a hundredth of a gradient through, and in which epoch
# first?*

# %%
for file in ("collapse", "collapse_long", "collapse_paper", "collapse_faster"):
    print(f"{file}:")
    for name, runs in studies.recorded(file)["runs"].items():
        slopes = [np.array(run["slope"]) for run in runs]
        first = [str(1 + int(np.argmax(one < 0.01))) for one in slopes if one.min() < 0.01]
        if first:
            print(f"  {name}: in epoch", " and ".join(first))

# %% [markdown]
# At 48x48 all of them have the high rate *and* the high weight. No single change is among them, and none
# with a linear output. At 150x150 (`collapse_paper`) none is so at the twentyfold rate. At the hundredfold
# rate (`collapse_faster`) a run with the small weight is among them.
#
# ## [07](07_medsr.ipynb), exercise 1: how sharp is sharp
#
# *How much fine detail has the result at a sharpness of 0, 0.5 and 1, as a share of the
# original's?*

# %%
for sharpness in (0.0, 0.5, 1.0):
    sr = degradation.to_pixels(upscaling.network(sharpness)(degradation.to_float(lr)))
    fine = scoring.upper_half_ratio(test.pixels, sr).mean()
    print(f"sharpness {sharpness:g}: {fine:.0%} of the original's fine detail")

# %% [markdown]
# Sharp has more than this template, which is the mean of many heads and smoother than any one of
# them. A sharpness of one half gives less than half of the difference.
#
# ## [07](07_medsr.ipynb), exercise 2: without the projection
#
# *Leave out the step that makes a result consistent. How much is lost?*

# %%
free = scoring.as_method(upscaling.network(reduction="unknown"))
kept = scoring.as_method(upscaling.network())
for name, sr in {"with the projection": kept(lr), "without": free(lr)}.items():
    away = scoring.consistency_error(lr, sr, 3).mean()
    print(f"{name}: {mean_psnr(sr):.1f} dB, {away:.2f} grey levels away from its input")

# %% [markdown]
# This network was trained with the projection behind it, so it never learned to agree with its input
# by itself. So the loss is large here. A network that is trained without the projection learns a part
# of that itself.
#
# ## [08](08_verdicts.ipynb), exercise 1: another bound
#
# *Change a bound so that a verdict changes. What would it take for the second claim to hold?*

# %%
claim = studies.CLAIMS[1]
fails, *others = claim.rules
for bound in (0.0, 2.0, 4.0):
    rule = dataclasses.replace(fails, bounds={"gain": (-math.inf, bound)})
    stricter = dataclasses.replace(claim, rules=(rule, *others))
    print(f"'fails' is a gain of at most {bound:g} dB: {studies.judged(2, stricter)['verdict']}")


# %% [markdown]
# One has to call the measured gain a failure. That is why bounds are to be fixed before the numbers
# are known.
#
# ## [08](08_verdicts.ipynb), exercise 2: means without intervals
#
# *Judge each claim by its means alone, as if there were no intervals. Which verdicts change?*

# %%
def by_its_means(claim):
    """The claim with the mean of each number in place of its interval."""
    bare = {}
    for name, one in claim.evidence.items():

        def value(*runs, one=one):
            return np.atleast_1d(one.value(*runs))[0]

        bare[name] = dataclasses.replace(one, value=value)
    return dataclasses.replace(claim, evidence=bare)


# %%
changed = 0
for number, claim in enumerate(studies.CLAIMS, start=1):
    before, after = (studies.judged(number, one)["verdict"] for one in (claim, by_its_means(claim)))
    if before != after:
        changed += 1
        print(f"{number}. {claim.text}: {before}, by its means {after}")
print("changed:", changed)

# %% [markdown]
# No interval reaches over a bound here, so it makes no difference whether the mean or the whole
# interval is judged. It would, if a bound lay within one.
#
# ## [09](09_own_scan.ipynb), exercise 1: the grid at full sharpness
#
# *Set `sharpness` in `upscaling.checked` to 1. How much higher is the grid in the flat brain of the
# CT?*

# %%
scan = scans.read(get_testdata_file("693_J2KI.dcm", download=False))
for sharpness in (0.0, 1.0):
    found = upscaling.checked(scan, sharpness)
    ct = found.original[0]
    around = np.lib.stride_tricks.sliding_window_view(np.pad(ct, 2, "edge"), (5, 5))
    flat = (around.std(axis=(2, 3)) < 10) & (ct >= 0) & (ct <= 80)
    added = (found.enlarged - found.bicubic)[0][flat]
    print(
        f"sharpness {sharpness:g}: the network adds {np.std(added):.1f} HU (RMS) where it is flat"
    )

# %% [markdown]
# Where it is flat there is little to add. The sharp network adds several times as much there, grid
# and invented texture.
#
# ## [09](09_own_scan.ipynb), exercise 2: reduced as a scanner reduces
#
# *Enlarge a part of the abdomen once as reduced by bicubic and once as reduced in k-space. By how
# much do the results differ, and where?*

# %%
abdomen = scans.read(get_testdata_file("examples_overlay.dcm", download=False))
part = dataclasses.replace(abdomen, planes=abdomen.planes[:, 150:210, 200:260])
two = {
    name: upscaling.enlarge(part, reduction=name).planes[0].astype(float)
    for name in ("bicubic", "k-space")
}

# %%
apart = np.abs(two["bicubic"] - two["k-space"])
edges = np.hypot(*np.gradient(two["bicubic"]))
strong = edges > np.quantile(edges, 0.9)
print(f"apart: {apart.mean():.1f} stored units of {np.ptp(part.planes)} on average,")
print(f"{apart[strong].mean():.1f} on the tenth with the strongest edges")

# %% [markdown]
# They differ a little everywhere, and most at edges. Bicubic weights and the middle of k-space cut
# fine patterns off in different ways, and edges have most of these. A scanner's own reduction has
# to be named for the result to agree with its input.
#
# ## [10](10_scanners.ipynb), exercise 1: noise that comes back
#
# *Tell the robust network that the two noisy slices came by k-space, and then that they are noisy
# too. What happens to the score, and why?*

# %%
slices = data.plate().take([0, 1])
taken = scoring.CASES["k-space, Rician noise 4"].taken(slices.pixels, 3)
for told in ({}, {"reduction": "k-space"}, {"reduction": "k-space", "noise": 4.0}):
    network = scoring.as_method(upscaling.network(robust=True, **told))
    print(f"told {told or 'nothing'}: {scoring.psnr(slices.pixels, network(taken)).mean():.2f} dB")

# %% [markdown]
# The noisy slice is not what k-space makes of the original: it is that and noise. A result that
# reduces to it must hold the noise, and the score falls a little, which on two slices may be
# chance. Told of the noise as well, the network need not give it back.
#
# ## [10](10_scanners.ipynb), exercise 2: more pixels than were measured
#
# *Take the slices with `degradation.Scanner("zero-filled 0.8")`. Is faithful still behind
# zero-filling?*

# %%
filled = degradation.Scanner("zero-filled 0.8").taken(slices.pixels, 3)
methods = {"zero-filling": scoring.interpolation("zero-filling", 3)}
methods["faithful"] = scoring.as_method(upscaling.network())
methods["robust"] = scoring.as_method(upscaling.network(robust=True))
for name, method in methods.items():
    print(f"{name}: {scoring.psnr(slices.pixels, method(filled)).mean():.2f} dB")

# %% [markdown]
# Here it is even with it, and robust is a little ahead of both. Where a part of the frequencies was
# never measured, there is little in the scan that any of them could sharpen.
#
# Back to the beginning: [00 The data, their faults and the pairs](00_data.ipynb).
