# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 How scanners lose resolution
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/10_scanners.ipynb)
#
# * **Question:** medsr, so far, learned to undo bicubic reduction. No scanner reduces by bicubic. What
#   happens on images that are reduced as scanners reduce, and what helps?
# * **You will learn** what truncated k-space and a binned detector do to an image, why noise breaks
#   a network that was never shown any, and how to give each pixel a range that holds the truth.
# * **You need** notebook 07, which builds the network. Other words are in the
#   [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** about a minute on a processor; nothing is trained here, nothing is downloaded.

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
from IPython.display import Markdown

from medsr_nb import data, degradation, figures, presets, scoring, studies, upscaling

# %% [markdown]
# ## Four ways to make one pixel of three
#
# A line of pixels becomes a shorter line: a matrix A times the pixels. Each row of A says which pixels
# make one. Only the rows differ:
#
# * **bicubic** weighs the pixels around by a smooth curve, as image programs do;
# * **Lanczos** does the same with a longer curve;
# * **average** takes the mean of three, as a detector whose pixels are read together;
# * **k-space**: an MR scanner does not measure pixels. It measures how strong each pattern of waves is,
#   from coarse to fine, and leaves out the finest. So a pixel of its image holds a little of every
#   pixel of the line.
#
# Two more come in the tables below. **Detector** is the average of an image that the X-ray tube has
# blurred a little. **Zero-filled 0.8** is an MR image that has more pixels than were measured: of
# its waves, the coarsest four fifths in each direction were measured, and the rest is zero.

# %%
figures.reductions()

# %% [markdown]
# The right panel shows one edge. Cut in k-space, it rings: the grey levels swing to both sides of
# it. This is Gibbs ringing, and every MR image of few pixels has it. Bicubic swings once to each
# side, Lanczos twice, the average not at all. A network that has only seen bicubic has never seen such waves.
#
# ## Noise
#
# Each pixel of an MR image is the length of a complex number, and both of its parts have noise. So the
# noise of the image is Rician: no pixel is negative, and black gets brighter. An X-ray counts photons. So its noise grows with the
# brightness, as the square root of the count.

# %%
figures.listing(degradation.Scanner.taken)

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
plate = data.plate()
head = plate.take([0])
taken = {name: one.taken(head.pixels, 3)[0] for name, one in scoring.CASES.items()}
title = f"One slice, taken in seven ways: {head.name}, {head.names[0]}"
figures.gallery(list(taken.values()), list(taken), title)

# %% [markdown]
# The seven are these four, and three with noise: four photons for each grey level, Gaussian noise
# of five grey levels, Rician noise of four. To the eye they look much alike. So here is what each
# has more or less than the bicubic one:

# %%
rest = {name: one[..., 0] - taken["bicubic"][..., 0].astype(float) for name, one in taken.items()}
del rest["bicubic"]
title = f"Less the bicubic one, from -20 grey levels (black) to 20 (white): {head.name}"
figures.side_by_side(list(rest.values()), list(rest), [(-20, 20)] * len(rest), title)

# %% [markdown]
# Without noise the differences are few grey levels, at edges and in fine tissue. Those of k-space run on as
# waves into the black around the head. The scores below differ widely.
#
# ## What the faithful network does with them
#
# `faithful` is the network of notebook 07. Here it meets what an MR scanner does: k-space, and a
# little Rician noise. The scanner's own console would fill the missing waves with zeros
# ("zero-filling") and transform back. That is the enlargement to beat.

# %%
networks = {"faithful": upscaling.network(), "robust": upscaling.network(robust=True)}
methods = {"zero-filling": scoring.interpolation("zero-filling", 3)}
methods |= {name: scoring.as_method(network) for name, network in networks.items()}
scanner = scoring.CASES["k-space, Rician noise 4"]
slices = plate.take([0, 1])
comparison = scoring.compare(methods, slices, 3, scanner.taken(slices.pixels, 3))
figures.image_rows(comparison, "k-space, Rician noise of 4 grey levels")

# %% [markdown]
# Faithful takes the waves and the noise for detail and sharpens both. The other network, `robust`,
# does not. It has the same design, and its training began with the weights of faithful's first
# training. Three things differ:
#
# 1. **It was trained on all of these reductions.** For each image of a batch a reduction, a noise
#    and its strength are drawn, and sometimes JPEG on top. Nobody tells it which.
# 2. **It may contradict its input.** Faithful is moved to an image that reduces to its input
#    exactly. Where the input is noisy, that would bring the noise back.
# 3. **It was finished on whole images, for PSNR itself.** Two further trainings used whole images, and
#    minus the mean PSNR as their loss. The last one mirrored half of the images. After each, a mean of
#    the old and the new weights was taken, as the model card explains.

