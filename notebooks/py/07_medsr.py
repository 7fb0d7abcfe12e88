# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 medsr
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/07_medsr.ipynb)
#
# * **Question:** what would we use ourselves? We want a network that runs on two processor cores and
#   comes with its weights. Its result has to reduce to the scan that it enlarged. And it has to
#   say where it guesses.
# * **You will learn** how to keep a result consistent with its input, and how to show where it is a
#   guess.
# * **You need** the matrix A and the scores of notebook 00, and blocks and shuffles from notebook
#   02. Other words are in the [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** one to two minutes on a processor. The results were recorded on Kaggle's images; what
#   runs here is the sample.

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

from medsr_nb import (
    data,
    degradation,
    figures,
    losses,
    machine,
    presets,
    scans,
    scoring,
    studies,
    training,
    upscaling,
)
from medsr_nb.models import medsr

# %% [markdown]
# ## Three decisions
#
# 1. **Work at the size of the small image.** A convolution there costs a ninth. A third of the
#    blocks even work at half that size, where they see twice as far.
# 2. **Learn only what is missing.** The network adds to the bicubic enlargement. Before training
#    it adds nothing.
# 3. **Stay consistent with the input.** Reducing an image $y$ is linear, $A\,y\,A^T$ (notebook 00). Of all images that reduce to the input $x$, take the one nearest to what the network drew.
#
# The third decision in one dimension first. A row of six pixels is reduced to two by taking the
# mean of three. The input says 36 and 36. A network drew something that reduces to 30 and 40:

# %%
A = np.kron(np.eye(2), np.full((1, 3), 1 / 3))  # the mean of the first three, and of the last
x, drawn = np.array([36.0, 36.0]), np.array([10.0, 20.0, 60.0, 50.0, 40.0, 30.0])
moved = drawn + np.linalg.pinv(A) @ (x - A @ drawn)
print("drawn:", drawn.round(), "reduces to", (A @ drawn).round())
print("moved:", moved.round(), "reduces to", (A @ moved).round())
print("moved less the input:", (moved - np.linalg.pinv(A) @ x).round())

# %% [markdown]
# By hand: the first three must rise by 6 each, the last three fall by 4. `pinv` is the
# *pseudo-inverse* $A^+$, which spreads a difference evenly over the pixels that it comes from. The
# last line is what the network added to the input. Each three of its numbers sum to zero, so the
# reduction does not see it. Nothing in the input says whether it is right: it is the *guess*.
#
# In two dimensions the same is done along both sides, with bicubic weights in place of the mean:
#
# $$y + A^+\,(x - A\,y\,A^T)\,(A^+)^T$$
#
# The network works on features (B, 50, 50, 64), a third of its blocks on (B, 25, 25, 96). Nine
# numbers for each place of the input, (B, 50, 50, 9), are shuffled to what is added, (B, 150, 150,
# 1).

# %%
figures.listing(medsr.generator)

# %%
figures.architecture(upscaling.network(), "medsr")

# %%
figures.listing(medsr.enlarging, degradation.consistent)

# %% [markdown]
# The last line is the formula above, a *projection*. Whatever the weights are, the reduced result is
# then the input. To clip it to black and white would undo that. So a further layer clips and projects
# in turn. The exception is an
# input of very strong contrast: most pictures that reduce to it leave the range. In pure noise most
# pixels differ. (The model card has small text as well.) A *sharpness* of 0 is the faithful network and 1
# the sharp one; both are explained below:

# %%
preset, source = presets.from_environment(preset="sample", data="sample")
keep_on_drive = False  # True, in Colab: trainings are kept on your Drive, and go on from there
if keep_on_drive:
    machine.mount_drive()
recipe = presets.recipe("medsr", preset)
pictures = data.load(source, recipe.hr_size)
parts = training.split(recipe, pictures)
print(training.split_note(recipe, pictures, parts))
noise = np.random.default_rng(0).integers(256, size=(4, 50, 50, 1), dtype="uint8")
for name, lr in (("noise", noise), (pictures.name, scoring.low_resolution(parts.test, 3))):
    for sharpness in (0.0, 1.0):
        sr = upscaling.network(sharpness)(degradation.to_float(lr))
        back = degradation.to_pixels(degradation.resized(sr, 50, 50))
        print(f"{name}, sharpness {sharpness:g}: reduced, {np.mean(back != lr):.0%} of pixels differ")

