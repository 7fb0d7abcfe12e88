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
# * **Takes** under a minute on two CPU cores without downloads; with them, less than 300 MB and an
#   estimated five to ten minutes.
#
# The paper's figure 7 sets its result beside SRGAN, ESRGAN, Real-ESRGAN, SwinIR and ResShift, looks
# at them, and concludes that super-resolution of these images is poor, its own and that of other
# modern models: probably because MRI has details that need training on very specific data. No score
# is given. Notebook 04 trains each system on the paper's images; here are the weights that anyone
# can download.

# %%
import subprocess
import sys
from importlib.util import find_spec

if find_spec("medsr_nb") is None:  # a fresh Colab: installs what is missing, keeps what is there
    package = "medsr-nb @ git+https://github.com/medsr-nb/medsr-nb"
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", package])

# %%
import numpy as np
from IPython.display import Markdown
from PIL import Image

from medsr_nb import data, figures, machine, presets, published, scoring, studies, training

# %% [markdown]
# `download = True` fetches what is missing into the cache, once. The networks run in PyTorch: `pip
# install 'medsr-nb[published]'` brings it with spandrel; on Colab, which has PyTorch, `%pip install
# spandrel` is enough.

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
download = False
pictures = data.load(source, size=150)
parts = training.split(presets.recipe("srresnet", preset), pictures)
print(pictures.name, "- test images:", len(parts.test))

# %% [markdown]
# ## What there is to download

# %%
Markdown(published.published_table())

# %%
for name, why in published.NOT_RUN.items():
    print(f"{name}: {why}")

# %% [markdown]
# Three things in this table decide more than the kind of network:
#
# * **Photographs.** None has seen a scan. Edges are edges in both; foliage, brick and film grain
#   are not tissue.
# * **What they learned to undo.** Our LR images are reduced by bicubic and rounded, no more.
#   Real-ESRGAN and SwinIR real were trained on images with added blur, noise and JPEG blocks
#   (notebook 04 shows them), and remove what looks like these from images that have none.
# * **What they were rewarded for.** A network trained on pixels alone gives the mean of all that
#   the original could have been. A GAN is rewarded for texture, and puts there what photographs
#   would have.
#
# They also see colour, so grey goes in three times and the mean of the three comes out. And ESRGAN,
# Real-ESRGAN and SwinIR real enlarge by 4: their 200x200 is reduced to 150x150 by Lanczos, and
# their names say so.

# %%
figures.listing(published.method)

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
# A `.pth` file is a pickle, and a pickle may call any function. So each download must have the
# known SHA-256, or the one recorded at first use; a process of its own reads it, with PyTorch's
# `weights_only`, which builds tensors and calls nothing else; and spandrel brings the network's
# code, so that none comes with the weights. That process has bounds in time and memory, for a small
# file can be made to fill a machine. This function does the reading:

# %%
reading = (machine.PACKAGE / "published" / "published_torch.py").read_text(encoding="utf-8")
print(reading[reading.index("def state_of") : reading.index("def unpacked")])

# %% [markdown]
# ## Those that run here

# %% tags=["nbval-ignore-output"]
# Not compared: depends on what is installed and downloaded on this machine.
ours = {"bicubic": scoring.bicubic(3)}
theirs = published.methods(fetch=download)

# %%
comparison = scoring.compare(ours | theirs, parts.test, 3)
figures.methods_grid(comparison, title=f"Bicubic and {len(theirs)} published networks")

# %% tags=["nbval-ignore-output"]
# Not compared: has a row for each published network that runs on this machine.
print(comparison.table())

# %% [markdown]
# Where only bicubic stands above, no published network ran: they need internet once, and PyTorch.
#
# ## The recorded comparison
#
# This series was recorded without internet, so no published weights could be run for it. What
# exists are figures that were given to the project when it began. They are not ours, they come
# without intervals, and they are of other systems than those of figure 7:

# %%
recorded = studies.recorded("published")
Markdown(published.recorded_table(recorded))

# %%
print("Origin:", recorded["origin"])
print("Protocol:", recorded["protocol"])
for name, what in recorded["networks"].items():
    print(f"{name}: {what}")
print("Also given:", recorded["adversarial"])

# %%
for name in recorded["networks"]:
    better = [rows[name]["psnr"] > rows["bicubic"]["psnr"] for rows in recorded["scores"].values()]
    print(f"{name} above bicubic on {sum(better)} of {len(better)} kinds of image")

# %% [markdown]
# ## Verdict
#
# * **"Poor, ours and that of other modern models": first evidence is that it does not hold for
#   models trained on pixels, and holds for GANs.** Two networks that have only seen photographs
#   gain some 3.2 dB on MRI and 2.0 dB on X-ray over bicubic; they are the ones to beat. The GAN
#   gains little or loses, and its SSIM on MRI falls far below bicubic's. Of the five in figure 7,
#   at least three are GANs.
# * **"MRI needs training on very specific data": not for most of the gain.** It comes from
#   photographs alone. What specific data add is measured in the other notebooks.
# * **What is missing.** The figures were given, not measured here; none is of a system in figure 7;
#   and PSNR and SSIM see less than a radiologist. The cells above measure the five files wherever
#   there is internet.
#
# ## What we learned
#
# * "Trained on photographs" is a smaller handicap than "trained to invent texture".
# * A comparison by eye prefers sharp pictures and cannot see what was invented.
# * A weight file is a program until a reader has it that builds tensors alone.
#
# **Where we depart from the paper.** It does not say which published weights it ran, at which
# factor, or how it brought them to its size. SRGAN and ResShift are missing here, for the reasons
# above. Beside SwinIR's GAN stand its two networks trained on pixels.
#
# **Exercises**
#
# 1. Set `download = True` and `data = "kaggle"`. Does the verdict hold for SwinIR, which exists
#    trained on pixels and as a GAN?
# 2. Degrade the test images by `second_order.SecondOrder(3)` in place of bicubic. Which network is
#    best now?
# 3. Reduce each SR image by the matrix A of notebook 00. Whose comes nearest to the LR image it was
#    made from?
#
# Before: [04 Every system the paper names, side by side](04_systems.ipynb). Next: [06 Why it went
# black](06_collapse.ipynb).