# %%
figures.listing(degradation.ScannerReductions)

# %% [markdown]
# A slider for the noise, where this notebook runs (a still picture elsewhere). Faithful is behind
# zero-filling even without noise. How does the distance change? The numbers, for the head:

# %%
strengths = (0.0, 1.0, 2.0, 4.0, 8.0)


def at(strength):
    """The head, taken by k-space with noise of this strength, and enlarged by each method."""
    noise = "rician" if strength else "none"
    lr = degradation.Scanner("k-space", noise, strength).taken(head.pixels, 3)
    return scoring.compare(methods, head, 3, lr)


def at_noise(strength):
    return figures.image_rows(at(strength), f"k-space, Rician noise of {strength:g} grey levels")


figures.interactive(at_noise, strengths, "noise", start=2.0)

# %% tags=["nbval-ignore-output"]
# Not compared: the second decimal depends on the machine.
rows = ["| noise, grey levels | zero-filling | faithful | robust |", "|---|---|---|---|"]
for strength in strengths:
    found = at(strength)
    gains = [f"{found.gain(name)[0]:+.2f} dB" for name in networks]
    rows.append(
        f"| {strength:g} | {found.scores['zero-filling']['psnr'][0]:.2f} dB | {' | '.join(gains)} |"
    )
Markdown("\n".join(rows))


# %% [markdown]
# From two grey levels on, faithful falls further behind with more noise: it sharpens the noise. Robust
# was shown noise of these strengths, and stays ahead. And a slider for the reduction, without noise.
# Where does faithful pass robust?

# %%
def at_reduction(name):
    lr = degradation.Scanner(name).taken(head.pixels, 3)
    return figures.image_rows(scoring.compare(methods, head, 3, lr), f"{name}, no noise")


reductions = ("bicubic", "lanczos", "average", "detector", "k-space")
figures.interactive(at_reduction, reductions, "reduction", start="average")

# %% [markdown]
# Where no slider can be moved, the picture shows one reduction. All five, for this head:

# %% tags=["nbval-ignore-output"]
# Not compared: the second decimal depends on the machine.
for name in reductions:
    found = scoring.compare(methods, head, 3, degradation.Scanner(name).taken(head.pixels, 3))
    told = (f"{each} {found.scores[each]['psnr'][0]:.1f} dB" for each in found.sr)
    print(f"{name:<8}", *told, sep="  ")

# %% [markdown]
# On this head faithful is ahead of robust on bicubic alone, which it was trained on.
#
# ## On real images
#
# `medsr score` takes originals, reduces them in seven ways, and compares each network with the best
# interpolation for that input. The table is its record for the test images of Kaggle's two sets. It
# shows gains in PSNR (dB) with 95 % intervals. *Told* means that the reduction was
# named. A last step then moves the result until it reduces to the input in that way; the network
# itself is not given the name. Where there is noise, the reduced result may differ from the
# input by one and a half standard deviations. *Best* is the mean of two results, of the image as it is and
# of its mirror image (`medsr upscale --best`).
#
# Faithful and sharp were trained to keep their results consistent with bicubic. So their columns do that
# whatever the input is. Robust's result keeps to nothing, where it is not told the reduction.

# %%
recorded = studies.recorded("scanners")
print(f"{recorded['data']['images']} images; {recorded['hardware']}")
Markdown(scoring.scanner_table(recorded["scores"]))

# %% [markdown]
# And every system of notebook 04, beside ours and two published networks. None is told the reduction:
# faithful takes every input for bicubic, as above.
# Faithful and robust differ a little from the table above, for two reasons. Here faithful has no layer
# that keeps its result within black and white (notebook 07). And the images stood in another order, so
# each had other noise. The last three columns are ways that the table above has not: a detector's
# blur with counted photons, a scan that was filled up with zeros to more pixels than were measured,
# and a picture that was kept as JPEG:

# %%
systems = studies.recorded("on_scanners")
print(f"{systems['data']['test']['images']} images; {systems['hardware']}")
Markdown(studies.system_table(systems))

# %% [markdown]
# Under truncated k-space, every network that learned from bicubic alone is worse on MRI than the best
# interpolation. On X-rays all of them are worse where there is noise. With few exceptions, the more a
# network gains on bicubic, the further it falls. Real-ESRGAN learned from blur, noise and JPEG. Both
# trainings of it, the short one here and the published one, are far behind interpolation under every
# reduction. Robust alone gains everywhere.
#
# And here, on the sample, for three of the seven. These are 12 slices of one averaged head, so the
# intervals say nothing about other heads:

