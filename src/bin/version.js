import { createRequire } from 'node:module';
/** From package.json, so that it is said in one place. */
export const { version } = createRequire(import.meta.url)('../../package.json');