# %% [markdown]
# ## For your own images: a short fine-tuning
#
# From random weights the first thousand steps change little: the last convolution starts at zero
# and the other ones at a tenth of the usual size. From the weights of the package, some epochs of a gentle
# training adapt it to other images. Here they are other slices of one head, which says nothing about other
# heads. Set `data` to a folder of yours.

# %% tags=["nbval-ignore-output"]
# Not compared: seconds, and digits that depend on the number of threads.
gentle = presets.recipe("medsr", preset, learning_rate=1e-4, epochs=6)
model = training.build(gentle, parts)
for network in (model.generator, model.upscaler):
    network.set_weights(upscaling.network().get_weights())
history = training.train_cell(model, gentle, parts)
before = scoring.compare({"medsr": scoring.as_method(upscaling.network())}, parts.validation, 3)
print(f"before: {before.scores['medsr']['psnr'].mean():.2f} dB")

# %% [markdown]
# ## Faithful and sharp
#
# One network, two sets of weights. *Faithful* is trained on the absolute error. Where several
# originals are possible it draws their median, which is blurred, and closest to them on average.
# *Sharp* goes on from there with a discriminator and a feature loss. It draws an image that could be
# the original, with detail that is mostly wrong. The two sets of weights can be blended.
#
# A discriminator sees patches, one at a time. In our first training it left sharp with too much fine
# detail on X-rays and too little on MRI. It would not see a weak grid either. No patch shows such things,
# but a mean over the whole picture does. So the sharp network of the package has three more losses, of
# whole pictures.
#
# A picture is a sum of wave patterns, from coarse to fine: its *spectrum*. The *frequency* of a pattern
# says how fine it is, in cycles per pixel, and its *power* how strong it is. A *ring* of the spectrum
# holds all patterns of about one frequency, whatever their direction. The first loss compares the
# power $P$ of each ring in the finer half. It asks for the right *amount* of fine detail, wherever it
# lies:
#
# $$\ell_{spectral} = \operatorname{mean}_{finer\ rings} \left(\log P_{sr} - \log P_{hr}\right)^2$$
#
# The second is against stripes that come back in many pictures. Detail that differs from picture to
# picture evens out in the mean spectrum of a batch, and such stripes stand out. So the loss compares this
# mean $\bar P$ with that of the originals, in cells of 3x3 frequencies. It takes the cells finer than a
# sixth of a cycle along rows or columns, which the input lacks. Each picture is first divided by the power
# of its original's fine detail, so that all count alike:
#
# $$\ell_{pattern} = \operatorname{mean}_{finer\ cells} \left(\log \bar P_{sr} - \log \bar P_{hr}\right)^2$$
#
# The third cuts the error $y_{sr} - y_{hr}$ into tiles of 6x6 pixels and lays them on top of each
# other. Their mean is one tile. If all pictures share a grid, it shows there. The loss asks that this
# mean tile be flat:

# %%
figures.listing(losses.tile_loss)

# %% [markdown]
# Why six pixels? Nine filters make the nine pixels that stand for one of the input. Their grid repeats
# every 3 pixels. A part of the network works at half the size, and its grid repeats every 6.
#
# Two more things changed. X-rays are smoother than MRI, so their errors are smaller. In the absolute error
# an X-ray counts for less, but a discriminator by itself weighs both kinds alike. So this sharp network was
# trained for the mean PSNR in place of the absolute error. There, half the error counts the same in every
# picture.
#
# And the discriminator goes by the input. The package's sharp network is the mean of two trainings. In one,
# what the discriminator says of a picture counts for more where the input has less detail:

# %%
figures.listing(losses.detail_weights)

