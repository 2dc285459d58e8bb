/**
 * Puts each mistake of `mutants.ts` into a copy of the sources, where small flows or a bounded number
 * of seeds have to break. `npm run simulate:mutants`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Mutant, mutants } from './mutants.ts';
import { firstWideSeed } from './seed.ts';

const root = resolve(import.meta.dirname, '../..');
/** Small flows with a mishap at every call. */
const small = ['--small', '--seconds', '180'];
const seeds = ['--quick', '--rounds', '8', '--seconds', '60'];
const seedsMax = 3_000;
/** Over the whole language first. */
const starts = [firstWideSeed, 1];
const hangsAfterMs = 240_000;

/** What a run says that breaks; undefined: all is well. */
function brokenIn(folder: string, args: readonly string[]): string | undefined {
  const script = join(folder, 'test/simulation/main.ts');
  const options = { encoding: 'utf8', timeout: hangsAfterMs } as const;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [script, ...args],
    options,
  );
  if (signal !== null) return 'it never ends';
  if (status === 0) return undefined;
  // Where nothing was tried nothing was found.
  if (stdout === '') throw new Error(stderr);
  return stdout.split('\n')[0];
}

/** By small flows, or by seeds that are all well with the sources as they are. */
function foundIn(folder: string): string | undefined {
  const said = brokenIn(folder, small);
  if (said !== undefined && isSoundSmall()) return said;
  for (const first of starts) {
    const end = first + seedsMax;
    for (let start = first; start < end; ) {
      const count = String(end - start);
      const broken = brokenIn(folder, [...seeds, '--start', String(start), '--seeds', count]);
      const { 1: seed, 2: round } = /^(\d+)\.(\d+): /.exec(broken ?? '') ?? [];
      if (seed === undefined || isSound(seed, Number(round))) {
        if (broken !== undefined) return broken;
        break;
      }
      start = Number(seed) + 1;
    }
  }
  return undefined;
}

function isSound(seed: string, round: number): boolean {
  const rounds = String(round + 1);
  const args = ['--quick', '--start', seed, '--seeds', '1', '--rounds', rounds];
  return brokenIn(root, args) === undefined;
}

let soundSmall: boolean | undefined;

function isSoundSmall(): boolean {
  soundSmall ??= brokenIn(root, small) === undefined;
  return soundSmall;
}

/** Whether it was found, and what was said. */
function isFound({ file, is, becomes }: Mutant): readonly [boolean, string] {
  const copy = mkdtempSync(join(tmpdir(), 'mutant-'));
  try {
    for (const part of ['src', 'test/simulation', 'package.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const source = readFileSync(join(copy, file), 'utf8');
    if (!source.includes(is)) return [false, `${file} does not have it any more: ${is}`];
    writeFileSync(
      join(copy, file),
      source.replace(is, () => becomes),
    );
    const said = foundIn(copy);
    return [said !== undefined, said ?? ''];
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const only = process.argv.slice(2);
let missed = 0;
for (const mutant of mutants) {
  if (only.length > 0 && !only.some((part) => mutant.name.includes(part))) continue;
  const [found, said] = isFound(mutant);
  if (!found) missed += 1;
  console.log(`${found ? 'found ' : 'MISSED'} ${mutant.name}\n         ${said.slice(0, 160)}`);
}
process.exitCode = missed === 0 ? 0 : 1;
