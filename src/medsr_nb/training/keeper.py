"""What a training saves, and where it stops: the callback that the loop trusts.

The state of a training is every variable of its models and optimizers (weights, moving
averages, dropout seeds, the figures of the running epoch) and its ``Progress``; the order of
the images follows from seed and epoch.
"""

import contextlib
import dataclasses
import signal
import time

import keras

from .. import machine
from .callbacks import reattach
from .checkpoint import CheckpointError


class Stopped(Exception):
    """The training stops here, its state saved; the message says why."""


class Alarmed(Exception):
    """The guard has found trouble, and is to do more than report it."""


def pause_after(writing):
    """Seconds between checkpoints: a minute, or more, so that writing costs a twentieth at most."""
    return max(60.0, 20.0 * writing)


def state_variables(models):
    """Every variable that decides how the training of ``models`` goes on; not what is fixed."""
    fixed = {id(one) for model in models for layer in model.fixed for one in layer.variables}
    every = [
        one
        for model in models
        for one in (*model.variables, *model.metrics_variables, *model.optimizer.variables)
    ]
    return [one for one in {id(one): one for one in every}.values() if id(one) not in fixed]


def build_optimizers(models):
    """Creates the optimizers' variables, which ``fit`` would do too late to fill them."""
    for model in models:
        strategy = getattr(model, "distribute_strategy", None)
        with strategy.scope() if strategy else contextlib.nullcontext():
            model.optimizer.build(model.trainable_variables)


