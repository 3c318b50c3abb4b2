"""Calls Python functions for a pipeline: reads columns from the socket that is its standard input, and answers with one.

A message is 4 bytes (length of the head), 8 bytes (length of the body), a head of JSON, and a body of Arrow's buffers
one after the other: of each column its validity, then its values, or its offsets and its values; their lengths are in the head.
"""

import importlib.util
import json
import os
import signal
import socket
import struct
import sys
import traceback

LENGTHS = struct.Struct("<IQ")


def main(functions):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipeline ends by itself, and this with it
    link = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    try:
        made = [Function(**one) for one in functions]
    except BaseException as error:  # noqa: BLE001 - also SystemExit of a module
        send(link, {"error": words_of(error)})
        return
    send(link, {"ready": True})
    while (message := receive(link)) is not None:
        head, body = message
        try:
            answer, buffers = made[head["function"]].call(head, body)
        except BaseException as error:  # noqa: BLE001
            answer, buffers = {"error": words_of(error)}, []
        send(link, answer, buffers)


class Function:
    def __init__(self, name, file, function, arguments, returns):
        try:
            import pyarrow
        except ImportError:
            raise ImportError(f"functions in Python need pyarrow, which {sys.executable} does not have: {sys.executable} -m pip "
                              "install pyarrow, or set SLUICE_PYTHON to a Python that has it") from None
        self.pa = pyarrow
        self.name, self.file = name, file
        self.arguments = [type_of(pyarrow, one) for one in arguments]
        self.returns = type_of(pyarrow, returns)
        self.function = getattr(module_of(file), function, None)
        if not callable(self.function):
            raise AttributeError(f"{file} has no function '{function}'")

    def call(self, head, body):
        rows = head["rows"]
        at, columns = 0, []
        for kind, lengths in zip(self.arguments, head["columns"]):
            buffers = []
            for number, length in enumerate(lengths):
                # No validity: no value is null.
                buffers.append(self.pa.py_buffer(body[at:at + length]) if length or number else None)
                at += length
            columns.append(self.pa.Array.from_buffers(kind, rows, buffers))
        made = self.array_of(self.function(*columns), rows)
        buffers = [memoryview(one) if one is not None else memoryview(b"") for one in made.buffers()]
        if not made.null_count:
            buffers[0] = memoryview(b"")
        return {"lengths": [one.nbytes for one in buffers]}, buffers

    def array_of(self, given, rows):
        pa = self.pa
        if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
            raise TypeError(f"gives {type(given).__name__}, and not an array, a list or a Series")
        if len(given) != rows:
            raise ValueError(f"gives {len(given)} values for {rows} rows")
        if type(given).__module__.startswith("polars"):
            given = given.to_arrow()
        if isinstance(given, pa.ChunkedArray):
            given = given.combine_chunks()
            if isinstance(given, pa.ChunkedArray):
                given = pa.concat_arrays(given.chunks) if given.num_chunks else pa.array([], given.type)
        if not isinstance(given, pa.Array):
            given = pa.array(given, type=self.returns, from_pandas=True)
        if given.type != self.returns:
            given = given.cast(self.returns)
        if given.offset:
            given = given.take(pa.array(range(rows), pa.int64()))
        return given


def module_of(file):
    if not os.path.exists(file):
        raise FileNotFoundError(f"there is no file {file}")
    folder = os.path.dirname(os.path.abspath(file))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = os.path.splitext(os.path.basename(file))[0]
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def type_of(pa, text):
    if text.startswith("decimal"):
        width, scale = text[len("decimal("):-1].split(",")
        return pa.decimal128(int(width), int(scale))
    plain = {"time": pa.time64("us"), "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC")}
    return plain.get(text) or pa.type_for_alias(text)


def words_of(error):
    """What it says, and where in the user's file."""
    text = f"{type(error).__name__}: {error}"
    places = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith("<")]
    return f"{text} ({places[-1].filename}:{places[-1].lineno})" if places else text


def send(link, head, buffers=()):
    text = json.dumps(head).encode()
    link.sendall(LENGTHS.pack(len(text), sum(one.nbytes for one in buffers)) + text)
    for one in buffers:
        if one.nbytes:
            link.sendall(one)


def receive(link):
    lengths = exactly(link, LENGTHS.size)
    if lengths is None:
        return None
    head, body = LENGTHS.unpack(lengths)
    text = exactly(link, head)
    data = exactly(link, body)
    return None if text is None or data is None else (json.loads(bytes(text)), data)


def exactly(link, size):
    """So many bytes; None: the pipeline has gone."""
    data = memoryview(bytearray(size))
    at = 0
    while at < size:
        got = link.recv_into(data[at:])
        if not got:
            return None
        at += got
    return data


main(json.loads(sys.argv[1]))
