#!/usr/bin/env python3
"""A handwritten control in Python: multiprocessing.Pipe() between two processes, without a line of ipcmark's.

    python_pipe.py latency|stream SIZE SECONDS CPU CPU

Prints the median round trip in ns, or messages a second. As ipcmark does, the sender writes all of each message
(a copy of a part of a random block) and the receiver reads all of it (a checksum).
"""
import multiprocessing
import os
import random
import statistics
import sys
import time
import zlib

PARTS = 251
clock = time.monotonic_ns


def block_of(size):
    return random.Random(1).getrandbits(8 * (size + PARTS)).to_bytes(size + PARTS, "little")


def echo(there, back, size, cpu):
    os.sched_setaffinity(0, {cpu})
    block, sent = block_of(size), 0
    message = there.recv()
    while message != b"":
        zlib.adler32(message)
        at = sent % PARTS
        back.send(block[at:at + size])
        sent += 1
        message = there.recv()


def latency(size, seconds, cpus):
    ours, theirs = multiprocessing.Pipe()
    answers, answering = multiprocessing.Pipe()
    other = multiprocessing.Process(target=echo, args=(theirs, answering, size, cpus[1]))
    other.start()
    os.sched_setaffinity(0, {cpus[0]})
    block, sent, trips = block_of(size), 0, []
    warm = clock() + 50_000_000
    end = warm + int(seconds * 1e9)
    now = clock()
    while now < end:
        start = clock()
        at = sent % PARTS
        ours.send(block[at:at + size])
        zlib.adler32(answers.recv())
        now = clock()
        sent += 1
        if now >= warm:
            trips.append(now - start)
    ours.send(b"")
    other.join()
    return statistics.median(trips)


def sender(end, size, enough, cpu):
    os.sched_setaffinity(0, {cpu})
    block, sent = block_of(size), 0
    while not enough.value:
        at = sent % PARTS
        end.send(block[at:at + size])
        sent += 1
    end.send(b"")


def stream(size, seconds, cpus):
    ours, theirs = multiprocessing.Pipe()
    enough = multiprocessing.RawValue("i", 0)
    other = multiprocessing.Process(target=sender, args=(theirs, size, enough, cpus[0]))
    other.start()
    os.sched_setaffinity(0, {cpus[1]})
    count = begin = 0
    warm = clock() + 50_000_000
    while True:
        zlib.adler32(ours.recv())
        count += 1
        if count % 16:
            continue
        now = clock()
        if not begin and now >= warm:
            begin, count = now, 0
        elif begin and now - begin >= seconds * 1e9:
            break
    rate = count * 1e9 / (now - begin)
    enough.value = 1
    while ours.recv() != b"":
        pass
    other.join()
    return rate


def main():
    measure = {"latency": latency, "stream": stream}[sys.argv[1]]
    print(measure(int(sys.argv[2]), float(sys.argv[3]), [int(cpu) for cpu in sys.argv[4:6]]))


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    main()
