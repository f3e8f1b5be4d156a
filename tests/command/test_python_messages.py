"""What the ends of the runner for Python can tell of what they send each other."""

import importlib
import json
import os
import sys
import unittest

import command

HERE = os.path.dirname(os.path.abspath(__file__))


class PythonMessages(unittest.TestCase):
    """What a receiver of the runner for Python can tell of a message."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, os.path.join(HERE, "../../backends/runners/python"))
        cls.addClassCleanup(sys.path.pop, 0)
        cls.messages = importlib.import_module("messages")
        cls.timed = importlib.import_module("timed")
        cls.protocol = importlib.import_module("protocol")

    def question(self, **spec):
        return self.protocol.Question(json.dumps({
            "schema": self.protocol.QUESTION, "version": {"major": self.protocol.MAJOR}, "key": "",
            "spec": dict({"scenario": "load", "backend": "pipe", "verify": "full", "seed": 3}, **spec)}))

    def test_a_record_of_another_channel_or_seed_is_not_intact(self):
        message = self.messages.seal(b"order", 7, 3, 1)
        self.assertEqual(self.messages.unseal(message, 3, 1), (b"order", 7))
        for seed, channel in ((3, 0), (3, 2), (4, 1)):
            with self.assertRaises(self.protocol.Broken):
                self.messages.unseal(message, seed, channel)

    def test_each_byte_of_a_load_counts(self):
        load = self.timed.LoadMessages(self.question(size=64))
        message = load.message(1000, 2000, load.payload.make(0))
        self.assertEqual(len(message), 64)
        for at in range(len(message)):
            ledger = self.messages.SequenceTracker([load.payload])
            load.times(message[:at] + bytes([message[at] ^ 1]) + message[at + 1:], ledger)
            self.assertEqual(ledger.settle([1])["corrupted"], 1, at)
        ledger = self.messages.SequenceTracker([load.payload])
        self.assertEqual(load.times(message, ledger), (1000, 2000))
        self.assertIsNone(load.times(message[:-1], ledger))
        self.assertEqual((ledger.counts["corrupted"], ledger.counts["wrong_length"]), (0, 1))

    def test_a_payload_whose_last_pieces_are_too_short_for_a_stamp(self):
        exchanges = importlib.import_module("exchanges")
        question = self.question(scenario="large_payload", size=71, options={"chunk": 24})
        for lost in (0, 1, 2, None):
            out = exchanges.Outgoing(question, Queued(), 0)
            while not out.done():
                out.send()
            messages = [each for number, each in enumerate(out.sender.messages) if number != lost]
            incoming = exchanges.Incoming(question, Queued(messages + [self.messages.END]), 0)
            while incoming.receive():
                pass
            account = incoming.ledger.settle([3])
            self.assertEqual(account["lost"] + account["wrong_length"] > 0, lost is not None, account)
            self.assertEqual(account["duplicated"], 0)

    def test_no_message_is_kept_beside_the_next_one_of_a_trip(self):
        question = self.question(scenario="latency", verify="off", touch="none", size=64)
        alive = []  # whenever something is sent
        channel = Queued()
        channel.send, channel.receive = lambda _: alive.append(Counted.alive), Counted
        initiator = self.timed.Initiator(Worker(question), channel, channel)
        self.assertEqual(len(initiator.trips(lambda _, count: count < 5)), 5)
        self.assertEqual(alive, [0] * 5)

    def test_no_answer_is_made_before_it_is_due_and_none_is_kept(self):
        questions, alive = [b"q", b"q", self.messages.END], []

        def receive():
            alive.append(Counted.alive)
            return questions.pop(0)

        def ignore(_):
            pass

        sent = self.timed._plain_answers(receive, ignore, ignore, lambda _: Counted(), ignore)
        self.assertEqual((sent, alive), (2, [0] * 3))


class Counted:
    """A message that is counted as long as somebody keeps it."""

    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1

    def __len__(self):
        return 64


class Worker:
    def __init__(self, question):
        self.question = question


class Queued:
    """A channel that keeps its messages."""

    def __init__(self, messages=None):
        self.messages = messages if messages is not None else []
        self.send, self.receive = self.messages.append, lambda: self.messages.pop(0)

    def sender(self):
        return self

    receiver = sender


if __name__ == "__main__":
    command.main()
