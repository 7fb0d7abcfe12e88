# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 Why it went black
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/06_collapse.ipynb)
#
# * **Question:** after 20 to 50 epochs the paper's images "turned entirely black". Which part does
#   it, and what is the smallest change that prevents it?
# * **You will learn** how a network turns black, why it stays black, and how to prevent it.
# * **You need** the two losses of notebook 03. Other words are in the
#   [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** one to two minutes on a processor. Most runs are small: the paper's final prototype, 8
#   filters wide, at 48x48. Twelve of the 84 recorded trainings have the paper's 150x150.

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

import numpy as np
from IPython.display import Markdown

from medsr_nb import data, figures, presets, studies, training
from medsr_nb.studies import collapse, suspects

# %% [markdown]
# ## What black is
#
# Images are scaled to [-1, 1], and the generator ends in tanh. Black is -1, the very end of tanh,
# where its slope $1 - \tanh^2$ goes to zero. A *gradient* says how the loss changes with each
# number in the network. On its way back it is multiplied by that slope, whatever the loss is:

# %%
figures.saturation()

# %%
for before in (0, 2, 5, 10):
    pixel, slope = np.tanh(-before), 1 / np.cosh(before) ** 2
    print(f"{before:>3} below zero: pixel {pixel:+.4f}, slope {slope:.1e}")

# %% [markdown]
# The last column is the share of a gradient that passes. At 5 below zero it is less than a
# thousandth, at 10 next to nothing. So **a single large step can make a pixel black, and after it
# the gradient is too small to bring it back.** White is such a trap as well, but most of a medical
# image is dark.
#
# That is a suspicion, not a finding. What could push a network there? And could something else make
# images black?
#
# ## The suspects
#
# Each is a change in what we call "the paper's recipe". Its learning rate, adversarial weight and momentum
# are ours, as the paper prints none; the rate is not that of notebook 03. The changes are of the generator's last activation (`output`), of the
# discriminator's `dropout`, of batch norm's `momentum`, of the weights of the two parts of the loss
# (`content` and `adversarial`), of the learning `rate`, or of the training step (`model`). "No
# squared error" changes both weights. One makes three changes at once: "rate x20, weight 1, no dropout".
# In a name that comes after it, "these" stands for its three changes: "these, but dropout" has its dropout
# back, "these, but the old rate" the old learning rate, and so on.

# %%
paper = dataclasses.asdict(suspects.SUSPECTS["the paper's recipe"])
print("the paper's recipe:", {name: value for name, value in paper.items() if name != "model"})
for name, suspect in suspects.SUSPECTS.items():
    changed = {key: one for key, one in dataclasses.asdict(suspect).items() if one != paper[key]}
    print(f"{name:<32}", *(f"{key} {getattr(one, '__name__', one)}" for key, one in changed.items()))

# %% [markdown]
# Three need an explanation. *Moving averages*: while training, batch norm uses the mean and
# variance of the batch; afterwards it uses moving averages, which lag behind. *Logits*: the
# discriminator gives the number before it becomes a probability, so that it never ends at 0 or 1.
# *Log without limit*: a discriminator that is certain says 0 or 1, and log 0 is infinite. Keras
# clips the number before the logarithm; a loss written by hand may not. Then outputs become NaN
# ("not a number"), and a picture file shows NaN as black:

# %%
with np.errstate(invalid="ignore"):
    print(np.array([np.nan, 0.5], "float32").astype("uint8"))
figures.listing(suspects.UnguardedModel.fooling_loss)

# %% [markdown]
# ## Two of them, here and now

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
pictures = data.load(source, 48)
recipe = dataclasses.replace(suspects.small_recipe(seed=3), epochs=10)  # fewer than those below
parts = training.split(recipe, pictures)
print(recipe)
print(training.split_note(recipe, pictures, parts))

# %% tags=["nbval-ignore-output"]
# Not compared: these figures depend on the number of threads.
live, watched = {}, {}
for name in ("the paper's recipe", "rate x20, weight 1, no dropout"):
    watched[name] = training.Previews([len(parts.train)])  # the first validation image
    print("==", name)
    live[name] = collapse.cell(name, recipe, parts, watched[name])
    if len(live[name].get("slope", ())) < recipe.epochs:
        break  # stopped
    print(
        f"{name}: {collapse.outcome(live[name])}, brightness {live[name]['val_brightness'][-1]:.0f} "
        f"of {live[name]['val_target_brightness'][-1]:.0f}"
    )

# %% [markdown]
# One validation image after some of the epochs, under the paper's recipe:

# %%
original = parts.validation.pixels[0]
figures.previews(watched["the paper's recipe"], original, f"the paper's recipe, {pictures.name}")

# %% [markdown]
# The same under the three changes at once, after each of the first epochs and after the last:

# %%
changed = "rate x20, weight 1, no dropout"
epochs = (0, 1, 2, 3, recipe.epochs)
figures.previews(watched[changed], original, f"{changed}, {pictures.name}", epochs)

# %%
here = {name: [run | {"outcome": collapse.outcome(run)}] for name, run in live.items()}
figures.darkening({"runs": here, "seeds": 1, "data": {"name": pictures.name}}, columns=2)

# %% [markdown]
# ## All of them, three seeds each
#
# `python -m medsr_nb.studies.collapse` trains every suspect with three seeds and writes
# `results/collapse.json`.

# %%
recorded = studies.recorded("collapse")
print(
    f"{recorded['data']['name']}, {recorded['recipe']['epochs']} epochs, "
    f"{recorded['seconds'] / 60:.0f} minutes;\n{recorded['hardware']}"
)
figures.darkening(recorded)

