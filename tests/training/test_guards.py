"""Trouble is named when it happens, and a training can stop there or go back."""

import dataclasses

import keras
import numpy as np
import pytest
from kill_resume import PARTS, RECIPE, last, tiny_gan

from medsr_nb import presets
from medsr_nb.training import callbacks, checkpoint, ema, experiment, keeper, steps
from medsr_nb.training.callbacks import CollapseWatch, Progress
from medsr_nb.training.checkpoint import Checkpoints

PLAIN = dataclasses.replace(RECIPE, epochs=4, pixel_epochs=0, ema=0.0)


class Poison(keras.callbacks.Callback):
    """Breaks the generator once or always, at one step of one epoch (counted from 1)."""

    def __init__(self, epoch, value=np.nan, times=1, step=2):
        super().__init__()
        self.at, self.value, self.times, self.step = epoch, value, times, step

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == self.at and batch == self.step and self.times:
            self.times -= 1
            bias = self.model.generator.get_layer("output").bias
            bias.assign(np.full(bias.shape, self.value))


def train(folder, *more, recipe=PLAIN, **options):
    gan = tiny_gan()
    history = experiment.train(gan, recipe, PARTS, *more, folder=folder, **options)
    return gan, history


def test_the_bias_that_is_poisoned_makes_the_output_black():
    generator = tiny_gan().generator
    bias = generator.get_layer("output").bias
    bias.assign(np.full(bias.shape, -9.0))
    assert generator(np.zeros((1, 10, 10, 1))).numpy().max() < -0.9


