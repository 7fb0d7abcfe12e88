# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 Every system the paper names, side by side
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/04_systems.ipynb)
#
# * **Question:** given the same images and the same time, which of the systems that the paper names
#   enlarges best, and does any augmentation help?
# * **You will learn** what is new in each published system, and which of them is worth its time.
# * **You need** the scores of notebook 00, and the blocks and losses of notebooks 02 and 03. Other
#   words are in the [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** some two minutes on two CPU cores at `sample`; at the other presets each of eleven
#   rows takes `minutes` of your machine.
#
# The paper's figure 7 sets its result beside other published models and does not name them. From its
# text we take them to be SRGAN, ESRGAN, Real-ESRGAN, SwinIR and ResShift. Others trained them, on
# other images and for longer. Here each starts from nothing, on the same images, for the same time,
# in greyscale, from 50x50 to 150x150.

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

from medsr_nb import data, degradation, figures, machine, presets, scoring, studies, training
from medsr_nb.studies import budget

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
keep_on_drive = False  # True, in Colab: trainings are kept on your Drive, and go on from there
if keep_on_drive:
    machine.mount_drive()
minutes = None if preset == "sample" else 10.0  # for each system; None: a few short epochs
recipes = {name: studies.recipe_of("systems", name, preset) for name in studies.SYSTEMS}
pictures = data.load(source, 150)
parts = training.split(recipes["SRResNet"], pictures)
print(training.split_note(recipes["SRResNet"], pictures, parts))

# %% [markdown]
# ## The systems
#
# Eleven trainings, and what each adds. *Attention*, *adversarial loss* and the other words are
# explained below or in the [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
#
# | row | what is new in it | paper |
# |---|---|---|
# | ACGAN | the class is known to the generator and has to be named by the discriminator | [1610.09585](https://arxiv.org/abs/1610.09585), and the student paper's section 3.1 |
# | prototype | the student paper's final network, on the re-enlarged image | its sections 2.3 and 2.4 |
# | SRResNet | works at the size of the LR image, enlarges last, and adds to a bilinear enlargement; no batch norm | [1609.04802](https://arxiv.org/abs/1609.04802), in its present form, MSRResNet ([1809.00219](https://arxiv.org/abs/1809.00219)) |
# | SRGAN | an adversarial loss on top, and distances between features instead of pixels | [1609.04802](https://arxiv.org/abs/1609.04802) |
# | RRDBNet, ESRGAN | dense blocks within residual blocks; ESRGAN's discriminator says which of two images is more real | [1809.00219](https://arxiv.org/abs/1809.00219) |
# | Real-ESRGAN | learns to undo two rounds of blur, resizing, noise and JPEG; judges every pixel | [2107.10833](https://arxiv.org/abs/2107.10833) |
# | SwinIR | attention within windows that shift from layer to layer | [2108.10257](https://arxiv.org/abs/2108.10257) |
# | ResShift | a chain of noisy images from LR to HR, walked back in four steps | [2307.12348](https://arxiv.org/abs/2307.12348) |
# | CutBlur | SRResNet, fed with pictures that are sharp in a box and blurred outside, or the reverse | [2004.00448](https://arxiv.org/abs/2004.00448) |
# | perceptual | SRResNet with the distance of features beside that of pixels, and no GAN | the student paper's wish |

# %%
for name, recipe in recipes.items():
    generator, discriminator = training.networks(recipe)
    judge = f", discriminator {discriminator.count_params():,}" if discriminator else ""
    depth = recipe.blocks or "as in the paper"
    print(
        f"{name:<12} width {recipe.width}, blocks {depth}: "
        f"{generator.count_params():,} weights{judge}"
    )

# %% [markdown]
# ## One look inside each
#
# **SRResNet** is the plainest. All of its blocks work at the size of the small image:

# %%
figures.architecture(training.networks(recipes["SRResNet"])[0], "SRResNet, made smaller")

# %% [markdown]
# **ESRGAN** replaces residual blocks by dense ones: each convolution sees the results of all before
# it in its block. Features of (B, h, w, C) grow by `growth` channels with each of four
# convolutions, and the fifth brings them back to C. What a block adds is scaled by 0.2:

