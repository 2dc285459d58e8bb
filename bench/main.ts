/**
 * Measures Baton, the floor of this disk and the peers: `npm run bench -- [NAME…] [--rounds 3]
 * [--small] [--profile]`. Peers are measured where they are installed (BENCHMARKS.md).
 *
 * The measurements take turns in every round, each in a process of its own, so that what slows the
 * machine slows all of them. Shown is the median over the rounds with the lowest and the highest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Effort, type Figure, measurements } from './measurement.ts';
import { median } from './statistics.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    small: { type: 'boolean', default: false },
    /** Writes `<name>.cpuprofile` files below `.baton/profiles`. */
    profile: { type: 'boolean', default: false },
    /** Also writes the figures of every round to this file. */
    json: { type: 'string' },
  },
});

const root = join(import.meta.dirname, '..');
const effort: Effort = values.small ? 'small' : 'full';
const known = Object.entries(measurements).filter(
  ([, { needs }]) => needs === undefined || existsSync(join(root, needs)),
);
const names = positionals.length > 0 ? positionals : known.map(([name]) => name);
const rounds = Number(values.rounds);
const missing = names.find((name) => !Object.hasOwn(measurements, name));
if (missing !== undefined) {
  const all = Object.keys(measurements).join(', ');
  throw new Error(`"${missing}" is no measurement. There are: ${all}`);
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, \
${Math.round(totalmem() / 2 ** 30)} GB; ${rounds} rounds, ${effort}; load before: ${load()}\n`);
const taken = new Map<string, Figure[][]>(names.map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    if (round > 0 && measurements[name]?.isCounted) continue;
    const figures = measure(name);
    if (figures) taken.get(name)?.push(figures);
  }
  console.log(`round ${round + 1} done; load: ${load()}`);
}
for (const [name, figures] of taken) show(name, figures);
if (values.json) writeFileSync(values.json, JSON.stringify(Object.fromEntries(taken), null, 1));

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}

function measure(name: string): Figure[] | undefined {
  const profile = ['--cpu-prof', `--cpu-prof-dir=${join(root, '.baton/profiles')}`];
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...(values.profile ? profile : []), join(import.meta.dirname, 'round.ts'), name, effort],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status === 0) return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Figure[];
  console.log(`${name} failed (${signal ?? status}):\n${stderr.split('\n').slice(-15).join('\n')}`);
  process.exitCode = 1;
  return undefined;
}

function show(name: string, taken: readonly Figure[][]): void {
  console.log(`\n${name}\n| what | median | lowest – highest | bar |\n|---|---:|---:|---|`);
  for (const [at, { name: what, unit, bar }] of (taken[0] ?? []).entries()) {
    const values = taken.map((figures) => figures[at]?.value ?? Number.NaN);
    const spread = `${text(Math.min(...values))} – ${text(Math.max(...values))}`;
    const value = median(values);
    console.log(`| ${what} | ${text(value)} ${unit} | ${spread} | ${barText(bar, value)} |`);
  }
}

function barText(bar: Figure['bar'], value: number): string {
  if (!bar) return '';
  const [sign, limit] = 'most' in bar ? ['≤', bar.most] : ['≥', bar.least];
  const isKept = 'most' in bar ? value <= limit : value >= limit;
  return `${sign} ${limit}${isKept ? '' : ' missed'}`;
}

/** Three digits, as far as there are any. JSON has no NaN: it comes as null. */
function text(value: number | null): string {
  if (value === null || Number.isNaN(value)) return 'not possible';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