# %% [markdown]
# In the other, the discriminator sees the input beside the picture. So it can learn which detail is likely
# on which input. The result:

# %%
names = {"faithful": 0.0, "half": 0.5, "sharp": 1.0}
networks = {name: upscaling.network(sharpness) for name, sharpness in names.items()}
methods = {"bicubic": scoring.bicubic(3)}
methods |= {name: scoring.as_method(network) for name, network in networks.items()}
comparison = scoring.compare(methods, parts.test, 3)
shown = ["bicubic", "faithful", "sharp"]
plate = scoring.compare(methods, data.plate().take([0, 1]), 3)
figures.image_rows(plate, "medsr on real MR", shown)

# %% [markdown]
# A sharpness between 0 and 1 blends the two. Move the slider, and watch the folds of the brain and
# the numbers above them. (It needs a running kernel and `ipywidgets`; else the picture stands still, at one half.)

# %%
head = data.plate().take([0])
part = np.s_[30:80, 35:85]


def at(sharpness):
    """A part of a real slice, original and enlarged at this sharpness."""
    sr = scoring.as_method(upscaling.network(sharpness))(scoring.low_resolution(head, 3))
    psnr, fine = scoring.psnr(head.pixels, sr)[0], scoring.upper_half_ratio(head.pixels, sr)[0]
    text = f"sharpness {sharpness:g}: {psnr:.1f} dB, fine detail {fine:.0%}"
    shown = [one[0][part] for one in (head.pixels, sr)]
    title = f"From faithful to sharp: {head.name}, {head.names[0]}"
    return figures.gallery(shown, ["the original", text], title)


figures.interactive(at, (0.0, 0.25, 0.5, 0.75, 1.0), "sharpness", start=0.5)

# %% tags=["nbval-ignore-output"]
# Not compared: the second decimal depends on the machine.
print(comparison.table())

# %%
faithful, sharp = comparison.gain("faithful")[0], comparison.gain("sharp")[0]
print("faithful above sharp above bicubic:", bool(faithful > sharp > 0))

# %% [markdown]
# The sample is one averaged head without noise. None of the networks in this table has trained on it.
# Its test images belong to two groups, so the intervals say nothing. What counts are the recorded scores.
#
# ## On real images
#
# We first trained on two processor cores, for minutes: faithful, then sharp in three ways. The
# training images share no patient and no near-identical copy with a test image.

# %%
first = studies.recorded("medsr")
print(studies.study_origin(first))
Markdown(studies.study_table(first))

# %% [markdown]
# The same training on the paper's number of images, in fewer minutes. The package has these weights
# too (`images="1957"`):

# %%
fewer = studies.recorded("medsr_1957")
print(studies.study_origin(fewer))
Markdown(studies.study_table(fewer))

# %% [markdown]
# Then we trained faithful further on a graphics card, for many passes. In each step the network sees
# each image of the batch through a new window: a little smaller than the image, and mirrored half of
# the time (`augmentation/windows.py`). The package has these weights:

# %%
finished = {name: studies.recorded(name) for name in ("faithful", "sharp")}
print(studies.study_origin(finished["faithful"]))
Markdown(studies.study_table(finished["faithful"]))

# %% [markdown]
# The package's sharp network begins with these weights, and has the three losses of whole pictures. It
# was trained twice, as was said. "Sharp, once" is the first training by itself, whose discriminator weighs
# pictures by the detail of their input. The mean of both has a higher PSNR than either:

# %%
print(studies.study_origin(finished["sharp"]))
Markdown(studies.study_table(finished["sharp"]))

# %% [markdown]
# What PSNR does not see. *Fine detail* is the power in the upper half of the spectrum, as a share
# of the original's; *away from its input* is how far the result, reduced again, lies from the
# input, in grey levels.

# %%
Markdown(studies.qualities(finished["faithful"]))

# %%
Markdown(studies.qualities(finished["sharp"]))

# %% [markdown]
# Has faithful learned its training images by heart? Then it gains more on them than on others. One
# more training asks that: the paper's number of images, for as many steps as all images had.

