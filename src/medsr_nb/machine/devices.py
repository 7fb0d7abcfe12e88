"""One training on many devices: each takes its share of every batch.

TensorFlow's strategies and Keras's data parallelism on JAX, behind one parameter. Both take
the step that one device would have taken: the batch is the same, gradients are averaged over
all of it, and batch norm looks at all of it. Only dropout differs on TensorFlow, where each
device draws masks of its own.

Several machines train together where each runs the same command with its own ``TF_CONFIG``::

    {"cluster": {"worker": ["one:2222", "two:2222"]}, "task": {"type": "worker", "index": 0}}

The folder of the training must be one that all of them see: the first machine (the chief)
writes there, all read. They save at the end of each epoch and agree there whether to stop,
as on a signal or when the time is over on any of them. When a machine is lost, TensorFlow
ends the others with an error; run the command again on all, and they go on from the last
checkpoint.
"""

import contextlib
import functools
import json
import os

import keras

from .paths import UserError


@contextlib.contextmanager
def spread(devices="auto"):
    """Models built and trained inside use so many devices; yields their number.

    ``devices`` is a number, or "auto" for all GPUs of this machine. A batch should divide by
    it. Where ``TF_CONFIG`` names several machines (TensorFlow's own description of a
    cluster), all their devices are used, whatever the number; then this block has to be
    entered before TensorFlow computes anything. Raises UserError for a number that the
    machine does not have.
    """
    if machine_count() > 1:  # first, as to ask for the devices' names would start TensorFlow
        import tensorflow as tf

        with tf.distribute.MultiWorkerMirroredStrategy().scope():
            yield replicas()
        return
    names = chosen(devices)
    if len(names) == 1:
        yield 1
    elif keras.backend.backend() == "jax":
        before = keras.distribution.distribution()
        keras.distribution.set_distribution(keras.distribution.DataParallel(devices=names))
        try:
            yield len(names)
        finally:
            keras.distribution.set_distribution(before)
    else:
        import tensorflow as tf

        with tf.distribute.MirroredStrategy(names).scope():
            yield replicas()


def chosen(devices="auto"):
    """The names of the devices for "auto" or a number; raises UserError if there are fewer."""
    if keras.backend.backend() == "jax":
        names = keras.distribution.list_devices()
    else:
        import tensorflow as tf

        kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
        names = [device.name for device in tf.config.list_logical_devices(kind)]
    if devices == "auto":
        return names
    if not 1 <= devices <= len(names):
        raise UserError(f"{devices} devices wanted, found {len(names)}: {', '.join(names)}.")
    return names[:devices]


def cluster():
    """(names of all machines, number of this one) from ``TF_CONFIG``; alone without it."""
    if keras.backend.backend() != "tensorflow" or not os.environ.get("TF_CONFIG"):
        return ["this"], 0
    config = json.loads(os.environ["TF_CONFIG"])
    tasks = [task for task in ("chief", "worker") if task in config["cluster"]]
    names = [(task, i) for task in tasks for i, _ in enumerate(config["cluster"][task])]
    return names, names.index((config["task"]["type"], int(config["task"]["index"])))


def machine_count():
    """How many machines train together."""
    return len(cluster()[0])


def chief():
    """Whether this machine is the one of all that writes checkpoints and results."""
    return cluster()[1] == 0


def gathered(number):
    """The whole numbers that the machines bring, one for each device; each waits for all."""
    if machine_count() == 1:
        return [number]
    import tensorflow as tf

    gathering = gathering_on(tf.distribute.get_strategy())
    return [int(one) for one in gathering(tf.constant([number], "float32"))]


@functools.cache
def gathering_on(strategy):
    """A compiled function from each machine's tensor (n,) to all of them, one after another."""
    import tensorflow as tf

    return tf.function(lambda mine: strategy.gather(strategy.run(lambda: mine), axis=0))


def device_count():
    """Among how many devices a batch is shared now: 1 outside ``spread``."""
    if keras.backend.backend() == "jax":
        distribution = keras.distribution.distribution()
        return 1 if distribution is None else distribution.device_mesh.devices.size
    return replicas()


def replicas():
    """On how many devices TensorFlow repeats the step that is being traced; 1 on JAX.

    JAX sees the whole batch in one program and splits it itself.
    """
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync
