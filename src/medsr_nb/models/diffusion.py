"""ResShift's Markov chain from HR to LR and back (Yue et al. 2023, arXiv 2307.12348).

Forward, t = 1 .. T, with the residual e = y - x_0 between the enlarged LR image y and the HR
image x_0, alpha_t = eta_t - eta_{t-1} and eta_0 = 0:

    x_t = x_{t-1} + alpha_t e + kappa sqrt(alpha_t) noise      (equation 1)
    x_t = x_0 + eta_t e + kappa sqrt(eta_t) noise              (equation 2, all steps at once)

Back (section 2.1, "reverse process"), where the network's guess stands for x_0:

    x_{t-1} = (eta_{t-1} / eta_t) x_t + (alpha_t / eta_t) x_0
              + kappa sqrt(alpha_t eta_{t-1} / eta_t) noise

The network learns x_0 by the plain mean squared error over t drawn evenly, as the paper does
after dropping the weights that the variational bound gives.

Here the chain runs in PIXEL space. The published one runs in the latent space of a VQ-f4
autoencoder, whose job is to make 256x256 photographs affordable. At 150x150 in one channel there
is nothing to save: latents would be 37.5 wide, which is no size, in three channels; the
autoencoder alone has 55.3 M parameters; it has learned photographs, so that what it rebuilds of
an MRI is a second source of invented detail, which no training of the denoiser removes; and its
licence excludes commercial use.

What pixels change: 1. As in the published code without an autoencoder, each guess of x_0 is
clipped to [-1, 1]. 2. As there, x_t is divided by 3 kappa sqrt(eta_t) + 1, the largest value that
pixels in [-1, 1] reach with three deviations of noise; latents, of variance about 1, are divided by
the deviation sqrt(kappa^2 eta_t + 1) of x_t. 3. kappa = 2 was chosen for latents of variance about
1, and here the residual e deviates by 0.05 to 0.1 (bicubic's 31 and 26 dB). With 4 steps the noise
deviates by 2.0, 1.3, 0.7 and 0.04: it buries the residual at all steps but the last, so that
samples can be expected to come close to what regression gives, and to grow more varied with a
smaller ``kappa``.

One departure: the published configurations of 4 steps (bicx4_swinunet_lpips.yaml and its like) add
LPIPS of the guess, weight 1, to the squared error. Ours, also of 4 steps, have the squared error
alone, which the configuration of 15 steps has: LPIPS is another download, of a network that has
seen photographs.
"""

import keras
import numpy as np
from keras import ops

from .. import degradation


def schedule(steps, kappa=2.0, p=0.3, min_noise=0.04, last=0.99):
    """eta_1 .. eta_T as float64 (T,) (section 2.2): their square roots grow geometrically.

    sqrt(eta_t) = sqrt(eta_1) b^((t-1)/(T-1))^p, where b leads from sqrt(eta_1), such that the
    first step's noise kappa sqrt(eta_1) is ``min_noise``, to sqrt(eta_T) = ``last``. As in the
    published code: the paper's text has sqrt(0.999) for 0.99, and caps sqrt(eta_1) at sqrt(0.001),
    which its own settings for 4 steps (min_noise 0.2, in latent space) exceed. With kappa below
    1, min_noise bounds sqrt(eta_1) itself. Raises ValueError for a chain that cannot grow.
    """
    if steps < 2:
        raise ValueError(f"a chain needs at least 2 steps, not {steps}: the paper has 4 or 15.")
    first = min(min_noise / kappa, min_noise)
    if not 0.0 < first < last <= 1.0:
        raise ValueError(
            f"sqrt(eta) has to grow from {first:.3g} (min_noise over kappa) to {last:.3g}, within "
            "0 and 1: choose a smaller min_noise, or a last nearer to 1."
        )
    growth = np.linspace(0.0, 1.0, steps) ** p
    return (first * (last / first) ** growth) ** 2


def marginal(x_0, y, noise, eta, kappa):
    """x_t of equation 2, from standard normal ``noise`` of the images' shape."""
    return x_0 + eta * (y - x_0) + kappa * ops.sqrt(eta) * noise


def posterior(x_t, x_0, eta, eta_before, kappa):
    """(mean, variance) of q(x_{t-1} | x_t, x_0, y), with eta_t and eta_{t-1}."""
    kept = eta_before / eta
    return kept * x_t + (1.0 - kept) * x_0, kappa**2 * kept * (eta - eta_before)