# %%
longer = studies.recorded("medsr_1957_long")
runs = {"paper's number of images": fewer, "the same, as many steps as all images": longer}
runs |= {"all images": first, "windows": finished["faithful"]}
for name, run in runs.items():
    row = run["rows"]["faithful"]
    trained, other = row["training_gain"][0], row["validation_gain"][0]
    print(f"faithful, {name}: {trained:+.1f} dB on training images, {other:+.1f} dB on others")

# %%
curves = {
    f"{run['data']['train']['images']:,} images": run["rows"]["faithful"] for run in (longer, first)
}
figures.progress(curves, f"Learning by heart, on {first['data']['name']}", against="images")

# %% [markdown]
# With all images the curve rises and becomes flat. With the paper's number it turns: from there on the
# network gains on its training images alone, and loses on others.

# %%
scores = {
    kind: {"bicubic": rows["bicubic"]}
    | {f"first, {name}": rows[name] for name in finished}
    | {name: run["scores"][kind][name] for name, run in finished.items()}
    for kind, rows in first["scores"].items()
}
figures.tradeoff(scores, f"Distortion against perception, on {first['data']['name']}")

# %% [markdown]
# ## What was restored, what was invented
#
# The power of a result at one frequency has two parts. One part agrees with the original: it was
# *restored* (solid lines). The rest does not: it was *invented* (dashed lines,
# `spectrum.restored_and_invented`). Of patterns along rows and columns the input holds nothing to the
# right of the first vertical line. Of diagonal ones it holds some, up to the second line: there the
# waves are finer by the square root of two. To the right of both lines it holds nothing. What is
# restored there was inferred from the coarser patterns.

# %%
shown = {
    kind: {name: powers[name] for name in ("original", "bicubic", "faithful")}
    | {"sharp": finished["sharp"]["spectrum"][kind]["sharp"]}
    for kind, powers in finished["faithful"]["spectrum"].items()
}
figures.spectra(shown, f"Detail by its fineness, on {finished['faithful']['data']['name']}")

# %% [markdown]
# What must it cost to have as much fine detail as an original? Faithful has the least error. Suppose
# that we make its waves stronger, ring by ring, until their power is a share $s$ of the original's, $P$.
# If it was $P_f$ before, this adds $(\sqrt{s P} - \sqrt{P_f})^2$ to the error of a ring. If images were
# Gaussian, no other way to this power would add less error (`scoring.least_loss`). Sharp has about as much
# fine detail as an original. The least price of all of it stands beside what sharp lost:

# %%
for kind, powers in shown.items():
    least = scoring.least_loss(powers["original"], powers["faithful"], share=1.0)
    best, sharp = (run["scores"][kind][name]["psnr"][0] for name, run in finished.items())
    print(f"{kind}: all of the detail costs {least:.1f} dB at least, sharp lost {best - sharp:.1f}")

# %% [markdown]
# ## Where it guesses
#
# The input has one number for nine pixels of the result. So a result is the sum of two images, as
# the row of six pixels was. One follows from the input (it lies in the *row space* of the
# reduction). The other vanishes when the result is reduced, whatever it is: that is the guess
# (`scoring/trust.py`). A single result does not show how wrong its guess is. But on validation
# images we know the original. There we measure how large the errors are for each strength of the
# guess, and so get a map of the errors to expect. The number above a map is the root mean square
# (RMS) of its values.

# %%
seen = methods["faithful"](scoring.low_resolution(parts.validation, 3))
calibration = scoring.calibrated(parts.validation.pixels, seen, 3)
third = min(2, len(parts.test) - 1)
sr, hr = comparison.sr["faithful"][[third]], parts.test.pixels[[third]]
strength = scoring.guess_strength(scoring.guessed(sr, 3))
error = np.abs(hr - sr.astype(float))
row = (sr[0], strength[0], calibration.expected(sr)[0], error[0])
figures.trust_maps([row], ["faithful"], f"Where to trust it: {pictures.name}")

# %% [markdown]
# Are these expectations right? We sort the pixels of the test images by their expected error, and
# cut them into ten equal shares. For each share, the error expected and the error made:

