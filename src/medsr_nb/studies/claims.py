"""The paper's thirteen claims, each with our verdict and the numbers that carry it.

``python -m medsr_nb.studies.claims`` reads the numbers from ``results/``, writes
``results/claims.json`` and prints the README's table; a test keeps the three together.
"""

import math

from ..data import TRAIN_COUNT
from ..machine import results_dir
from .evidence import (
    ABOVE,
    BELOW,
    HOLDS,
    PARTLY,
    REFUTED,
    UNTESTED,
    Claim,
    Evidence,
    discriminator_right,
    epoch_seconds,
    generated_known,
    given_gain,
    learned_by_heart,
    score,
    share_of_seeds,
    troubled_count,
    verdict_table,
    verdicts,
)
from .results import write

ANY = (-math.inf, math.inf)

# fmt: off
CLAIMS = (
    Claim(
        "the baseline restores MNIST",
        "3.1",
        HOLDS,
        "Practically every digit of the test set is nearer to its original than bicubic's.",
        (
            Evidence("gain over bicubic, x4 at 28x28", "baseline_mnist",
                     score("digit", "baseline", "psnr_gain"), "dB", ABOVE),
            Evidence("digits nearer to the original than bicubic's", "baseline_mnist",
                     score("digit", "baseline", "better_than_reference"), "%", (0.95, 1.0)),
        ),
    ),
    Claim(
        "it fails on Fashion-MNIST",
        "3.1",
        PARTLY,
        "It gains half as much as on digits, on nearly every image; but prints and weaves, which "
        "no 7x7 image holds, come out smeared. Nearer than bicubic, not sharp and right.",
        (
            Evidence("gain over bicubic, x4 at 28x28", "baseline_fashion",
                     score("fashion", "baseline", "psnr_gain"), "dB", ABOVE),
            Evidence("SSIM", "baseline_fashion", score("fashion", "baseline", "ssim"), "",
                     (0.0, 0.75)),
        ),
    ),
    Claim(
        "the full SRGAN is too slow to train",
        "2.2",
        REFUTED,
        "On one machine an epoch of the published SRGAN takes less time than one of the network "
        "that replaced it: SRGAN works on the small image, its successor on the enlarged one.",
        (
            Evidence("SRGAN: an epoch of 360 images at 100x100, full width, on a processor",
                     "srgan", epoch_seconds(360), "s", (0.0, 200.0)),
            Evidence("iteration 1: the same epoch", "iteration1", epoch_seconds(360), "s",
                     (200.0, math.inf)),
        ),
    ),
    Claim(
        "about a minute an epoch at 100x100",
        "3.2",
        UNTESTED,
        "It speaks of a GPU, and no GPU has run this series. Two processor cores take many times "
        "as long at full width.",
        (
            Evidence(f"an epoch of {TRAIN_COUNT} images on two processor cores", "iteration1",
                     epoch_seconds(TRAIN_COUNT), "s", ANY),
        ),
    ),
    Claim(
        "the discriminator overpowers the generator; dropout and fewer blocks even it out",
        "3.3",
        PARTLY,
        "SRGAN's discriminator tells nearly all images apart after a few epochs, the prototype's "
        "with its dropout hardly any. But it evens out so far that it no longer teaches: what "
        "remains is a network trained on squared error. It is the dropout that does it: in small "
        "trainings the prototype's discriminator knows every generated image without it, and "
        "guesses with it.",
        (
            Evidence("SRGAN's discriminator is right", "srgan", discriminator_right, "%", (0.9, 1)),
            Evidence("the prototype's is right", "prototype", discriminator_right, "%", (0.4, 0.6)),
            Evidence("prototype without dropout, 48x48: generated images known", "collapse",
                     generated_known("no dropout"), "%", (0.9, 1.0)),
            Evidence("the same with dropout", "collapse", generated_known("the paper's recipe"),
                     "%", (0.3, 0.6)),
        ),
    ),
    Claim(
        "under two minutes an epoch at 150x150",
        "3.4",
        UNTESTED,
        "It speaks of a T4, V100 or A100, and none has run this series.",
        (
            Evidence(f"an epoch of {TRAIN_COUNT} images on two processor cores", "prototype",
                     epoch_seconds(TRAIN_COUNT), "s", ANY),
        ),
    ),
    Claim(
        "the output collapses to black after 20 to 50 epochs",
        "4",
        PARTLY,
        "Provoked, and explained, in small trainings: a learning rate and an adversarial weight "
        "that are both too high drive every pixel to the end of tanh, where its slope is nothing "
        "and no gradient leads back; mostly into black. Dropout or logits do not prevent it, a "
        "small weight does. With the paper's recipe as we read it, or one part of it changed, no "
        "run collapses; its rate and weight are not printed.",
        (
            Evidence("runs frozen, most of them black: rate x20, weight 1, no dropout", "collapse",
                     share_of_seeds("rate x20, weight 1, no dropout", "black", "frozen"), "%",
                     (0.9, 1.0)),
            Evidence("the same with weight 0.001", "collapse",
                     share_of_seeds("these, but weight 0.001", "black", "frozen"), "%", (0.0, 0.0)),
            Evidence("the paper's recipe, 48x48", "collapse",
                     share_of_seeds("the paper's recipe", "black", "frozen"), "%", (0.0, 0.0)),
            Evidence("epochs black or constant, of 10 on 1957 images", "systems",
                     lambda run: troubled_count(run["rows"]["prototype"]["history"]), "", (0, 0)),
        ),
    ),
    Claim(
        "the output is darker than the original",
        "4",
        PARTLY,
        "By less than one grey level of 255 after training, which nobody sees. While training it "
        "can be far darker: in a first epoch, judged by batch norm's averages that lag behind.",
        (
            Evidence("mean brightness less the original's", "prototype",
                     score("all", "prototype", "brightness"), "of 255", BELOW),
        ),
    ),
    Claim(
        "the result often beats the low-resolution input",
        "3.4",
        PARTLY,
        "On nearly every MRI slice and on a third of the X-rays, whose bicubic enlargement is good "
        "already; on average it is a draw.",
        (
            Evidence("MRI: images better than bicubic", "prototype",
                     score("MRI", "prototype", "better_than_reference"), "%", (0.9, 1.0)),
            Evidence("X-ray: images better than bicubic", "prototype",
                     score("X-ray", "prototype", "better_than_reference"), "%", (0.1, 0.5)),
        ),
    ),
    Claim(
        "modern published models are poor on these images",
        "4",
        PARTLY,
        "Not those trained on pixels: two small ones that have only seen photographs gain 3 dB on "
        "MRI. A GAN trained on photographs gains little or loses (notebook 05). The figures were "
        "given to this project, not measured by it. The paper's own explanation, that scans need "
        "specific data, is not needed for most of the gain.",
        (
            Evidence("a published x3 network (PAN) over bicubic, MRI", "published",
                     lambda run: given_gain(run, "MRI", "PAN x3"), "dB", (1.0, math.inf)),
            Evidence("the same, X-ray", "published", lambda run: given_gain(run, "X-ray", "PAN x3"),
                     "dB", (1.0, math.inf)),
        ),
    ),
    Claim(
        "no augmentation helps",
        "2.5.1",
        PARTLY,
        "In a short training none does: after four to five passes a network restores training "
        "images hardly better than others, so there is nothing to prevent. But after 33 passes "
        "half a decibel is learned by heart, and whether an augmentation would save it, in the "
        "paper's 50 to 100 epochs, is not tested.",
        (
            Evidence("flips: gain over none", "augmentation", score("all", "flips", "psnr_gain"),
                     "dB", BELOW),
            Evidence("the best of all, mixup: gain over none", "augmentation",
                     score("all", "mixup", "psnr_gain"), "dB", (-0.1, 0.02)),
            Evidence("CutBlur: gain over none", "augmentation",
                     score("all", "cutblur", "psnr_gain"), "dB", BELOW),
            Evidence("none: gain on training images less that on validation images", "augmentation",
                     lambda run: learned_by_heart(run["rows"]["none"]), "dB", (-0.2, 0.2)),
            Evidence("the same of SRResNet, after 33 passes", "systems",
                     lambda run: learned_by_heart(run["rows"]["SRResNet"]), "dB", (0.2, 1.0)),
        ),
    ),
    Claim(
        "a reduction factor for each image, and noise, do not help",
        "2.5",
        HOLDS,
        "Both ask the network for more than the task does, and in a short training it does the "
        "task the worse for it, on clean images reduced by 3.",
        (
            Evidence("factors of 2 to 6: gain over always 3", "augmentation",
                     score("all", "factors", "psnr_gain"), "dB", BELOW),
            Evidence("noise of up to 10 grey levels: gain over none", "augmentation",
                     score("all", "noise", "psnr_gain"), "dB", BELOW),
        ),
    ),
    Claim(
        "many more epochs, thousands, are needed",
        "4",
        REFUTED,
        "Not epochs but a network that works on the small image and adds to its enlargement: "
        "SRResNet, narrowed to 32 filters, is decibels above bicubic after a few dozen passes over "
        "the paper's number of images, in ten minutes without a GPU. In the same time the "
        "prototype reaches bicubic.",
        (
            Evidence("SRResNet over bicubic", "systems", score("all", "SRResNet", "psnr_gain"),
                     "dB", (3.0, math.inf)),
            Evidence("its passes over the 1957 images", "systems",
                     lambda run: run["rows"]["SRResNet"]["images_seen"] / TRAIN_COUNT, "passes",
                     (1.0, 100.0)),
            Evidence("the prototype over bicubic", "systems",
                     score("all", "prototype", "psnr_gain"), "dB", (-1.0, 1.0)),
        ),
    ),
)
# fmt: on


if __name__ == "__main__":
    judged = verdicts(CLAIMS)
    write(results_dir() / "claims.json", judged)
    print(verdict_table(judged))
