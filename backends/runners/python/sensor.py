"""The scenario sensor: one writer's readings, each seen by every reader: in a mapped file, or sent."""
import os
import struct
import time

from exchanges import joint_rate
from memory import mapped_file
from messages import END, seal, unseal
from processes import clock
from protocol import Broken, Histogram, Trial, Unsupported
from timed import check_fault, faulty

READING = struct.Struct("<Qfq")  # number, value, made at
FLOAT = struct.Struct("<f")
STAMP = struct.Struct("<q")
END_OF_READINGS = -999.0
WINDOW = 5


def reading(number):
    """As a 4-byte float has it."""
    return FLOAT.unpack(FLOAT.pack(20.0 + number * 0.5 + 0.1 * (number % 3)))[0]


class Readings:
    """A reader's account."""

    def __init__(self):
        self.values, self.delivery, self.wrong_averages, self.ended = [], Histogram(), 0, False

    def enter(self, value, made):
        self.delivery.record(max(clock() - made, 0))
        self.values.append(value)
        count = len(self.values)
        if count >= WINDOW:
            average = sum(self.values[-WINDOW:]) / WINDOW
            due = sum(reading(count - 1 - i) for i in range(WINDOW)) / WINDOW
            self.wrong_averages += abs(average - due) > 1e-6 * due

    def report(self, begin):
        wrong = sum(value != reading(number) for number, value in enumerate(self.values))
        return {"span": (begin, clock()), "delivery": self.delivery, "wrong": wrong, "ended": self.ended,
                "wrong_averages": self.wrong_averages, "count": len(self.values),
                "average": sum(self.values) / max(len(self.values), 1)}


class SensorFile:
    """The tutorial's: a mapped file of floats, each written at its place; 0.0: not yet."""

    def __init__(self, question, count):
        self.path = question.file()
        self.stamps_at = (count + 1) * FLOAT.size
        self.memory = mapped_file(self.path, self.stamps_at + count * STAMP.size)

    def close(self):
        self.memory.close()
        os.unlink(self.path)

    def write(self, number, value):
        if value != END_OF_READINGS:
            STAMP.pack_into(self.memory, self.stamps_at + number * STAMP.size, clock())
        FLOAT.pack_into(self.memory, number * FLOAT.size, value)

    def read(self, number):
        return FLOAT.unpack_from(self.memory, number * FLOAT.size)[0]

    def made(self, number):
        return STAMP.unpack_from(self.memory, self.stamps_at + number * STAMP.size)[0]


def _write_file(worker, file):
    question = worker.question
    worker.start()
    begin = clock()
    for number in range(question.option("count")):
        worker.think()
        file.write(number, reading(number))
    file.write(question.option("count"), END_OF_READINGS)
    worker.report = {"span": (begin, clock())}


def _read_file(worker, file):
    readings, number = Readings(), 0
    worker.start()
    begin = clock()
    while (value := file.read(number)) != END_OF_READINGS:
        if value == 0.0:
            time.sleep(0)
            continue
        readings.enter(value, file.made(number))
        number += 1
    readings.ended = True
    worker.report = readings.report(begin)


def _send_readings(worker, channels):
    question = worker.question
    ends = [faulty(channel, question) for channel in channels]
    worker.start()
    begin = clock()
    for number in range(question.option("count")):
        worker.think()
        for channel, (sender, _) in enumerate(ends):
            sender.send(seal(READING.pack(number, reading(number), clock()), number, question.seed, channel))
    for sender, _ in ends:
        sender.send(END)
    worker.report = {"span": (begin, clock()), "happened": any(damaged and damaged.happened for _, damaged in ends)}


def _receive_readings(worker, channel):
    question = worker.question
    receive, readings = channel.receiver().receive, Readings()
    worker.start()
    begin = clock()
    while (message := receive()) != END:
        data, _ = unseal(message, question.seed, worker.index - 1)
        number, value, made = READING.unpack(data)
        if number != len(readings.values):
            raise Broken(f"reading {number} came in the place of reading {len(readings.values)}")
        readings.enter(value, made)
    readings.ended = True
    worker.report = readings.report(begin)


def sensor(question, group, make_channel):
    count, receivers = question.option("count"), question.option("receivers", 1)
    file = SensorFile(question, count) if question.mechanism == "mmap" else None
    if file:
        make_channel.opened.append(file)
        if question.fault:
            raise Unsupported("its runner injects no faults into a mapped file")
        group.add("writer", _write_file, file)
        for _ in range(receivers):
            group.add("reader", _read_file, file)
    else:
        channels = [make_channel(size=64) for _ in range(receivers)]
        group.add("writer", _send_readings, channels)
        for channel in channels:
            group.add("reader", _receive_readings, channel)
    reports = group.run()
    check_fault(question, reports[:1])
    trial, seen, due = Trial(), 0, sum(map(reading, range(count))) / max(count, 1)
    for index, reader in enumerate(reports[1:]):
        trial.merge_histogram("delivery", reader["delivery"])
        seen += reader["count"]
        if reader["wrong"] or reader["wrong_averages"]:
            trial.reject(f"reader {index}: {reader['wrong']} readings were not those made, "
                         f"{reader['wrong_averages']} running averages were wrong")
        if reader["count"] != count:
            trial.reject(f"reader {index} saw {reader['count']} readings, not {count}")
        if abs(reader["average"] - due) > 1e-9 * abs(due):
            trial.reject(f"reader {index} has the average {reader['average']:.6f}, not {due:.6f}")
    joint_rate(trial, reports, seen)
    trial.counts = {"readings": seen, "average_millionths": round(reports[1]["average"] * 1e6),
                    "messages_total": seen}
    return trial
