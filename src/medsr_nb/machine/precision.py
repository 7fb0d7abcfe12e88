"""In how many bits a network computes: chosen for the machine, or by one parameter.

Weights, output layers, losses, metrics, the reduction and the enlargement stay in float32
whatever is chosen; only what lies between is computed in 16 bits.
"""

import contextlib
import platform

import keras

from .paths import UserError

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
PRECISIONS = ("auto", *POLICIES)


def chosen_policy(precision="auto"):
    """The name of the Keras policy for a precision, "auto" being the machine's best.

    float16 on a GPU of compute capability 7 (T4, V100), with scaled losses; bfloat16 on one
    of 8 or more (A100 and newer), on a TPU, and in TensorFlow on a processor that multiplies
    in it; float32 on all others. JAX is slower in bfloat16 on a processor, so not there.
    Raises UserError for an unknown precision.
    """
    if precision not in PRECISIONS:
        raise UserError(f"no precision {precision!r}: choose one of {', '.join(PRECISIONS)}.")
    return POLICIES[best_of(*machine()) if precision == "auto" else precision]


def best_of(kind, capability, instructions):
    """The precision for a device "gpu", "tpu" or "cpu" with its compute capability (a number)
    or its instructions (a set of names as in /proc/cpuinfo).
    """
    if kind == "gpu":
        return "bfloat16" if capability >= 8 else "float16" if capability >= 7 else "float32"
    multiplies = instructions & {"avx512_bf16", "amx_bf16"}
    return "bfloat16" if kind == "tpu" or multiplies else "float32"


def machine():
    """(kind, compute capability, instructions) of the device that Keras's backend uses."""
    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        capability = float(getattr(device, "compute_capability", 0) or 0)
        return device.platform, capability, frozenset()
    import tensorflow as tf

    if gpus := tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpus[0])
        return "gpu", details.get("compute_capability", (0, 0))[0], frozenset()
    return "cpu", 0, processor_instructions()


def processor_instructions():
    """The names of the processor's instruction sets, as far as Linux lists them."""
    if platform.system() != "Linux":
        return frozenset()
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next(
            (frozenset(line.split(":")[1].split()) for line in lines if line.startswith("flags")),
            frozenset(),
        )


@contextlib.contextmanager
def policy(precision="auto"):
    """Networks built inside compute in this precision; afterwards all is as it was.

    Yields the policy's name. A network keeps the policy that it was built with.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(chosen_policy(precision))
    try:
        yield keras.config.dtype_policy().name
    finally:
        keras.config.set_dtype_policy(before)
