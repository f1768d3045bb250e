import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NativeWorker, native, type SystemError } from '../../src/kernel/native.js';
import { AF_NETLINK, alone, bound, eachCleanedUp, request, SOCK_RAW, socket } from './support/native.js';

eachCleanedUp();

describe('transact', { timeout: 60_000 }, () => {
  const RTM_GETLINK = 18;
  const REQUEST_ACK = 0x5;
  const REQUEST_DUMP = 0x301;
  /** No interface has this index: the kernel answers ENODEV. */
  const nobody = (sequence: number): Buffer =>
    request(RTM_GETLINK, REQUEST_ACK, sequence, new Uint8Array(new Int32Array([0, 0x7fff_fff0, 0, 0]).buffer));

  function netlink(): number {
    const fd = socket(AF_NETLINK, SOCK_RAW, 0);
    native.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    return fd;
  }

  it('gathers a dump to its end', async () => {
    const answer = await native.transact(
      netlink(),
      request(RTM_GETLINK, REQUEST_DUMP, 1, new Uint8Array(16)),
      1,
      5_000,
    );
    expect(Buffer.from(answer).includes('lo\0')).toBe(true);
  });

  it('gathers the answers to ten thousand requests in one datagram, more than the socket holds', async () => {
    const count = 10_000;
    const answer = await native.transact(
      netlink(),
      Buffer.concat(Array.from({ length: count }, (_, i) => nobody(i + 1))),
      count,
      20_000,
    );
    const view = new DataView(answer.buffer);
    const sequences = new Set<number>();
    for (let at = 0; at < answer.length; at += (view.getUint32(at, true) + 3) & ~3) {
      expect(view.getUint16(at + 4, true)).toBe(2);
      expect(view.getInt32(at + 16, true)).toBe(-19);
      sequences.add(view.getUint32(at + 8, true));
    }
    expect(sequences.size).toBe(count);
  });

  it('works on a blocking descriptor too, and is not disturbed when the caller closes his', async () => {
    const fd = native.socket(AF_NETLINK, SOCK_RAW, 0);
    native.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const pending = native.transact(fd, nobody(1), 1, 5_000);
    native.close(fd);
    expect((await pending).length).toBeGreaterThanOrEqual(36);
  });

  it('gives up after its time with ETIMEDOUT, off the event loop', async () => {
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    const error = await native.transact(netlink(), nobody(1), 2, 150).catch((e: SystemError) => e);
    clearInterval(ticking);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', errno: 110, syscall: 'recv' });
    expect(turns).toBeGreaterThan(10);
  });

  it('takes a late answer to an earlier request for nobody’s', async () => {
    const fd = netlink();
    // Answered, but not waited for.
    native.send(fd, nobody(7), null);
    const answer = await native.transact(fd, nobody(8), 1, 5_000);
    expect(new DataView(answer.buffer).getUint32(8, true)).toBe(8);
  });

  describe('on a thread of its own', () => {
    let worker: NativeWorker;
    beforeEach(() => {
      worker = native.worker();
    });
    afterEach(() => worker.close());
    const sequenceOf = (answer: Uint8Array): number => new DataView(answer.buffer).getUint32(8, true);

    it('answers one after another, awake or not', async () => {
      const fd = netlink();
      for (const ahead of [0, 3_000, 1e12, -1, 0]) {
        worker.alert(native.now() + ahead);
        const answers = await Promise.all([1, 2, 3].map((n) => worker.transact(fd, nobody(n), 1, 5_000)));
        expect(answers.map(({ answer }) => sequenceOf(answer))).toEqual([1, 2, 3]);
      }
    });

    describe('with frames to send', () => {
      const GRANTED = request(RTM_GETLINK, REQUEST_ACK, 1, new Uint8Array(new Int32Array([0, 1, 0, 0]).buffer));
      const text = Buffer.from('here');
      const ask = async (asked: Uint8Array, until: number, many = 2, over: Uint8Array | null = null) => {
        const [from, to] = [bound(), bound()];
        const frames = Array.from({ length: many }, () => [from.fd, text, over ?? to.address] as const);
        const { sent } = await worker.transact(netlink(), asked, 1, 5_000, frames, until);
        const into = new Uint8Array(16);
        let came = 0;
        while (native.receive(to.fd, into, null, null) === text.length) came += 1;
        return { sent, came };
      };

      it('sends them when the kernel has granted all', async () => {
        worker.alert(native.now() + 3_000);
        expect(await ask(GRANTED, native.now() + 5e6)).toEqual({ sent: 2, came: 2 });
        expect(await ask(GRANTED, native.now() + 5e6, 0)).toEqual({ sent: 0, came: 0 });
      });

      it('sends none when it has refused, or when it is too late', async () => {
        expect(await ask(nobody(1), native.now() + 5e6)).toEqual({ sent: 0, came: 0 });
        expect(await ask(GRANTED, native.now() - 1)).toEqual({ sent: 0, came: 0 });
      });

      it('stops at the first that is refused, and says how many went out', async () => {
        expect(await ask(GRANTED, native.now() + 5e6, 2, Uint8Array.of(2, 0))).toEqual({ sent: 0, came: 0 });
      });

      it('refuses what are no frames, and keeps no descriptor', async () => {
        const fd = netlink();
        const { address } = bound();
        const transact = (frames: unknown) => worker.transact(fd, GRANTED, 1, 5_000, frames as never, 0);
        expect(() => transact(7)).toThrow('frames must be an array of at most 64');
        expect(() => transact([[fd, text, address], 7])).toThrow('fd must be');
        expect(() => transact([[-1, text, address]])).toThrow('fd must be');
        expect(() => transact([[fd, new Uint8Array(257), address]])).toThrow('frame must be at most 256 bytes');
        expect(() => transact(Array.from({ length: 65 }, () => [fd, text, address]))).toThrow('at most 64');
        expect(() => transact([[9_999, text, address]])).toThrow('EBADF');
        expect((await worker.transact(fd, GRANTED, 1, 5_000, null)).sent).toBe(0);
      });
    });

    it('tells of what fails, and goes on', async () => {
      const fd = netlink();
      const error = await worker.transact(fd, nobody(1), 2, 100).catch((e: SystemError) => e);
      expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'recv' });
      expect(sequenceOf((await worker.transact(fd, nobody(2), 1, 5_000)).answer)).toBe(2);
      expect(() => worker.transact(fd, new Uint8Array(3), 1, 1)).toThrow('request must be one or more whole');
      expect(() => worker.transact(-1, nobody(1), 1, 1)).toThrow('fd must be');
    });

    it('does nothing once closed, twice too, also with work under way', async () => {
      const fd = netlink();
      void worker.transact(fd, nobody(1), 2, 200);
      worker.close();
      worker.close();
      worker.alert(native.now() + 1_000);
      expect(() => worker.transact(fd, nobody(1), 1, 1)).toThrow('EBADF');
      await new Promise((resolve) => setTimeout(resolve, 300));
    });

    it('sleeps when its moment is over', async () => {
      worker.alert(native.now() + 2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage(before);
      expect(user + system).toBeLessThan(150_000);
    });
  });

  it('a thread without work lets its process end, and one with work does not', () => {
    expect(alone('n.worker(); n.worker().alert(n.now() + 5000); console.log("over")')).toMatchObject({
      status: 0,
      out: 'over\n',
    });
    const script = `
      const fd = n.socket(16, 3, 0);
      n.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      const w = n.worker();
      const ask = Buffer.alloc(32);
      ask.writeUInt32LE(32, 0); ask.writeUInt16LE(18, 4); ask.writeUInt16LE(5, 6); ask.writeInt32LE(0x7ffffff0, 20);
      let left = 2000;
      const next = () => w.transact(fd, ask, 1, 1000).then(() => { if (--left > 0) next(); else console.log('answered'); });
      next();
      setTimeout(() => gc(), 5);`;
    expect(alone(script)).toMatchObject({ status: 0, out: 'answered\n' });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a header', new Uint8Array(8)],
    ['a length below the header', Uint8Array.from([15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a length behind the end', Uint8Array.from([17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('refuses a request of %s', (_, bytes) => {
    const fd = netlink();
    expect(() => native.transact(fd, bytes, 1, 1000)).toThrow('request must be one or more whole netlink messages');
  });
});