# %%
from medsr_nb.models import rrdb

figures.listing(rrdb.dense_block, rrdb.residual_in_residual)

# %%
figures.architecture(training.networks(recipes["ESRGAN"])[0], "ESRGAN's generator, narrowed")

# %% [markdown]
# Its discriminator compares: how much more real is this image than the average of the others? Let
# $C(x)$ be its logit, the number before it becomes a probability, $\sigma$ the curve that makes the
# probability, and bars the mean over a batch. Then the discriminator minimises
#
# $$L_D = \tfrac12\Bigl(-\log\sigma\bigl(C(HR) - \overline{C(SR)}\bigr)
# - \log\bigl(1 - \sigma(C(SR) - \overline{C(HR)})\bigr)\Bigr)$$
#
# and the generator the same with HR and SR exchanged:

# %%
from medsr_nb import losses

figures.listing(losses.relativistic_discriminator_loss, losses.relativistic_generator_loss)

# %% [markdown]
# ESRGAN also compares features. With $\phi$ for what a layer of a classifier computes, this
# *perceptual loss* is the mean of $|\phi(SR) - \phi(HR)|$. SRGAN and "perceptual" square it.
#
# **Real-ESRGAN** trains on images that were damaged twice, each time by blur, a change of size,
# noise and JPEG. Three draws for one original:

# %%
from medsr_nb.degradation import second_order

hr = degradation.to_float(np.repeat(parts.validation.pixels[:1], 3, axis=0))
worse = degradation.to_pixels(second_order.SecondOrder(3, seed=1)(hr))
plain = degradation.to_pixels(degradation.reduced(hr, 3))
title = f"Second-order degradation, 50x50: {pictures.name}"
titles = [f"draw {i + 1}" for i in range(3)] + ["bicubic"]
figures.gallery([*worse, plain[0]], titles, title, columns=2)

# %% [markdown]
# Its discriminator says of every pixel whether it looks real. It goes down to an eighth of the size and
# up again, with skip connections across:

# %%
figures.architecture(training.networks(recipes["Real-ESRGAN"])[1], "Real-ESRGAN's discriminator")

# %% [markdown]
# **SwinIR** works with *attention*: each pixel takes a weighted mean over the 100 pixels of a window
# of 10x10. From its features the network computes a query $q_i$ for each pixel and a key $k_j$ and a
# value $v_j$ for each pixel that it may look at. Pixel $i$ becomes
#
# $$\sum_j \mathrm{softmax}_j\Bigl(\frac{q_i\cdot k_j}{\sqrt d} + b_{ij}\Bigr)\, v_j$$
#
# with $d$ numbers in a key and a learned $b$ for each distance between two pixels. In every second
# block the windows are shifted by half a window, so that neighbouring windows mix. A shifted window
# at the border holds pixels from opposite borders of the image. A mask keeps these from attending
# to each other:

# %%
from medsr_nb.models import swin

mask = swin.seam_mask((20, 20), 10, 5)
print("windows, pixels, pixels:", mask.shape)
print("masked pairs of pixels, by window:", [int((one != 0).sum()) for one in mask])

# %%
figures.architecture(training.networks(recipes["SwinIR"])[0], "SwinIR, made smaller")

# %% [markdown]
# **ResShift** is a *diffusion* model: it learns to undo noise in steps. In the letters of its paper, its
# chain leads from HR,
# $x_0$, to the enlarged LR image $y$ under noise $\epsilon$:
#
# $$x_t = x_0 + \eta_t\,(y - x_0) + \kappa\sqrt{\eta_t}\;\epsilon, \quad \kappa = 2$$
#
# The network is given $x_t$ and $y$ and says what $x_0$ was. From that follows a less noisy step:

# %%
from medsr_nb.models import diffusion

