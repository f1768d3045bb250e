/** Text as it may stand in HTML, between tags and in quoted attributes. Names and reasons come from files and servers. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');

/** Text as a label's value in Prometheus' exposition format: backslash, quote and line feed are escaped. */
export const escapeLabel = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n').replace(/\r/g, ' ');
