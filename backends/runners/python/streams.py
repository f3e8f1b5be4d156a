"""Channels over a byte stream: FIFO, Unix socket, TCP. Each message has its length in front."""
import os
import socket
import struct
from functools import partial

from channels import Channel

LENGTH = struct.Struct("<I")


def received(file):
    """The next message of a file."""
    head = file.read(LENGTH.size)
    if len(head) == LENGTH.size:
        size, = LENGTH.unpack(head)
        message = file.read(size)
        if len(message) == size:
            return message
    raise EOFError("the other end of the stream has gone away")


def framed(message):
    return LENGTH.pack(len(message)) + message


class FifoChannel(Channel):
    """os.mkfifo(): files opened without Python's own buffer for writing, with it for reading."""

    holds = 65536

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.path = question.file()
        os.mkfifo(self.path, 0o600)

    def sender(self):
        return FifoSender(self.path)

    def receiver(self):
        return FifoReceiver(self.path)

    def close(self):
        os.unlink(self.path)


class FifoSender:
    def __init__(self, path):
        self.file = open(path, "wb", buffering=0)  # waits for the reader

    def send(self, message):
        data = memoryview(framed(message))
        while data:
            data = data[self.file.write(data):]


class FifoReceiver:
    def __init__(self, path):
        self.receive = partial(received, open(path, "rb"))


class SocketChannel(Channel):
    """sendall() and recv_into(), over a connection made before the workers start."""

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.ours, self.theirs = self._connected()
        self.receive = partial(received, self.theirs.makefile("rb"))

    def _connected(self):
        raise NotImplementedError

    def _accepted(self, listener, client):
        with listener:
            client.connect(listener.getsockname())
            server, _ = listener.accept()
        return client, server

    def send(self, message):
        self.ours.sendall(framed(message))


class UnixChannel(SocketChannel):
    """socket.AF_UNIX, SOCK_STREAM."""

    def _connected(self):
        path = self.question.file()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen(1)
        ends = self._accepted(listener, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        os.unlink(path)
        self.holds = ends[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        return ends


def largest_buffer(name):
    """What the kernel lets a TCP buffer grow to."""
    try:
        with open(f"/proc/sys/net/ipv4/{name}", encoding="ascii") as file:
            return int(file.read().split()[2])
    except (OSError, ValueError, IndexError):
        return 8 << 20


class TcpChannel(SocketChannel):
    """socket.AF_INET over the loopback, TCP_NODELAY."""

    def _connected(self):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        ends = self._accepted(listener, socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        for end in ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.holds = largest_buffer("tcp_wmem") + largest_buffer("tcp_rmem")
        return ends