def test_not_a_number_is_found_within_the_epoch(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(callbacks, "STEPS_BETWEEN_LOOKS", 2)
    _, history = train(tmp_path, Poison(2), guard="stop")
    out = capsys.readouterr().out
    assert "epoch 2, step 4: training output is not a number" in out
    assert "stopped by the guard: epoch 2, step 4" in out
    assert len(history["psnr"]) == 1  # the second epoch was not finished
    progress, arrays = last(tmp_path)
    assert progress["epoch"] == 0  # and nothing broken was saved
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_a_look_costs_nothing_between_looks(monkeypatch):
    looks = []
    monkeypatch.setattr(callbacks, "finite", lambda model: looks.append(1) or True)
    watch = CollapseWatch()
    watch.set_model(object())
    watch.on_epoch_begin(0)
    for batch in range(100):
        watch.on_train_batch_begin(batch)
    assert len(looks) == 3  # at 32, 64 and 96


def test_reported_alone_a_training_goes_on(capsys):
    _, history = train(None, Poison(2, -9.0))
    out = capsys.readouterr().out
    assert "epoch 2: validation output is black" in out
    assert len(history["psnr"]) == PLAIN.epochs


def test_a_black_output_stops_where_asked(capsys):
    _, history = train(None, Poison(2, -9.0), guard="stop")
    assert len(history["psnr"]) == 2
    assert "stopped by the guard: epoch 2: validation output is black" in capsys.readouterr().out


def test_a_roll_back_halves_the_learning_rate_and_ends_well(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(keeper, "pause_after", lambda writing: 0.0)
    gan, history = train(tmp_path, Poison(3), guard="rollback")
    out = capsys.readouterr().out
    assert "back to 2 of 4 epochs, learning rate 0.0005." in out
    assert len(history["psnr"]) == 4 and np.isfinite(history["psnr"]).all()
    assert float(gan.optimizer.learning_rate) == pytest.approx(PLAIN.learning_rate / 2)
    progress, _ = last(tmp_path)
    assert progress["rollbacks"] == 1
    assert progress["found"][0] == [3, "training output is not a number"]


def test_a_roll_back_goes_behind_what_was_saved_after_the_trouble(monkeypatch, tmp_path):
    """Black is found at the epoch's end; what was saved in between is black too."""
    monkeypatch.setattr(keeper, "pause_after", lambda writing: 0.0)
    _, history = train(tmp_path, Poison(3, -9.0, step=1), guard="rollback")
    assert len(history["psnr"]) == 4
    assert min(history["val_brightness"]) > 60


def test_it_does_not_roll_back_for_ever(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(keeper, "pause_after", lambda writing: 0.0)
    gan, history = train(tmp_path, Poison(2, times=100), guard="rollback")
    out = capsys.readouterr().out
    assert out.count("back to 1 of 4 epochs") == 3 and "learning rate 0.00013" in out
    assert "stopped by the guard" in out
    assert float(gan.optimizer.learning_rate) == pytest.approx(PLAIN.learning_rate / 8)


def test_without_checkpoints_there_is_no_way_back():
    with pytest.raises(checkpoint.UserError, match="give a folder"):
        train(None, guard="rollback")
    with pytest.raises(ValueError, match="choose one of report, stop, rollback"):
        train(None, guard="hope")


def won(watch, epochs, real=1.0, fake=1.0):
    look = {"brightness": 100, "target_brightness": 100, "contrast": 40}
    look |= {"val_" + name: value for name, value in look.items()}
    for epoch in range(epochs):
        watch.on_epoch_begin(epoch)
        watch.on_epoch_end(epoch, look | {"real_accuracy": real, "fake_accuracy": fake})
    return watch.found


def test_a_discriminator_that_always_wins_is_named():
    assert won(CollapseWatch(), 2) == []
    (found,) = won(CollapseWatch(), 4)
    assert found[0] == 3 and "discriminator" in found[1]
    assert won(CollapseWatch(), 9, fake=0.99) == []
    assert won(CollapseWatch(), 9, real=0.5) == []


def test_an_output_that_never_was_anything_else_is_reported_but_no_collapse():
    """A network may begin constant; to go back from there would lead nowhere."""
    watch = CollapseWatch()
    dull = {"brightness": 100, "target_brightness": 100, "contrast": 0.5}
    dull |= {"val_" + name: value for name, value in dull.items()}
    watch.on_epoch_begin(0)
    watch.on_epoch_end(0, dull)
    assert len(watch.found) == 2 and watch.alarm == ""
    won(watch, 1, fake=0.5)
    watch.on_epoch_begin(2)
    watch.on_epoch_end(2, dull)
    assert "epoch 3: validation output is constant" in watch.alarm


def test_trouble_that_goes_on_is_said_once_and_counted_in_each_epoch(capsys):
    watch = CollapseWatch()
    fine = {"brightness": 100, "target_brightness": 100, "contrast": 40}
    fine |= {"val_" + name: value for name, value in fine.items()}
    for epoch, brightness in enumerate((100, 3, 2, 100, 1)):
        watch.on_epoch_begin(epoch)
        watch.on_epoch_end(epoch, fine | {"val_brightness": brightness})
    said = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert said == ["epoch 2", "epoch 5"]
    assert [epoch for epoch, _ in watch.found] == [2, 3, 5]
    assert watch.alarm.startswith("epoch 5")


def test_epochs_won_are_counted_across_an_interruption():
    before = CollapseWatch(Progress())
    won(before, 2)
    after = CollapseWatch(Progress(won=before.progress.won))
    assert won(after, 1)[0][1].startswith("the discriminator")


def test_the_average_follows_the_generator_one_step_behind():
    images = steps.DeviceImages(PARTS.train.pixels, PARTS.train.labels)
    generator = tiny_gan().generator
    model = steps.PixelModel(generator, images, 2, ema.Average(generator, 0.75))
    model.compile(optimizer=keras.optimizers.SGD(0.5))
    trained = generator.trainable_weights
    places = [[w is one for w in generator.weights].index(True) for one in trained]
    expected = [weight.numpy() for weight in trained]
    for step in range(3):
        now = [weight.numpy() for weight in trained]
        d = (0.1, 2 / 11, 0.25)[step]  # (1 + n) / (10 + n), below the decay of 0.75
        expected = [d * old + (1 - d) * new for old, new in zip(expected, now, strict=True)]
        model.train_on_batch(np.arange(4) + step)
    averaged = model.average.network.get_weights()
    for place, value in zip(places, expected, strict=True):
        np.testing.assert_allclose(averaged[place], value, rtol=1e-5, atol=1e-7)
    assert not np.allclose(expected[0], trained[0].numpy(), rtol=1e-3)
    model.average.steps.assign(30.0)  # 31/40 is above 0.75, which then counts
    model.average.follow(generator)
    averaged = model.average.network.get_weights()
    late = 0.75 * expected[0] + 0.25 * trained[0].numpy()
    np.testing.assert_allclose(averaged[places[0]], late, rtol=1e-5, atol=1e-7)
    moving = [place for place, w in enumerate(generator.weights) if "moving" in w.path]
    assert len(moving) == 2
    for place in moving:  # copied, not averaged
        np.testing.assert_array_equal(averaged[place], generator.get_weights()[place])


def test_the_average_is_what_is_judged(tmp_path, eagerly):
    recipe = dataclasses.replace(PLAIN, ema=0.9, epochs=1)
    gan, _ = train(None, recipe=recipe)
    batch = np.arange(24, 28)
    judged = float(gan(batch, training=False)["psnr"])
    kept = gan.generator.get_weights()
    gan.generator.set_weights([weight * 0 for weight in kept])
    assert float(gan(batch, training=False)["psnr"]) == judged
    assert gan.upscaler is gan.average.network
    assert steps.PixelModel(gan.generator, gan.images, 2).upscaler is gan.generator


def test_the_pixel_stage_leaves_the_discriminator_alone(eagerly):
    recipe = dataclasses.replace(PLAIN, epochs=2, pixel_epochs=2)
    fresh = tiny_gan()
    gan, history = train(None, recipe=recipe)
    for name in ("generator", "discriminator"):
        pairs = zip(
            getattr(gan, name).get_weights(), getattr(fresh, name).get_weights(), strict=True
        )
        assert all(np.array_equal(new, old) for new, old in pairs) == (name == "discriminator")
    assert history["stage"] == [1.0, 1.0] and "discriminator_loss" not in history


def test_stages_and_decays_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="pixel_epochs"):
        presets.recipe("prototype", epochs=3, pixel_epochs=4)
    with pytest.raises(ValueError, match="ema"):
        presets.recipe("prototype", ema=1.0)


def test_the_papers_recipes_have_neither():
    for system in ("baseline", "iteration1", "srgan", "prototype"):
        for preset in presets.PRESETS:
            recipe = presets.recipe(system, preset)
            assert recipe.pixel_epochs == 0 and recipe.ema == 0.0
            assert recipe.decay == "constant" and recipe.pixel_loss == "mse"


def test_going_back_needs_a_good_one(tmp_path):
    store = Checkpoints(tmp_path, {})
    store.save(1, {}, {}, good=False)
    assert store.newest(only_good=True) is None