etas = diffusion.schedule(4).astype("float32")
hr = degradation.to_float(parts.validation.pixels[:1])
y = degradation.enlarged(degradation.reduced(hr, 3), 3)
noise = np.random.default_rng(0).normal(size=hr.shape).astype("float32")
chain = [hr, *(diffusion.marginal(hr, y, noise, eta, 2.0) for eta in etas)]
titles = ["x_0 (HR)"] + [f"x_{t + 1}, eta {eta:.4f}" for t, eta in enumerate(etas)]
shown = [degradation.to_pixels(x)[0, 60:90, 60:90] for x in chain]
figures.gallery(shown, titles, f"ResShift's chain, 30x30 of it: {pictures.name}")

# %% [markdown]
# Its network is a U-Net of three levels, each with half of the side of the one above it: down, and
# up again, with skip connections across. It is made of residual blocks. In each the number of the
# step, $t$, is added to the features, so that the network knows how much noise there is:

# %%
import keras

from medsr_nb.models import resshift

features = keras.Input((28, 28, 64), name="features")
time = keras.Input((128,), name="time")
block = keras.Model([features, time], resshift.residual_block(features, time, width=64))
figures.architecture(block, "A residual block of ResShift")

# %% [markdown]
# The whole network, with each such block as one box. Boxes with the same letter are connected: the result
# of the first goes into the others too:

# %%
small = resshift.denoiser(50, 3, recipes["ResShift"].width, blocks=recipes["ResShift"].blocks)
figures.architecture(small, "ResShift, made smaller", {"residual block": block})

# %% [markdown]
# **CutBlur** pastes LR into HR or HR into LR; the target is always HR. So the network has to learn
# where, and how much, to sharpen. Its family beside it, on one pair of images: *blend* mixes an
# image with a grey, *mixup* with another image, *cutmix* pastes a box of another image, *cutmixup*
# mixes with another image inside the box alone, *cutout* blackens one pixel in a thousand.

# %%
from medsr_nb import augmentation
from medsr_nb.augmentation.mixtures import Draws

