/** The parts of the language that are loaded on first use, because they are large. */
import { library } from './pending.ts';

export const parser = library('parser', () => import('./parser.ts'));
export const dates = library('dates', () => import('./dates.ts'));
export const regex = library('regex', () => import('./regex.ts'));
export const yaml = library('yaml', () => import('./yaml.ts'));
export const jq = library('jq', async () => (await import('./jq-program.ts')).loadJq());
export const ion = library('ion', () => import('./ion.ts'));
export const hashes = library('hashes', () => import('./hashes.ts'));