# %% tags=["nbval-ignore-output"]
# Not compared: the second decimal depends on the machine.
pictures = data.load(source, 150)
few = pictures.take(np.linspace(0, len(pictures) - 1, 12).astype(int))
cases = {name: scoring.CASES[name] for name in ("bicubic", "k-space", "k-space, Rician noise 4")}
ours = {name: methods[name] for name in networks}
found = scoring.scores_by_scanner(ours, few, cases=cases)
Markdown(scoring.scanner_table(found))

# %% [markdown]
# ## What is the name of the reduction worth?
#
# `medsr upscale --reduction NAME` says how a scan lost its resolution. The result then reduces to the
# scan in that way. What does that gain, and what does the wrong name cost? Rows are what the scanner
# did, columns what was named. Numbers are dB more than with no name at
# all. Without a name not even faithful keeps to its input. In the tables above it was told bicubic:
# that is the first column here.

# %%
Markdown(scoring.naming_table(recorded["naming"]))

# %% [markdown]
# ## Do results look like originals?
#
# PSNR asks whether a result is the original. Another question is whether it looks like one. Then it
# must be compared with originals of other patients, as a set with a set. The kernel distance (KID)
# does so by features: about 0 where two sets are of one kind, more where they are not. One kind of
# feature is learned ("labels", from the classifier that judges), one is not ("texture", a bank of
# filters); the two have scales of their own. *Fine detail* is the power in the upper half of the
# spectrum, as a share of the originals', here over all images together (in notebook 07 it is the
# mean of each image's share).
#
# The other columns ask for patterns that come back in many pictures, such as stripes or a grid. In the
# spectrum each of them stands out from the frequencies around it. We measure by how much it does so in
# the results, and divide by the same of the originals:
#
# * *pattern* is the largest of these ratios, over all frequencies;
# * *pattern at* is its frequency, in cycles per pixel along rows and columns;
# * *at 1/3* is the ratio at a third of a cycle along both, where a network that enlarges by three may
#   draw a grid.
#
# In the row "original" the distance is 0 by its definition. Its pattern compares one half of the originals
# with the other half, so it shows what chance gives. A strong grid would be far above that.

# %%
Markdown(scoring.distribution_table(recorded["distribution"]))

# %% [markdown]
# Sharp is by far the nearest to originals by both kinds of feature, and bicubic by far the
# furthest. Robust is further than faithful, and has less fine detail. Sharp's pattern is below
# that of originals on both kinds, on X-rays narrowly. On X-rays robust leaves a weak grid at 1/3.
# Sharp's strongest pattern lies near there too; notebook 07 has the loss that is to keep sharp from it.
#
# ## A range for each pixel
#
# A mean score says nothing about one pixel. We sort the pixels of validation images into cells, by
# how strong the guess is and how much the grey levels around a pixel vary. For each cell we count how
# far nine of ten originals lay from the result. That distance is the range of every pixel of that cell
# in a new image. If new images come from where the validation images came from, nine of ten originals lie in
# their range. Statisticians call this conformal prediction.
#
# A network that is told nothing may take noise off its input. How much it took off around a pixel is
# seen when its result is reduced and compared with the input. There we sort the pixels by this as well.
# Where the noise of an input is named, we count four times, on inputs of that reduction with four
# strengths of the noise that goes with it. Between two strengths the ranges of both are blended.

# %%
figures.listing(scoring.calibrated)

# %%
cover = recorded["cover"]
cases = ("k-space", "k-space, Rician noise 4, not named")
chosen = {name: {case: cover[name][case] for case in cases} for name in ("faithful", "robust")}
figures.cover(chosen, "Ranges on test images of Kaggle: how many originals they hold")

# %% [markdown]
# The grey band is the share that we ask for, in each tenth of the pixels. On MRI with noise that is not
# named, faithful's narrowest ranges hold far too few, on X-rays a little too few. Naming the noise mends
# that (the rows "named" of the table). In the table the network was told how its input was taken, except
# in the rows "not named". "Drawn scanners" are as in the training of robust: a reduction and a noise of
# its own for each image. "Both" are scans of unknown kind, MRI and X-rays in equal parts:

# %%
Markdown(scoring.cover_table(cover))

