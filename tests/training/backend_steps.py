"""One run of everything that both backends must do alike.

Not a test: device_steps.py does it under each KERAS_BACKEND, and test_backends.py compares.
"""

import keras
import numpy as np

from medsr_nb.models import acgan, srgan, srresnet
from medsr_nb.models.layers import batch_norm, conv, leaky_relu, probability
from medsr_nb.training import adversarial, steps


def pictures(count, size):
    """uint8 (count, size, size, 1) of waves, no two alike."""
    waves = np.sin(np.arange(size) * np.linspace(0.2, 2, count)[:, None])
    return (127 + 120 * waves[:, :, None] * waves[:, None, :])[..., None].round().astype("uint8")


def draw_weights(network):
    """The same weights on every backend; none is zero, so that each has a scale."""
    rng = np.random.default_rng(0)
    for weight in network.weights:
        if weight.path.endswith(("kernel", "embeddings")):
            scale = (2.0 / np.prod(weight.shape[:-1])) ** 0.5
            weight.assign(rng.normal(0, scale, weight.shape))
        elif weight.path.endswith(("bias", "beta", "alpha")):
            weight.assign(rng.normal(0, 0.1, weight.shape))


def without_dropout(network):
    """The network as it is, but for dropout: each backend draws masks of its own."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return network


def small_discriminator(size, width):
    """Two of the paper's convolutions with batch norm, few enough for JAX to compile soon."""
    image = features = keras.Input((size, size, 1))
    for stride in (1, 2):
        features = leaky_relu(batch_norm(conv(features, width, stride=stride)))
    features = probability(keras.layers.Flatten()(features))
    return keras.Model(image, features, name="discriminator")


def adversarial_model():
    """SRGAN's generator, small: batch norm in both networks."""
    images = steps.DeviceImages(pictures(12, 20), np.zeros(12))
    return adversarial.AdversarialModel(
        srgan.generator(10, 2, 4, blocks=1), small_discriminator(20, 4), images, 2, 0.1
    )


def conditional_model():
    """The paper's baseline, small: two inputs, two outputs."""
    networks = acgan.generator(7, 4, 4, 2), without_dropout(acgan.discriminator(28, 2, 2))
    images = steps.DeviceImages(pictures(12, 28), np.arange(12) % 2)
    return adversarial.ConditionalAdversarialModel(*networks, images, 4, 0.1)


def pixel_model():
    """The plain network without batch norm, small, on the pixel loss."""
    images = steps.DeviceImages(pictures(12, 20), np.zeros(12))
    return steps.PixelModel(srresnet.generator(10, 2, 4, blocks=1), images, 2)


def ready(model, optimizer):
    for network in networks(model):
        draw_weights(network)
    model.compile(optimizer=optimizer)
    return model


def networks(model):
    return [model.generator, *filter(None, [getattr(model, "discriminator", None)])]


def fitted(model, training, validation, batch_size):
    """The history of two epochs on turned images, with validation."""
    return model.fit(
        steps.Batches(training, batch_size, seed=0, turns=True),
        validation_data=steps.Batches(validation, batch_size),
        epochs=2,
        verbose=0,
    ).history


def kept(found, prefix, model, logs):
    """Adds a step's figures and the weights after it to what is found."""
    for name, value in logs.items():
        found[f"{prefix}/log/{name}"] = np.asarray(value, "float64")
    for network in networks(model):
        for index, weight in enumerate(network.weights):
            name = weight.path.rsplit("/", 1)[-1]
            found[f"{prefix}/{network.name}/{index}/{name}"] = keras.ops.convert_to_numpy(weight)


def assert_alike(one, two):
    """Histories, weights, moving averages: to 1e-5, where rounding alone would give 1e-6."""
    assert len(one) > 20 and set(one) == set(two)
    for name in one:
        np.testing.assert_allclose(two[name], one[name], rtol=1e-5, atol=1e-6, err_msg=name)


def images_of_jax(model, batch):
    """What became of the images: constants of the program, other buffers, other pixels?"""
    import jax

    state = model._get_jax_state(
        trainable_variables=True,
        non_trainable_variables=True,
        optimizer_variables=True,
        metrics_variables=True,
    )
    program = jax.make_jaxpr(model.train_step)(state, (batch,))
    before = model.images.pixels.value.unsafe_buffer_pointer()
    model.fit(steps.Batches(np.arange(12), 6, seed=0, turns=True), verbose=0)
    return {
        "images/bytes of constants": sum(np.asarray(value).nbytes for value in program.consts),
        "images/buffer moved": model.images.pixels.value.unsafe_buffer_pointer() != before,
        "images/pixels": pictures(12, 20),
        "images/pixels after training": np.asarray(model.images.pixels),
    }


def found():
    """Figures and weights of all that is compared, by name."""
    found = {}
    batch = np.arange(6, dtype="int32"), np.arange(6, dtype="int32")  # indices and turns
    for name, model, optimizer in (
        ("adversarial", adversarial_model(), keras.optimizers.SGD(0.1)),
        ("conditional", conditional_model(), keras.optimizers.Adam(1e-3, epsilon=1e-3)),
        ("pixel", pixel_model(), keras.optimizers.SGD(0.01)),
    ):
        ready(model, optimizer)
        kept(found, f"{name}/start", model, {})
        kept(found, f"{name}/step", model, model.train_on_batch(batch, return_dict=True))

    logs = model.test_on_batch(np.arange(6, 12, dtype="int32"), return_dict=True)
    kept(found, "pixel/evaluation", model, logs)
    kept(found, "pixel/fit", model, fitted(model, np.arange(12), np.arange(6, 12), 6))
    if keras.backend.backend() == "jax":
        found |= images_of_jax(model, batch)
    return found
