import type { ServiceSettings } from './table.js';

/**
 * Why a drain refuses clients in a service with such a scheduler; null where it sends them to another server. sh, mh and dh
 * choose by a hash of an address; where the chosen server has weight 0 they give none (ip_vs_sh_get(), ip_vs_mh_get(),
 * ip_vs_dh_schedule()), but for sh and mh with their flag, which look further (ip_vs_sh_get_fallback()).
 */
export function refusalByHash(settings: ServiceSettings | undefined): string | null {
  const { scheduler = '', hashFallback = false } = settings ?? {};
  if (scheduler === 'dh')
    return 'the scheduler dh refuses the clients of a drained server; sh or mh with fallback do not';
  if ((scheduler !== 'sh' && scheduler !== 'mh') || hashFallback) return null;
  return `the scheduler ${scheduler} refuses the clients of a drained server unless scheduler_flags has fallback`;
}
