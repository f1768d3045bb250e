/** SKF_NET_OFF, −0x100000, unsigned. */
const NET_OFF = 0xfff0_0000;

/**
 * The part of the classic BPF machine that the programs use, after the kernel's documentation: for tests only, an
 * implementation apart from the one that writes the programs.
 * @param network what SKF_NET_OFF reaches: the IP header and what follows it.
 * @returns how many bytes of the packet are delivered.
 */
export function runBpf(program: Uint8Array, packet: Uint8Array, network = packet): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const byte = (at: number): number | null => (at >= NET_OFF ? network[at - NET_OFF] : packet[at]) ?? null;
  let a = 0;
  let x = 0;
  for (let pc = 0; pc < program.length / 8; pc += 1) {
    const code = view.getUint16(pc * 8, true);
    const [jt, jf] = [view.getUint8(pc * 8 + 2), view.getUint8(pc * 8 + 3)];
    const k = view.getUint32(pc * 8 + 4, true);
    let loaded: number | null = 0;
    switch (code) {
      case 0x06:
        return k;
      case 0x20: {
        const word = [0, 1, 2, 3].map((i) => byte(k + i));
        loaded = word.includes(null) ? null : word.reduce<number>((n, b) => n * 256 + (b ?? 0), 0);
        a = loaded ?? 0;
        break;
      }
      case 0x28: {
        const [high, low] = [byte(k), byte(k + 1)];
        loaded = high === null || low === null ? null : high * 256 + low;
        a = loaded ?? 0;
        break;
      }
      case 0x05:
        pc += k;
        break;
      case 0x30:
        loaded = byte(k);
        a = loaded ?? 0;
        break;
      case 0x48: {
        const [high, low] = [byte(x + k), byte(x + k + 1)];
        loaded = high === null || low === null ? null : high * 256 + low;
        a = loaded ?? 0;
        break;
      }
      case 0x80:
        a = packet.length;
        break;
      case 0xb1:
        loaded = byte(k);
        x = ((loaded ?? 0) % 16) * 4;
        break;
      case 0x1c:
        a = (a - x) >>> 0;
        break;
      case 0x15:
        pc += a === k ? jt : jf;
        break;
      case 0x35:
        pc += a >= k ? jt : jf;
        break;
      default:
        throw new Error(`instruction ${pc}: code 0x${code.toString(16)} is not known`);
    }
    // A load behind the end of the packet ends the program with 0.
    if (loaded === null) return 0;
  }
  throw new Error('the program ran off its end');
}