# %%
Markdown(collapse.collapse_table(recorded))

# %% [markdown]
# Numbers are means over the three runs at the last epoch. *Frozen* is a run whose output lets less
# than a hundredth of a gradient through; *black* has a mean brightness near zero or below at its end, *dark* ends below three
# quarters of the target's brightness, and *alive* is any other. *Alive* does not say good: without the
# squared error a run lives and draws something else than the original, as its PSNR shows. A linear
# output has no tanh. Its "slope" is the one that tanh would have at the same output, and its
# brightness can be below that of black, a negative number.
#
# ## For as many steps as 20 epochs
#
# These runs had 192 steps, on one averaged head. 20 of the paper's epochs are some 2400. So
# nine recipes were trained for as long, on real images, three seeds each (`python -m
# medsr_nb.studies.collapse --long`). All nine keep the dropout. *Gradients clipped*: where the
# gradient of a layer's weights is longer than a tenth, it is cut to that length. That is often advised
# against such jumps.

# %%
longer = studies.recorded("collapse_long")
print(
    f"{longer['data']['name']}, {longer['recipe']['epochs']} epochs, "
    f"{longer['seconds'] / 60:.0f} minutes;\n{longer['hardware']}"
)
figures.darkening(longer)

# %%
Markdown(collapse.collapse_table(longer))

# %% [markdown]
# ## At the paper's size
#
# The recipe that froze every run on the sample, now at 150x150: with the paper's 1957 images in batches
# of 16, for three epochs and with 8 filters as above (`--paper`):

# %%
large = studies.recorded("collapse_paper")
print(
    f"{large['data']['name']}, {large['recipe']['epochs']} epochs, "
    f"{large['seconds'] / 60:.0f} minutes;\n{large['hardware']}"
)
Markdown(collapse.collapse_table(large))

# %% [markdown]
# All three live. At a rate of a hundred times ours not all do, in one epoch (`--faster`). In this table
# "these" stands for the changes of its own first row:

# %%
faster = studies.recorded("collapse_faster")
print(
    f"{faster['data']['name']}, {faster['recipe']['epochs']} epoch, "
    f"{faster['seconds'] / 60:.0f} minutes;\n{faster['hardware']}"
)
Markdown(collapse.collapse_table(faster))

# %% [markdown]
# ## What we learned
#
# * **The collapse is real, and at 48x48 it takes two.** No single change froze a run, and neither did "no
#   squared error". In the short runs, a learning rate twenty times that of our recipe, which does no
#   harm alone, together with an adversarial weight of 1 freezes every run that ends in tanh. The squared error no
#   longer holds the image, and nearly all pixels are driven to an end of tanh, where the slope is
#   zero. With dropout one of three ends black, without dropout two of three, the third in stark black
#   and white.
# * **What goes wrong is that the output freezes, not that it darkens.** In which grey levels it
#   freezes is chance: with logits no run ends black. In some frozen runs the brightness still
#   moves: a few pixels are not at an end of tanh.
# * **Neither dropout nor logits prevent it.** With either, all three runs freeze. A discriminator
#   that is always right is no sign of collapse. Without dropout, and with no other change, it is
#   always right on generated images, and all three runs live.
# * **The smallest change that prevents it** is the adversarial weight. With the old one all runs
#   live at the twentyfold rate, and end as well as the paper's recipe. At the old rate nothing
#   freezes either, but the brightness swings, and one of three runs ends dark. With a linear output
#   nothing freezes, but the brightness swings widely: the run that ends black had the right
#   brightness an epoch before.
# * **On real images, and for long, one seed of three freezes** with both too high. It does so within
#   two epochs and goes black, with clipped gradients as well. The other two live to the end. Three
#   seeds do not say what decides.
# * **At the paper's size it takes a higher rate.** At the twentyfold rate no seed of three freezes, without
#   dropout either. The discriminator ends with one answer to all pictures: twice that they are originals,
#   once that they are generated. At the hundredfold rate runs freeze or go black within an epoch: one of
#   three without dropout, three of three with it, and three of three with the small adversarial weight. The
#   two that are called alive let little more than a hundredth of a gradient through, and their PSNR is far
#   below bicubic's. So the rate alone does it there, and the smallest change that prevents it is to go back
#   to the twentyfold rate.
# * **The paper's recipe, as we read it, does not collapse**: not in short runs, not in long ones, and not
#   in the 50 and 100 epochs at the paper's size of notebook 03, whose learning rate is lower still. The
#   paper prints neither rate nor weight. A collapse on some occasions fits a rate that is far too high.
# * Moving averages that lag make an image somewhat darker, and cost several decibels in so short a
#   run. By the bound above it is not even "dark".
# * A logarithm without limit did no harm here at the paper's rate, where the discriminator is never
#   certain.
#
# **Where we depart from the paper.** Size and width. The short runs have a brain template for images.
# Whether a wider network at 150x150, or a longer training there, freezes at lower rates is not shown.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. A pixel is $\tanh z$ with z = -5, and its target is mid-grey, 0. How many steps of plain
#    gradient descent on the squared error, at a rate of 0.1, bring z back to -1? How many from -2?
# 2. Which of the recorded runs let less than a hundredth of a gradient through, and in which epoch
#    first?
# 3. Without a solution: halve the rate of "rate x20, weight 1, no dropout" until it lives. Where is
#    the edge? (`suspects.SUSPECTS["rate x10"] = dataclasses.replace(suspects.ALL, rate=0.005)` adds a
#    suspect that `collapse.cell` takes.)
#
# Before: [05 Figure 7: published weights](05_published.ipynb). Next: [07 medsr](07_medsr.ipynb).
