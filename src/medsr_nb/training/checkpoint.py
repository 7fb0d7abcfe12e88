"""Files from which a training goes on: written whole or not at all, and never the wrong one.

A checkpoint is one ``step-0000123.npz``: arrays, and a JSON header with the SHA-256 of all
that the file holds. It says whose training it is, and only that training reads it.
"""

import contextlib
import hashlib
import json
import os

import numpy as np

from ..machine import UserError, whole
from ..presets import completed

KEPT = 2


class CheckpointError(UserError):
    """A checkpoint that must not be used; the message names the file and says what to do."""


class Damaged(Exception):
    """A file that is not, or no longer, what was written."""


class Checkpoints:
    """The checkpoints of one training in one folder.

    ``identity`` is a dict of plain values: all that decides the training's outcome. The last
    two files are kept, and the last one marked good where that is older than both.
    """

    def __init__(self, folder, identity):
        self.folder = folder
        self.identity = plain(identity)
        folder.mkdir(parents=True, exist_ok=True)

    def paths(self):
        """The files there are, newest first."""
        return sorted(self.folder.glob("step-*.npz"), reverse=True)

    def save(self, step, progress, arrays, good):
        """Writes the state after ``step`` steps in all, removes what is too old; the path.

        What a killed program has left half written is removed first, as the disk may be full.

        ``progress`` is a dict of plain values, ``arrays`` a dict of numpy arrays; ``good`` says
        that a guard has looked at this state. Raises OSError; what was there is then still there.
        """
        path = self.folder / f"step-{step:07d}.npz"
        for half in self.folder.glob("step-*.part"):
            half.unlink(missing_ok=True)
        header = {"identity": self.identity, "progress": progress, "good": good}
        write(path, header, arrays)
        paths = self.paths()
        kept = paths[:KEPT] + [one for one in paths if marked_good(one)][:1]
        for one in paths:
            if one not in kept:
                one.unlink()
        return path

    def newest(self, only_good=False):
        """(progress, arrays) of the newest readable checkpoint, or None where there is no file.

        A damaged file is named, put aside as ``*.damaged``, and the next older one is taken.
        Raises CheckpointError when none can be read, and for a checkpoint of another training.
        """
        damaged = []
        for path in self.paths():
            try:
                header, arrays = read(path)
            except Damaged as error:
                damaged.append(path)
                print(f"{path} is damaged ({error}); trying the next older checkpoint.", flush=True)
                continue
            self._refuse_another(path, header["identity"])
            if only_good and not header["good"]:
                continue
            for broken in damaged:
                with contextlib.suppress(FileNotFoundError):  # another machine was quicker
                    os.replace(broken, broken.with_suffix(".damaged"))
            return header["progress"], arrays
        if damaged:
            raise CheckpointError(
                f"no checkpoint in {self.folder} can be read: "
                f"{', '.join(path.name for path in damaged)}. "
                "Put a good copy there, or remove these files to begin anew."
            )
        return None

    def remove_after(self, step):
        """Removes what was written after ``step`` steps in all."""
        for path in self.paths():
            if path.stem > f"step-{step:07d}":
                path.unlink()

    def _refuse_another(self, path, identity):
        identity = completed(identity, self.identity)
        if identity == self.identity:
            return
        names = sorted(identity.keys() | self.identity.keys())
        differences = "; ".join(
            f"{name} is {identity.get(name)} there and {self.identity.get(name)} here"
            for name in names
            if identity.get(name) != self.identity.get(name)
        )
        raise CheckpointError(
            f"{path} belongs to another training: {differences}. "
            "Train with the settings it has, or choose another folder."
        )


def plain(value):
    """``value`` as JSON gives it back, so that what is read equals what was written."""
    return json.loads(json.dumps(value))


def write(path, header, arrays):
    """Writes one checkpoint: a crash leaves the old file or the new one, never a half."""
    header = plain(header)
    header["sha256"] = digest(header, arrays)
    with whole(path) as file:
        np.savez(file, header=np.frombuffer(json.dumps(header).encode(), "uint8"), **arrays)


def read(path):
    """(header, arrays) of one checkpoint. Raises Damaged unless all is as it was written."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(arrays.pop("header").tobytes())
        written = header.pop("sha256")
        expected = digest(header, arrays)
    except Exception as error:  # a damaged zip fails in a dozen ways, all with one meaning
        raise Damaged(f"{type(error).__name__}: {error}") from error
    if written != expected:
        raise Damaged("its checksum does not match")
    return header, arrays


def marked_good(path):
    """Whether a guard has looked at the state in this file; False where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return json.loads(stored["header"].tobytes())["good"]
    except Exception:  # as in ``read``
        return False


def digest(header, arrays):
    """SHA-256 over header and arrays: names, types, shapes and values."""
    sha = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        sha.update(f"{name} {array.dtype.str} {array.shape}".encode())
        sha.update(array)
    return sha.hexdigest()