hr = degradation.to_float(parts.train.pixels[[0, len(parts.train) // 2]])
blurred = degradation.to_float(
    scoring.low_resolution(parts.train.take([0, len(parts.train) // 2]), 3)
)
blurred = np.repeat(np.repeat(blurred, 3, axis=1), 3, axis=2)
draws = Draws(hr, keras.random.SeedGenerator(42))
fed = {
    name: degradation.to_pixels(mix(blurred, hr, draws)[0])[0]
    for name, mix in augmentation.MIXTURES.items()
}

# %%
plain, original = (degradation.to_pixels(one)[0] for one in (blurred, hr))
box = np.asarray(draws.box)[0, ..., 0]
title = f"What the network is fed under each mixture: {pictures.name}"
figures.mixtures(fed, plain, original, box, title)

# %% [markdown]
# ## Same images, same time
#
# First a system's steps are timed. From that follows how many steps fit into its minutes. Then it
# trains that number of steps, while the learning rate falls to zero. Where there is no GPU, the
# minutes are minutes of processor time, so that other programs on the machine do not shorten a
# training. SRGAN, ESRGAN and Real-ESRGAN train with the pixel loss alone for about half of their
# time. `medsr compare` does the same from a terminal, and goes on where it was stopped.

# %%
figures.listing(budget.fitted)

# %% [markdown]
# At `sample` two of the eleven systems train here for a few steps, one without and one with a
# discriminator. That is
# far too few for a good result, and the figure is no ranking: SRResNet has hardly moved from the
# enlargement that it starts from, and SRGAN starts from nothing. It shows that everything runs.
# With `minutes` set, all eleven train.

# %% tags=["nbval-ignore-output"]
# Not compared: seconds, and digits that depend on the machine.
live = ["SRResNet", "SRGAN"] if minutes is None else list(recipes)
chosen = {name: recipes[name] for name in live}
rows, enlarged = studies.systems_cell(chosen, parts, minutes)

# %%
comparison = budget.comparison(rows, enlarged, parts.test)
print("rows:", len(comparison.scores) - 1, "- images each:", len(parts.test))
figures.one_image(comparison, 0, "Trained just now", zoom=25)

# %% [markdown]
# ## The recorded comparison
#
# Each system had the same minutes of two cores, on the Kaggle images. Real-ESRGAN's row alone was
# trained on a graphics card, for as many steps as these minutes allow: its own minutes and memory are
# that card's. *Better* is the share of test images that are nearer to their original than bicubic's.

# %%
recorded = studies.recorded("systems")
print(studies.study_origin(recorded))
print(scoring.score_table(recorded["scores"]))

# %% [markdown]
# What each row cost. *Images seen* counts an image each time that a step used it. *Minutes of the
# machine* include compiling. *ms an image* is the time to enlarge one. The last two columns are
# gains over bicubic: where the first of them is much larger, a network knows its training images by
# heart.

# %%
Markdown(studies.costs(recorded))

# %% [markdown]
# The learning rates differ: SRResNet's is twice that of RRDBNet and SwinIR. All three with both rates,
# for as many passes over the images as SRResNet made above:

# %%
rates = studies.recorded("rates")
print(studies.study_origin(rates))
Markdown(studies.study_table(rates))

# %% [markdown]
# How each got there, epoch by epoch. The bar across a curve is where the discriminator joins; before
# it, the network minimises the pixel loss alone. ACGAN and the prototype have theirs from the start.
# Real-ESRGAN's curve is short, as its minutes are those of a graphics card:

# %%
figures.progress(recorded["rows"], f"Gain against time, recorded on {recorded['data']['name']}")

# %% [markdown]
# Without a discriminator the curves become flat while the learning rate falls to zero. A longer
# training is a curve of its own, not these drawn further. With a discriminator some still move in
# their last epochs. CutBlur's network stands still at first: it returns its input, a
# nearest-neighbour enlargement, as it is. That is right for the half of what it is fed that is sharp
# already.
#
# ### The recorded networks, here
#
# Their weights come with the package. None has seen the template, nor the real slice below:

# %%
labels = parts.test.labels
networks = {name: studies.recorded_network("systems", name) for name in recorded["rows"]}
methods = {"bicubic": scoring.bicubic(3)}
methods |= {
    name: scoring.as_method(one, labels if len(one.inputs) == 2 else None)
    for name, one in networks.items()
}
shown = scoring.compare(methods, parts.test, 3)

# %%
gains = {name: shown.gain(name)[0] for name in networks}
print("better than bicubic on the sample:", ", ".join(n for n, gain in gains.items() if gain > 0))

# %% [markdown]
# On a real slice, a head in MR from the fixed plate: folds of the brain. The scores are those of the
# whole slice. ACGAN is left out, because it needs a class:

# %%
methods.pop("ACGAN")
plate = scoring.compare(methods, data.plate().take([0]), 3)
figures.one_image(plate, 0, "The recorded networks", zoom=25, at=(32, 58))

# %% [markdown]
# ### Distortion against perception
#
# Blau and Michaeli ([1711.06077](https://arxiv.org/abs/1711.06077)) prove a limit: near it, a
# result that looks more natural must have a larger error. These short trainings are far from that
# limit, so that one method can be best on both axes, as SRResNet is here. Perceptual distance is
# that of the features of a classifier of the medical labels. There are two: some networks were trained
# with the first, and the second, used here, only judges.

# %%
title = f"Distortion against perception, recorded on {recorded['data']['name']}"
figures.tradeoff(recorded["scores"], title)

# %% [markdown]
# ### Are the differences real?
#
# For every pair of rows we take the difference in PSNR on each image. *p* is how often a mean as large
# would come up if both were equally good. It is found by bootstrap: as many groups of images are drawn
# again and again, with repetition. Who looks at many pairs finds some by chance, so p is raised by
# their number (*Holm's correction*). The table lists the pairs whose difference may be chance.

# %%
Markdown(studies.undecided(recorded))

# %% [markdown]
# ## What the pictures are made of
#
# Four scores beside PSNR:
#
# * *Perceptual distance*: the distance between features of the picture and of its original, by the
#   classifier.
# * *VIF*: how much of the original's information the picture carries; 1 is all of it.
# * *Fine detail*: a picture is a sum of wave patterns from coarse to fine, its spectrum. The score is how
#   strong the finer half of them is (four pixels a wave or less), over the original's. It counts wrong
#   detail too.
# * *Away from its input*: reduce the picture again, and compare with the input, in grey levels; 0
#   is best.

# %%
Markdown(studies.qualities(recorded))

# %% [markdown]
# ### Is the disease still there?
#
# A classifier of the labels (the kind of tumour, pneumonia or none), trained on originals, is shown
# every picture. No MRI among these shows a healthy head, as all of those have a twin in training. So
# this cannot show a tumour that was invented. *Lost*: it named the original rightly and the result wrongly. *Won*: the reverse.
# With so few groups of images the intervals are wide. ACGAN's row is not comparable: its generator
# is given the true label.

# %%
Markdown(scoring.reading_table(recorded["reading"]))

# %% [markdown]
# ## Does augmentation help?
#
# The paper tried crops, flips, noise and resizes "with various probabilities" and kept none
# (section 2.5.1); CutBlur it wanted and could not build. Draws of four of them, as the network
# is fed. *Resize* makes the image smaller and fills the rest of the frame with its mirror images:

# %%
hr = degradation.to_float(np.repeat(parts.train.pixels[:1], 2, axis=0))
draws = {"flips": 2, "crops": 2, "resize": 2, "noise": 1}
fed = {}
for name, count in draws.items():
    change = augmentation.Augmentation([name], seed=6)
    changed = change.originals(hr)
    fed[name] = change.inputs(degradation.reduced(changed, 3), changed, None)[0][:count]
shown = [one for each in fed.values() for one in degradation.to_pixels(each)]
titles = [f"{name}, draw {n + 1}" for name, count in draws.items() for n in range(count)]
figures.gallery(shown, titles, f"LR images under each augmentation: {pictures.name}", columns=2)

# %% [markdown]
# One network, with the same time under each augmentation. It is SRResNet behind a nearest-neighbour
# enlargement, so that CutBlur can mix enlarged and original pixels; `medsr compare --study
# augmentation`. In these tables *gain* and *better* compare with the training without augmentation,
# "none", and not with bicubic:

# %%
augmented = studies.recorded("augmentation")
print(studies.study_origin(augmented))
print(scoring.score_table(augmented["scores"]))

# %% [markdown]
# In the figure a bar is the interval of one row by itself. The colour is stricter: it goes by p, which is
# corrected for the number of pairs. So a bar may miss zero and still be grey:

# %%
minutes_a_row = augmented["rows"]["none"]["minutes"]
title = f"CutBlur's network, {minutes_a_row:g} minutes each, against none: {augmented['data']['name']}"
figures.gains(augmented["scores"], augmented["differences"], title)

# %%
seen = [
    row["images_seen"] / augmented["data"]["train"]["images"] for row in augmented["rows"].values()
]
print(f"each image was seen {min(seen):.0f} to {max(seen):.0f} times")
Markdown(studies.costs(augmented))

# %%
Markdown(studies.undecided(augmented))

# %% [markdown]
# These are few passes. The rows were trained for 33 passes as well, as many as SRResNet made in the
# first table:

# %%
longer = studies.recorded("augmentation_long")
print(studies.study_origin(longer))
Markdown(f"{studies.study_table(longer)}\n\n{studies.costs(longer)}")

# %% [markdown]
# And the paper's own network, the prototype, for as many passes:

# %%
theirs = studies.recorded("augmentation_prototype")
print(studies.study_origin(theirs))
Markdown(f"{studies.study_table(theirs)}\n\n{studies.qualities(theirs)}")

# %% [markdown]
# ## What we learned
#
# The numbers are in the tables above.
#
# * **Add to the enlargement, and enlarge last.** SRResNet, with half of its filters and half of its
#   blocks, gains most on both kinds of image. It adds its output to a bilinear enlargement. CutBlur's network and
#   "perceptual" are built alike and follow. RRDBNet and SwinIR have no such connection, and half of
#   SRResNet's learning rate. They end well below. With SRResNet's rate and passes both gain more, and
#   with equal rates they still stay below it: the rate was a part of the distance, not all.
# * **Steps that cost more are a handicap when time is short.** SwinIR saw the fewest images of all,
#   SRResNet the most. It is one reason among several: ResShift saw fewer images than ACGAN, and is
#   far better. Minutes say nothing about what they would reach in days.
# * **A discriminator cost decibels, and here it brought no perceptual quality.** ESRGAN is RRDBNet,
#   half of the time with a discriminator. From the moment at which that joins, its PSNR falls. It ends
#   below RRDBNet on both kinds. It has more fine detail, but its perceptual
#   distance is *larger*, and a GAN is used to make that smaller. SRGAN was just below bicubic when its
#   discriminator joined, fell far, and was rising again at the end. Its X-rays have far more fine
#   detail than the originals, and a PSNR far below bicubic's. Real-ESRGAN learned to undo blur,
#   noise and JPEG that these images do not have. Its results are the least consistent with their
#   input.
# * **The loss that the paper wished for works, and gains nothing here.** SRResNet with a feature
#   loss beside the pixel loss ("perceptual") sees half as many images in its time. It ends lower,
#   and its perceptual distance is no smaller. (It also has squared error in place of absolute, and
#   half the learning rate, as in SRGAN's recipe.)
# * **Even the best PSNR comes with little fine detail.** SRResNet, best by PSNR, SSIM and VIF, has only
#   a small share of the original's fine detail. The others without a discriminator have less still,
#   except ResShift on X-rays. SRResNet's results are nearly consistent with their input, though no
#   loss asked for it.
# * **On X-rays bicubic blurs what the label depends on.** The classifier is right far less often on
#   bicubic X-rays than on originals, and on SRResNet's nearly as often. On MRI no method differs
#   from the original by more than chance.
# * **On a network like SRResNet no augmentation gained a tenth of a decibel**, the bound of claim 11
#   (notebook 08): not in the short runs, and not in the long ones. The paper says that none helped its
#   own network. In the short runs each costs something on X-rays, and CutBlur costs most.
#   Augmentation is meant against learning by heart, and in few passes no network does that. In the
#   long runs it has begun. The largest gain there is that of crops on MRI. Exercise 3 asks when flips
#   begin to help.
# * **Crops help the prototype**, on both kinds of image, and resizes help it a little. That is not
#   because they keep it from learning by heart: its gains on training images and on others are alike
#   with crops and without (`results/augmentation_prototype.json`). A likely reason is in the last table. A crop is
#   enlarged to the full size, so half of the targets become smooth. The network then draws hardly any
#   fine detail. Without crops it draws much, in the wrong places.
# * **Reduction factors drawn for each image, and noise, cost in 33 passes as well** (claim 12). On the
#   prototype the factors cost most. The paper dropped both; its factors followed from the size of each
#   image. In the long runs the network like SRResNet gains more on training images than on others.
#   Noise narrows that gap, and the network is still worse on images that it has not seen.
#
# **Where we depart from the papers.** SRResNet is not that of the SRGAN paper, which does not add to an
# enlargement: it is its present form, MSRResNet. All networks are greyscale, x3 and smaller than published (the
# table of costs has their width and blocks). A cosine takes the learning rate to zero; a moving average of the weights is judged. The
# features of VGG19, a download, are replaced by those of a classifier of the medical labels that
# comes with the package: `studies.recipe_of(..., vgg=True)` takes VGG19. ResShift runs in pixels,
# not in the latent space of an autoencoder trained on photographs. Real-ESRGAN is judged on the
# plain reduction like all others, though it was trained to undo more.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Score Real-ESRGAN and SRResNet on images reduced by `degradation.SecondOrder`. Who is better
#    now?
# 2. Enlarge each image in all eight positions, mirrored and turned, bring the results back and take
#    their mean. How much does SRResNet gain, without any training?
# 3. Without a solution, as it takes hours: run the augmentation study with more minutes a row. When
#    do flips begin to help?
#
# Before: [03 The final prototype at 150x150](03_prototype.ipynb). Next: [05 Figure 7: published
# weights](05_published.ipynb).
