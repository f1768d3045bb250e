"""Answers echo requests of IPv4 in the kernel's stead: by its last octet each address has a behaviour of its own."""
import socket
import struct
import sys
import time

DELAY = 0.1


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data[: len(data) // 2 * 2]))
    if len(data) % 2:
        total += data[-1] << 8
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def reply(identity, sequence, payload):
    header = struct.pack("!BBHHH", 0, 0, 0, identity, sequence)
    return struct.pack("!BBHHH", 0, 0, checksum(header + payload), identity, sequence) + payload


s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO: to whom it was sent
print("ready", flush=True)
while True:
    packet, control, _, sender = s.recvmsg(65536, 256)
    to = packet[16:20]
    icmp = packet[(packet[0] & 15) * 4 :]
    if icmp[0] != 8:
        continue
    identity, sequence = struct.unpack("!HH", icmp[4:8])
    payload = icmp[8:]
    source = [(socket.IPPROTO_IP, 8, struct.pack("=i4s4s", 0, to, to))]
    behaviour = to[3]
    if behaviour == 1:
        time.sleep(DELAY)
    elif behaviour == 2:  # another payload: not what was asked
        payload = b"\0" * len(payload)
    elif behaviour == 3:  # another sequence number
        sequence = (sequence + 1) & 0xFFFF
    elif behaviour == 4:  # cut off
        payload = payload[:4]
    elif behaviour == 5:  # from another address
        source = []
    for _ in range(500 if behaviour == 6 else 1):
        s.sendmsg([reply(identity, sequence, payload)], source, 0, sender)