# %%
trust = {name: run["trust"][name] for name, run in finished.items()}
figures.reliability(trust, f"Errors expected and made, on {first['data']['name']}")

# %% [markdown]
# ## A lesion that we drew
#
# What if the detail between the pixels is the very thing that a doctor looks for? Into the head MR
# of the plate we draw a lesion: a disc whose inside has coarse and fine detail. The reduction takes
# the fine detail away. Nothing around the lesion tells how it was. A ring in the original marks its
# rim.

# %%
middle, radius = (52, 75), 15  # pixels
picture, inside = data.lesion(middle, radius)
plate_methods = {"bicubic": scoring.bicubic(3)} | {
    name: scoring.as_method(upscaling.network(sharpness))
    for name, sharpness in (("faithful", 0.0), ("sharp", 1.0))
}
compared = scoring.compare(plate_methods, picture, 3)
disc = (*middle, radius)  # the ring
figures.one_image(compared, 0, "Enlarged by each", zoom=42, at=(31, 54), disc=disc)

# %% [markdown]
# Sharp draws folds into it, as a brain has them. The lesion has none. The map of the guess should
# say so:

# %%
scan = scans.of_levels(picture.pixels[..., 0], "MRI")
seen = {"faithful": upscaling.checked(scan), "sharp": upscaling.checked(scan, sharpness=1.0)}
top, left, side = 22, 45, 60
maps = [one.maps(np.s_[top : top + side, left : left + side]) for one in seen.values()]
disc = (middle[0] - top, middle[1] - left, radius)
figures.trust_maps(maps, list(seen), f"Where to trust it: {picture.name}", disc)

# %% [markdown]
# `medsr upscale --guess` also writes a 90 % range for each pixel (notebook 10). The table counts how
# many originals lie in it, in the lesion and in bright tissue elsewhere in the head:

# %%
bright = ~inside & (picture.pixels[0, ..., 0] > 100)  # tissue beside it
Markdown(upscaling.trust_table(seen, {"lesion": inside[None], "elsewhere": bright[None]}))

# %% [markdown]
# Guess and errors are root mean squares in grey levels. "Detail agrees" is the correlation of what
# was guessed with what the input does not show of the original: 1 if all of it is right, 0 if none
# is.
#
# Sharp's map is stronger in the lesion than elsewhere in the head, and strongest near its middle. The
# map does not say whether a guess is right. Elsewhere in the head a part of sharp's guess is right. In
# the lesion next to nothing of it is. Faithful guesses little there, leaves the lesion smooth, and
# expects no larger error than elsewhere. The range holds fewer originals than it promises, in bright
# tissue everywhere and, with faithful, most of all in the lesion. It was counted on other people's
# scans, in which more of the detail follows from what is around it.
#
# ## Does a label survive?
#
# A small classifier, trained on originals and on none of these networks, names the disease in
# held-out images. No head among them is healthy, as all healthy ones have a near-identical copy in the
# training. So this cannot show a tumour that was invented in a healthy head.

# %%
reading = {
    kind: {name: rows[name] for name in ("original", "bicubic", "faithful")}
    | {"sharp": finished["sharp"]["reading"][kind]["sharp"]}
    for kind, rows in finished["faithful"]["reading"].items()
}
Markdown(scoring.reading_table(reading))

# %% [markdown]
# ## What was tried
#
# The same minutes for each form, on the same images. *Levels* are the sizes at which the network
# works; *turned*: each training image is shown turned and mirrored, in one of eight positions;
# *late*: the last convolutions work at full size. First how good each is:

# %%
designs = studies.recorded("designs")
print(studies.study_origin(designs))
Markdown(studies.study_table(designs))

# %% [markdown]
# And what each cost. *Blocks* are counted for each level and each way, down and up. *Images seen*
# counts an image each time that a step used it. *Minutes of the machine* include compiling. *ms an
# image* is the time to enlarge one; it differs between tables with what else the machine did. The
# last two columns are gains over bicubic.

