"""A training that may stop at any moment and goes on to the same bits.

``fit_stages`` saves the state now and then (``keeper.py``), and starts from the last one that was
saved.
"""

import contextlib
import signal
import threading
import time

from ..machine import UserError
from .callbacks import CollapseWatch, CosineRate, EpochLines, Previews, Progress
from .keeper import Alarmed, Keeper, Stopped, build_optimizers

GUARDS = ("report", "stop", "rollback")
MOST_ROLLBACKS = 3


@contextlib.contextmanager
def noted_signals(raised):
    """Gives a list in which Ctrl-C or SIGTERM is noted; where ``raised``, it acts at the end.

    A second one acts at once, as ever. In a thread other than the main one nothing is noted.
    """
    noted = []
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def put_back():
        for one, handler in before.items():
            signal.signal(one, handler or signal.SIG_DFL)

    def note(number, frame):
        noted.append(number)
        put_back()

    for one in before:
        signal.signal(one, note)
    try:
        yield noted
    finally:
        put_back()
    if noted and raised:
        signal.raise_signal(noted[0])


def fit_stages(
    stages,
    batches,
    validation,
    callbacks,
    *,
    store=None,
    max_minutes=None,
    guard="report",
    go_on="",
    falling_from=None,
    raised=True,
):
    """Trains each of ``stages``, (model, the epoch in which it ends), by ``fit``; the history.

    ``batches(epoch, first)`` gives the batches of an epoch from step ``first`` on and of the
    epochs after it. With ``store``, a ``Checkpoints``, the training is saved and goes on from
    there. ``max_minutes`` of time, Ctrl-C and SIGTERM stop it after a step (several machines:
    after an epoch); the history then ends with the last whole epoch. ``go_on`` says how the
    reader goes on. After that a signal acts as always, unless ``raised`` is False. The learning
    rate stays as compiled, or falls from ``falling_from`` to zero in each stage.

    ``guard`` says what is done where ``CollapseWatch`` finds trouble: "report" prints it,
    "stop" ends the training, "rollback" goes back to the last checkpoint that was found good
    and halves the learning rate there, three times at most, then stops.

    Raises ValueError for another guard and UserError where a folder is missing for what is
    asked; CheckpointError when the store holds another training, or no checkpoint that can be
    read. An empty store begins anew.
    """
    if guard not in GUARDS:
        raise ValueError(f"no guard {guard!r}: choose one of {', '.join(GUARDS)}.")
    if store is None and (max_minutes is not None or guard == "rollback"):
        raise UserError("give a folder: max_minutes and guard='rollback' need checkpoints.")
    progress = Progress()
    watch = CollapseWatch(progress)
    previews = [one for one in callbacks if isinstance(one, Previews)]
    deadline = None if max_minutes is None else time.monotonic() + 60.0 * max_minutes
    end = stages[-1][1]
    if falling_from is not None:
        callbacks = (CosineRate(progress, [one for _, one in stages], falling_from), *callbacks)
    build_optimizers([model for model, _ in stages])
    with noted_signals(raised) if store else contextlib.nullcontext([]) as signals:
        keeper = Keeper(stages, store, progress, watch, previews, guard, deadline, signals)
        keeper.steps = len(batches(0, 0))
        if store:
            keeper.resume()
        while progress.epoch < end:
            model, until = next(stage for stage in stages if progress.epoch < stage[1])
            keeper.first = progress.step
            try:
                model.fit(
                    batches(progress.epoch, progress.step),
                    validation_data=validation,
                    initial_epoch=progress.epoch,
                    epochs=progress.epoch + 1 if progress.step else until,
                    verbose=0,
                    callbacks=[EpochLines(progress, end), watch, *callbacks, keeper],
                )
            except Stopped as why:
                print(f"stopped after {keeper.place()}: {why}. {go_on}".rstrip(), flush=True)
                break
            except Alarmed as alarm:
                if guard == "stop" or progress.rollbacks == MOST_ROLLBACKS:
                    print(f"stopped by the guard: {alarm}.", flush=True)
                    break
                keeper.roll_back()
        for one in previews:
            if not one.pictures:  # a training that was finished before, without previews
                one.set_model(stages[-1][0])
                one.keep(progress.epoch)
    return columns(progress.history)


def columns(rows):
    """[{name: value}, ...], a dict an epoch, as {name: [value, ...]}; NaN where one is missing."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, float("nan")) for row in rows] for name in names}