# What x_t is divided by before the network sees it, from eta_t and kappa. The published code takes
# the deviation of x_t in latent space, the largest value in pixel space (``_scale_input``).
DIVISORS = {
    "deviation": lambda eta, kappa: ops.sqrt(eta * kappa**2 + 1.0),
    "largest": lambda eta, kappa: 3.0 * kappa * ops.sqrt(eta) + 1.0,
}


@keras.saving.register_keras_serializable("medsr_nb")
class Sampler(keras.layers.Layer):
    """LR (B, h, w, 1) -> SR (B, f*h, f*w, 1) in [-1, 1], by the whole chain back.

    ``denoiser`` is a ``keras.Model`` from [x_t (B, f*h, f*w, 1), scaled; LR; t (B,)] to its guess
    of x_0. It is trained for this number of ``steps``, ``kappa`` and ``divisor`` (a name in
    ``DIVISORS``), and fits no other.

    The same LR image always gives the same SR image, whatever stands beside it in a batch and on
    whatever machine: the noise is drawn by numpy from ``seed``, once for a size, and every image
    gets the same (the published code calls this repeated noise). Another seed gives another
    sample.
    """

    def __init__(
        self,
        denoiser,
        factor,
        steps=4,
        kappa=2.0,
        min_noise=0.04,
        seed=0,
        divisor="largest",
        dtype="float32",
        **kwargs,
    ):
        super().__init__(dtype=dtype, **kwargs)
        if divisor not in DIVISORS:
            raise ValueError(f"no divisor {divisor!r}: choose one of {', '.join(DIVISORS)}.")
        self.divisor = divisor
        self.denoiser = denoiser
        self.factor = factor
        self.steps = steps
        self.kappa = kappa
        self.min_noise = min_noise
        self.seed = seed
        # eta_0 = 0 in front, so that eta_t stands at t
        self.etas = np.append(0.0, schedule(steps, kappa, min_noise=min_noise)).astype("float32")
        self.built = True

    def eta(self, t):
        """eta_t for each of t (B,), as (B, 1, 1, 1)."""
        return ops.reshape(ops.take(ops.convert_to_tensor(self.etas), t), (-1, 1, 1, 1))

    def shifted(self, hr, lr, t, noise):
        """x_t of HR images, each at its own t (B,) (equation 2)."""
        y = degradation.enlarged(lr, self.factor)
        return marginal(hr, y, noise, self.eta(t), self.kappa)

    def denoised(self, x_t, lr, t):
        """The network's guess of x_0, from x_t scaled by the divisor at each t (B,)."""
        scale = DIVISORS[self.divisor](self.eta(t), self.kappa)
        return self.denoiser([x_t / scale, ops.convert_to_tensor(lr), ops.cast(t, "float32")])

    def stepped_back(self, x_t, lr, t, noise):
        """x_{t-1} from x_t, all images at one t, which may be a tensor; at t = 1 it is x_0."""
        each = ops.broadcast_to(t, ops.shape(x_t)[:1])
        x_0 = ops.clip(self.denoised(x_t, lr, each), -1.0, 1.0)
        mean, variance = posterior(x_t, x_0, self.eta(each), self.eta(each - 1), self.kappa)
        return mean + ops.sqrt(variance) * noise

    def noises(self, height, width):
        """The noise for x_0 (which needs none), x_1, .. x_T: float32 (T + 1, height, width, 1)."""
        rng = np.random.default_rng(self.seed)
        return rng.standard_normal((self.steps + 1, height, width, 1), dtype="float32")

    def call(self, lr):
        y = degradation.enlarged(lr, self.factor)
        noises = ops.convert_to_tensor(self.noises(*y.shape[1:3]))
        x_last = marginal(y, y, noises[-1], self.etas[-1], self.kappa)

        def step(done, x_t):
            t = self.steps - done
            return self.stepped_back(x_t, lr, t, ops.take(noises, t - 1, axis=0))

        # One step in the compiled program, not T of them
        return ops.fori_loop(0, self.steps, step, x_last)

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return batch, height * self.factor, width * self.factor, channels

    def get_config(self):
        return super().get_config() | {
            "denoiser": keras.saving.serialize_keras_object(self.denoiser),
            "factor": self.factor,
            "steps": self.steps,
            "kappa": self.kappa,
            "min_noise": self.min_noise,
            "seed": self.seed,
            "divisor": self.divisor,
        }

    @classmethod
    def from_config(cls, config):
        denoiser = keras.saving.deserialize_keras_object(config["denoiser"])
        return cls(**config | {"denoiser": denoiser})
