"""Ctrl-C and SIGTERM stop at once, wherever the program is, and leave no half file.

Python looks at signals between its own steps only. In the middle of a library's import or of a
large computation that takes seconds, and some libraries swallow the exception that comes of it.
So the signals are kept from the program, and a thread waits for them: it removes what is being
written and ends the process.
"""

import os
import signal
import sys
import threading
from contextlib import contextmanager

from .unfinished import part_of, remove

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 1.0  # seconds that a signal waits for names: a disk in a network may never answer
unfinished = set()  # paths that are being written, under other names until they are whole
names = threading.Lock()  # held where what is whole gets its names: a signal leaves all or none


@contextmanager
def at_once():
    """In here Ctrl-C ends the process with status 130, SIGTERM with 143.

    Where signals cannot be waited for (Windows, other threads than the first) they do what they
    always do.
    """
    first = threading.current_thread() is threading.main_thread()
    if not first or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    over, voice = threading.Event(), os.dup(2)  # number 2 itself is muted now and then
    watcher = threading.Thread(target=wait_and_stop, args=(over, voice), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        signal.pthread_kill(watcher.ident, signal.SIGTERM)  # wakes it
        watcher.join()
        os.close(voice)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def wait_and_stop(over, voice):
    """Ends the process when a signal comes, and says so to the file ``voice``.

    Not where ``over`` is set by then.
    """
    number = signal.sigwait(SIGNALS)
    if over.is_set():
        return
    names.acquire(timeout=PATIENCE)  # and never let go: nothing gets a name any more
    try:
        for path in tuple(unfinished):
            remove(part_of(path))
        os.write(voice, b"\nmedsr: stopped. The same command goes on with what is missing.\n")
    finally:  # also where nobody listens any more, and printing fails
        os._exit(128 + number)


def open_streams():
    """Opens what a caller has closed of input, output and errors, so that no file gets its number.

    What is written to number 2 is muted now and then, which would reach that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")


@contextmanager
def writing(path):
    """In here ``path`` is being written; when stopped, what there is of it goes."""
    unfinished.add(path)
    try:
        yield
    finally:
        unfinished.discard(path)
