/** What people are told of a certificate that ends within this month, as they renew them; else nothing. */
export function certificateNote(days: number | undefined): string {
  if (days === undefined || days > 30) return '';
  return days < 0 ? 'certificate has expired' : `certificate expires in ${days} day${days === 1 ? '' : 's'}`;
}
