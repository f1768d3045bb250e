/** One destination as `ipvsadm -Ln` shows it. */
export interface IpvsServer {
  /** IP:PORT */
  readonly address: string;
  /** Route, Masq, Tunnel, Local */
  readonly forward: string;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
}

/** One service as `ipvsadm -Ln` shows it. */
export interface IpvsService {
  /** TCP, UDP, SCTP, FWM */
  readonly protocol: string;
  /** IP:PORT, or the mark's number */
  readonly address: string;
  readonly scheduler: string;
  /** What follows the scheduler: `persistent 30` … */
  readonly flags: string;
  readonly servers: readonly IpvsServer[];
}

const service = /^(TCP|UDP|SCTP|FWM)\s+(\S+)\s+(\S+)\s*(.*?)\s*$/;
const server = /^\s+->\s+(\S+)\s+(Route|Masq|Tunnel|Local)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/;

/** Reads what `ipvsadm -Ln` prints. */
export const parseIpvsadm = (text: string): IpvsService[] => {
  const services: (Omit<IpvsService, 'servers'> & { servers: IpvsServer[] })[] = [];
  for (const line of text.split('\n')) {
    const s = service.exec(line);
    const d = server.exec(line);
    if (s !== null) {
      const [, protocol = '', address = '', scheduler = '', flags = ''] = s;
      services.push({ protocol, address, scheduler, flags, servers: [] });
    } else if (d !== null) {
      const [, address = '', forward = '', weight, active, inactive] = d;
      const counts = { weight: Number(weight), active: Number(active), inactive: Number(inactive) };
      services.at(-1)?.servers.push({ address, forward, ...counts });
    }
  }
  return services;
};