# %% [markdown]
# ## Other kinds
#
# Five pictures of the plate, taken by k-space without noise. No network here was trained on CT,
# ultrasound, a bone scan or an abdomen. The model card has the same pictures taken in all ten ways, and
# says what to leave alone.

# %% tags=["nbval-ignore-output"]
# Not compared: the last digit depends on the number of threads.
lr = degradation.Scanner("k-space").taken(plate.pixels, 3)
every = {name: scoring.interpolation(name, 3) for name in ("bicubic", "lanczos", "zero-filling")}
comparison = scoring.compare(every | ours, plate, 3, lr)
rows = ["| picture | best interpolation | faithful | robust |", "|---|---|---|---|"]
for number, name in enumerate(plate.names):
    values = {method: found["psnr"][number] for method, found in comparison.scores.items()}
    best = max(every, key=values.get)
    gains = [f"{values[method] - values[best]:+.1f} dB" for method in ours]
    rows.append(f"| {name} | {best}, {values[best]:.1f} dB | {' | '.join(gains)} |")
Markdown("\n".join(rows))

# %% [markdown]
# ## What we learned
#
# * **A network is best on the reduction that it was trained on, and gains less on others.** Faithful is
#   the best of all on bicubic inputs, and still gains on Lanczos and averages. On MRI from k-space it
#   is worse than zero-filling, which the scanner does for nothing. On most noisy inputs it loses to an
#   interpolation too, as it sharpens the noise.
# * **Showing it all reductions costs something and wins more.** Robust is behind faithful where the
#   input is bicubic, and where both are told that an X-ray was reduced by Lanczos. Everywhere else robust is
#   ahead, and with noise by far. So `medsr upscale` takes robust for an MR that comes straight from the scanner, as its
#   DICOM tells.
# * **For robust, the right name is worth something and the wrong one costs more.** By the right name it
#   gains about a tenth of a decibel on MRI, and two to four tenths on X-rays. By many a wrong one it loses
#   one to three decibels. "Detector" as a
#   wrong name is a disaster: its blur is divided out where there was none. So name the reduction
#   only where you know it.
# * **For faithful, the name bicubic is better than no name in every row**, even where it is wrong. It
#   was trained with the projection behind it and relies on it. The right name is better still for inputs
#   by Lanczos, a detector, k-space and zero-filling. On averaged MRI it is worth no more than three wrong
#   ones: bicubic, Lanczos and k-space.
# * **The mean of two positions gives a little more.** The mean of a picture as it is and mirrored is nearer
#   to the original on every row. No network has seen an image upside down or lying. Such positions help
#   in few cases and harm in most; the model card has the table.
# * **With noise, agreement with the input is worth nothing to robust.** We let the reduced result
#   differ from the input by one and a half standard deviations of the noise. The score stays as it
#   was, or falls a little. Faithful gains by it in most rows, but stays far behind.
# * **Ranges hold where the reduction is named**, without noise and with noise that is named too. Every
#   tenth of the pixels is then between 85 and 95 %, for every network.
#     * *With nothing named*, all hold over scanners that are drawn for each image. Of a single scanner
#       robust's hold or nearly so; those from k-space are somewhat too wide. Faithful's and sharp's are too
#       wide where there is no noise.
#     * *In MRI from k-space with noise that is not named*, the narrowest of the two are too narrow. Noise
#       makes the black around the head brighter, and that looks like a picture without guesses.
# * **Other kinds: ask before use.** Robust helps on the head CT, and a little on the two MR
#   slices, less than on Kaggle's MRI. Why less, we have not tested. On ultrasound it is even with
#   zero-filling, and on the bone scan it does harm, more than faithful.
# * **What surprised us:** the pictures without noise at the top differ by so little that an eye must
#   search for it, and the same network is ahead on one of them and behind on another.
#
# **Where we depart from the paper.** Everywhere. The paper reduces by bicubic and tried other
# reductions only to drop them (section 2.5, notebook 04).
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Tell the robust network that the two noisy slices came by k-space (`reduction="k-space"`), and
#    then that they are noisy too (`noise=4`). What happens to the score, and why?
# 2. Take the slices with `degradation.Scanner("zero-filled 0.8")`, an image of more pixels than
#    were measured. Is faithful still behind zero-filling?
# 3. Without a solution: score your own images. Save them by `np.savez("own.npz", mri=pixels)`, with
#    `pixels` uint8 of shape (N, 150, 150), and run `medsr score own.npz`.
#
# Before: [09 Your own scan](09_own_scan.ipynb). Next: [99 Solutions to the
# exercises](99_solutions.ipynb).
