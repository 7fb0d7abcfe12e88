"""Images that agree with their input though they end at black and at white.

``bicubic.consistent`` moves a result to the nearest image that reduces to its input, but that image
may leave [-1, 1]. Clipped to 8 bits it no longer agrees: on slices with a black background every
contour is concerned. Clipping and projecting in turn ends in an image that does both (projections
onto convex sets, Bauschke & Borwein 1996, SIAM Review 38), but slowly. Two things make it fast.
What is missing is shared among the pixels that can still move. And each round goes on a little in
the direction of the last one (Beck & Teboulle 2009, SIAM J. Imaging Sciences 2, section 4).
"""

import math

import keras
from keras import ops

from .bicubic import Consistent, missing, reduced_exactly, undone

ROUNDS = 8
SHARE = 0.2  # the least share of movable pixels that is counted on; below it rounds overshoot


def in_range(sr, lr, factor, reduction="bicubic", within=0.0, rounds=ROUNDS):
    """An image in [-1, 1] near SR (B, f*h, f*w, 1) that reduces to LR (B, h, w, 1).

    SR is ``consistent``. Where it lies in [-1, 1] it stays as it is. Where no image in [-1, 1]
    reduces to the input, as beside saturated text and noise, the result comes near. ``within`` as
    for ``bicubic.consistent``.
    """
    current = before = ops.clip(sr, -1.0, 1.0)
    for momentum in momenta(rounds):
        lacking = missing(current, lr, factor, reduction, within)
        wanted = undone(lacking, factor, reduction)
        stuck = ops.logical_or(
            ops.logical_and(current <= -1.0, wanted < 0.0),
            ops.logical_and(current >= 1.0, wanted > 0.0),
        )
        movable = reduced_exactly(1.0 - ops.cast(stuck, sr.dtype), factor, reduction)
        change = undone(lacking / ops.maximum(movable, SHARE), factor, reduction)
        new = ops.clip(current + change, -1.0, 1.0)
        current = ops.clip(new + momentum * (new - before), -1.0, 1.0)
        before = new
    return before


def momenta(rounds=ROUNDS):
    """How far each round goes on in the direction of the last one (equations 4.2 and 4.3)."""
    speed = 1.0
    for _ in range(rounds):
        faster = (1.0 + math.sqrt(1.0 + 4.0 * speed**2)) / 2.0
        yield (speed - 1.0) / faster
        speed = faster


@keras.saving.register_keras_serializable("medsr_nb")
class InRange(Consistent):
    """``in_range`` as a last layer: [SR (B, f*h, f*w, 1), LR (B, h, w, 1)] -> SR, float32."""

    def call(self, images):
        sr, lr = images
        return in_range(sr, lr, self.factor, self.reduction, self.within)