# %%
Markdown(studies.costs(designs))

# %% [markdown]
# ## What we learned
#
# The numbers are in the tables and figures above.
#
# * **Faithful** gains more over bicubic than any network of notebook 04, and more than SPAN, which
#   was trained on photographs (notebook 05), on the same test images. But it had five times as many
#   different images, half an hour on two cores, and then minutes on a graphics card. On the paper's
#   number of images, in fewer minutes than the networks of notebook 04, it gains about as much as the
#   best of them. It misses what we had aimed at in PSNR and SSIM, some of it narrowly ([the
#   aims](https://github.com/medsr-nb/medsr-nb/blob/main/docs/results.md)).
# * **An image that is never seen twice alike is hardly learned by heart.** The first training of
#   faithful gained far more on its training images than on others. After the training with windows
#   the two gains are close: less on the training images, more on the others. It also saw more images,
#   so it does not tell how much is due to the windows. After that we tried ten passes of whole images.
#   They gained something on X-rays, but the network learned the images by heart again
#   ([results](https://github.com/medsr-nb/medsr-nb/blob/main/docs/results.md)). So the package does not
#   have these weights.
# * **Sharp** gains less, and has as much fine detail as an original, on both kinds. A
#   discriminator alone did not reach that: none of its three weightings was right on both kinds.
#   Losses of whole pictures did. Then we changed the training: the mean PSNR in place of the absolute
#   error, whole images, and a loss against stripes. The price fell, most on X-rays. All changed at once,
#   so we do not know which did it. Then a discriminator that goes by the input came, with other weights of
#   the losses, and the price fell a little further. The mean of two such trainings has the least.
# * **Detail has a price.** Sharp loses about a decibel against faithful. If images were Gaussian, any
#   network with all of the detail would lose nearly as much.
# * **Sharp misses one of its aims.** On both kinds its perceptual distance is above faithful's, where it was
#   to be well below. It reaches PSNR, its amount of detail, the distance to originals as a set, and the
#   strongest pattern (notebook 10). PSNR on MRI and the pattern on X-rays are reached narrowly.
# * **Invented detail is a likely cause of that distance.** We have not tested it. In the spectra of both
#   networks the dashed line crosses the solid one between the two vertical lines, where the input holds
#   diagonal patterns alone. From there on most of their detail is invented. Sharp restores more than
#   faithful there, and invents far more.
# * **On X-rays the label survives in sharp's results, and in faithful's.** The classifier is right far less often on bicubic X-rays
#   than on originals. On faithful and on sharp ones it is right nearly as often. On MRI no method
#   differs by more than chance. We do not know whether it needs the detail itself or only its
#   strength.
# * **More images are worth more than more time or another design.** After as many steps, the network
#   that saw all images is better than the one that saw the paper's number. That difference is several
#   times as large as that between any two designs, except the turned one. More time with the paper's
#   number costs: there the network learns by heart. The turned design, which is shown images turned and
#   mirrored, is behind the others on X-rays. A likely reason is that no test image is turned.
# * **Errors can be foreseen, roughly.** In all of the ten shares of pixels the error made is
#   within a grey level of the error expected.
# * **The map of the guess does not say whether a guess is right.** In a lesion unlike anything in
#   the training, next to nothing of it was, and even the range held too few originals.
# * **What surprised us** is the mean of the two sharp trainings. Each of the two networks invents detail of its own, so one
#   would think that the mean of their weights draws a blur. It draws nearly all of the detail, with less error.
#
# **Where we depart from the paper.** Everywhere: this is not its network. From our own aims, see
# above.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. How much fine detail has the result at a sharpness of 0, 0.5 and 1 on the test images, as a
#    share of the original's?
# 2. Leave out the step that makes a result consistent (`reduction="unknown"`). How much is lost?
# 3. Without a solution: `medsr upscale photo.png --guess --page photo.html`, with a photograph. Where is
#    the guess strong, and is it right to be?
#
# Before: [06 Why it went black](06_collapse.ipynb). Next: [08 The verdicts](08_verdicts.ipynb).
