// For `node --import`: runs the sources as they are, so that a test's child process needs no build.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
