import { readFileSync } from 'node:fs';

/** What a process has in memory, in MB. */
export function residentMemory(pid: number | undefined): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) / 256;
}
