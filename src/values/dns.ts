/** Response codes by their names (RFC 1035 §4.1.1, RFC 2136 §2.2), in the order of their numbers. */
export const DNS_RCODES = [
  'noerror',
  'formerr',
  'servfail',
  'nxdomain',
  'notimp',
  'refused',
  'yxdomain',
  'yxrrset',
  'nxrrset',
  'notauth',
  'notzone',
] as const;
export type DnsRcode = (typeof DNS_RCODES)[number];
