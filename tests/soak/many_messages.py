#!/usr/bin/python3
"""A great many messages through the rings in shared memory: each comes once, and in its sender's order.

Runs the program many_messages in parts of a hundred million.
"""

import os
import re

import soak

# Ring, senders, receivers.
RINGS = (("mpmc_ring", 2, 2), ("shm_ring", 1, 1), ("broadcast_ring", 1, 2))
PART = 100
LINE = re.compile(r"(\d+) messages: (\d+) spoilt or out of order, (\d+) senders with some lost or doubled, "
                  r"(\d+) ends interrupted")


def carried(run, ring, senders, receivers):
    """What all parts together have found: messages, spoilt, senders not complete, interrupted ends."""
    program = os.path.join(run.build, "many_messages")
    if not os.path.exists(program):
        raise soak.Refused(f"{program} is missing; build the target many_messages (preset check)")
    found = [0, 0, 0, 0]
    for begin in range(0, run.options.count, PART):
        millions = min(PART, run.options.count - begin)
        code, said = run.run(program, ring, str(senders), str(receivers), str(millions * 1_000_000))
        match = LINE.search(said)
        if not match:
            raise soak.Refused(f"many_messages {ring}: exit code {code}: {said}")
        found = [sum(pair) for pair in zip(found, map(int, match.groups()))]
        if code != 0:
            run.say(f"{ring}: {said}")
    return found


def many_messages(run):
    good = True
    for ring, senders, receivers in RINGS:
        if run.options.only and not run.options.only.search(ring):
            continue
        messages, spoilt, incomplete, interrupted = carried(run, ring, senders, receivers)
        run.row(f"many messages: {ring}", f"{senders} to {receivers}, {messages:,} messages".replace(",", " "),
                f"{spoilt} spoilt or out of order, {incomplete} senders with some lost or doubled, "
                f"{interrupted} ends interrupted")
        good = good and messages == run.options.count * 1_000_000 and not (spoilt or incomplete or interrupted)
    return good


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(1000, "millions of messages through each ring")
    arguments.add_only("rings to send them through", row_each=True)
    soak.main(many_messages, arguments)