class Keeper(keras.callbacks.Callback):
    """Counts where a training stands, saves it, and ends ``fit`` where it has to stop.

    ``stages`` lists (model, the epoch in which it ends), ``store`` is the training's
    ``Checkpoints`` or None. It comes last among the callbacks, so that an epoch counts when
    all others have seen it.
    """

    def __init__(self, stages, store, progress, watch, previews, guard, deadline, signals):
        super().__init__()
        self.stages = stages
        self.store = store
        self.progress = progress
        self.watch = watch
        self.previews = previews
        self.guard = guard
        self.deadline = deadline
        self.signals = signals
        self.steps = 0  # in a whole epoch; set by ``fit_stages``
        self.first = 0  # the step at which this ``fit`` begins
        self.figures = []  # of an interrupted epoch: (variable, value)
        self.saved = self.saved_good = time.monotonic()
        self.pause = pause_after(0.0)

    @property
    def models(self):
        """The models of the running stage and of those to come; the first one is trained."""
        left = [model for model, end in self.stages if self.progress.epoch < end]
        return left or [self.stages[-1][0]]

    def save(self, good=False):
        """Writes a checkpoint. Raises OSError.

        Of several machines the chief writes; but all come here, as some variables are spread
        over all of them.
        """
        started = time.monotonic()
        reattach(self.models[0])
        arrays = {
            f"value-{number:05d}": variable.numpy()
            for number, variable in enumerate(state_variables(self.models))
        }
        for number, previews in enumerate(self.previews):
            for epoch, picture in previews.pictures:
                arrays[f"picture-{number}-{epoch:05d}"] = picture
        if machine.chief():
            step = self.progress.epoch * self.steps + self.progress.step
            self.store.save(step, dataclasses.asdict(self.progress), arrays, good)
        self.saved = time.monotonic()
        self.saved_good = self.saved if good else self.saved_good
        self.pause = pause_after(self.saved - started)

    def save_or_say(self, good=False):
        """Writes a checkpoint; a full disk is no reason to stop a training."""
        try:
            self.save(good)
        except OSError as error:
            print(f"not saved: {error}. The checkpoint before is kept.", flush=True)
            self.saved = self.saved_good = time.monotonic()

    def restore(self, progress, arrays):
        """Sets progress, models and pictures to what a checkpoint holds."""
        for name, value in progress.items():
            setattr(self.progress, name, value)
        variables = state_variables(self.models)
        values = [arrays[name] for name in sorted(arrays) if name.startswith("value-")]
        if [tuple(one.shape) for one in variables] != [one.shape for one in values]:
            raise CheckpointError(
                f"the checkpoint in {self.store.folder} was written by another version of this "
                "program, with networks of other shapes. Choose another folder."
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        figures = {id(one) for one in self.models[0].metrics_variables}
        pairs = zip(variables, values, strict=True)
        self.figures = [pair for pair in pairs if id(pair[0]) in figures]
        for number, previews in enumerate(self.previews):
            start = f"picture-{number}-"
            names = sorted(name for name in arrays if name.startswith(start))
            previews.pictures = [(int(name.removeprefix(start)), arrays[name]) for name in names]

    def newest(self, only_good=False):
        """``Checkpoints.newest``, which all machines have to find alike, before any writes."""
        state = self.store.newest(only_good)
        found = machine.gathered(-1 if state is None else state[0]["epoch"])
        if len(set(found)) > 1:
            raise CheckpointError(
                f"the machines find different checkpoints, of epochs {found} (-1: none). "
                f"{self.store.folder} must be one folder that all of them share."
            )
        return state

    def resume(self):
        """Goes on from the last checkpoint; where there is none, writes the first.

        Writing before the first step shows at once whether the folder can be written.
        """
        if state := self.newest():
            self.restore(*state)
            print(f"going on from {self.store.folder}: {self.place()}.", flush=True)
        else:
            self.save(good=True)

    def roll_back(self):
        """Back to the last checkpoint found good, with half the learning rate.

        The checkpoint is written anew with that rate, so that trouble after it halves again.
        """
        found, rollbacks = self.progress.found, self.progress.rollbacks + 1
        state = self.newest(only_good=True)
        if state is None:
            raise CheckpointError(f"no checkpoint to go back to is left in {self.store.folder}.")
        self.restore(*state)
        self.progress.found, self.progress.rollbacks = found, rollbacks
        for model in self.models:
            model.optimizer.learning_rate = float(model.optimizer.learning_rate) / 2
        if machine.chief():
            self.store.remove_after(self.progress.epoch * self.steps)
        self.save(good=True)
        rate = float(self.models[0].optimizer.learning_rate)
        print(f"back to {self.place()}, learning rate {rate:.2g}.", flush=True)

    def place(self):
        """Where the training stands, in words."""
        step = f", {self.progress.step} of {self.steps} steps" if self.progress.step else ""
        return f"{self.progress.epoch} of {self.stages[-1][1]} epochs{step}"

    def reason_to_stop(self):
        """Why this machine is to stop after this step, or ""."""
        if self.signals:
            return f"{signal.Signals(self.signals[0]).name} received"
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return "the time is over"
        return ""

    def agreed_reason(self):
        """Why the training is to stop, or "": all machines stop where one has a reason."""
        reason = self.reason_to_stop()
        others = any(machine.gathered(int(reason != "")))
        return reason or ("another machine stops" if others else "")

    def raise_alarm(self):
        """Ends ``fit`` where the guard is to do more than report."""
        if self.watch.alarm and self.guard != "report":
            alarm, self.watch.alarm = self.watch.alarm, ""
            raise Alarmed(alarm)

    def on_epoch_begin(self, epoch, logs=None):
        if self.first:  # ``fit`` has just emptied them
            for variable, value in self.figures:
                variable.assign(value)

    def on_train_batch_begin(self, batch, logs=None):
        self.progress.step = self.first + batch
        # Clocks and signals differ among machines, which therefore wait for the epoch's end.
        if batch == 0 or self.store is None or machine.machine_count() > 1:
            self.raise_alarm()
            return
        reason = self.reason_to_stop()
        due = time.monotonic() - self.saved >= self.pause
        if reason or due:
            self.watch.look(batch)  # what is saved should not be broken
        self.raise_alarm()
        if reason or due:
            self.save_or_say()
        if reason:
            raise Stopped(reason)

    def on_epoch_end(self, epoch, logs=None):
        progress = self.progress
        figures = {name: float(value) for name, value in logs.items()}
        if len(self.stages) > 1:
            figures["stage"] = 1.0 + [model for model, _ in self.stages].index(self.model)
        progress.history.append(figures)
        progress.epoch, progress.step, progress.seconds = epoch + 1, 0, 0.0
        self.raise_alarm()
        last = progress.epoch == self.stages[-1][1]
        reason = self.agreed_reason()
        due = machine.machine_count() > 1 or time.monotonic() - self.saved_good >= self.pause
        if self.store and (last or reason or due):
            self.save_or_say(good=not self.watch.alarm)
        self.watch.alarm = ""
        if reason and not last:
            raise Stopped(reason)
