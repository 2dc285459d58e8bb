/**
 * How long it takes to read and to evaluate a small template: `npm run bench:expressions`. Beside it
 * stock nunjucks (compiled to a function, then run) and, where both can say the same, LiquidJS, which
 * `npm install --prefix bench` brings.
 *
 * The engines take turns in every round, so that what slows the machine slows all of them; shown is
 * the median over the rounds, in microseconds. Reading goes around the caches. Evaluating starts from
 * the text, as the runtime does, so it contains our look-up in the cache of parsed templates. Not
 * measured: the first use of an engine, large templates and data, values that have to be fetched.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import nunjucks from 'nunjucks';
import { noHost } from '../src/expression/host.ts';
import { parseTemplate } from '../src/expression/parser.ts';
import { settle } from '../src/expression/pending.ts';
import { render, type Scope } from '../src/expression/render.ts';
import { fromPlain, type ValueMap } from '../src/expression/value.ts';
import { context, type Subject, subjects } from './templates.ts';

interface Engine {
  readonly name: string;
  template(subject: Subject): string | undefined;
  parse(template: string): unknown;
  /** Gives a function that evaluates the template. */
  prepare(template: string): () => string;
}

const barsUs = { parse: 50, evaluate: 3 };
const rounds = 41;
/** Long enough for the clock, short enough that a round passes all engines quickly. */
const sliceMs = 4;

const scope: Scope = { variables: fromPlain(context) as ValueMap, host: noHost };

const ours: Engine = {
  name: 'baton',
  template: (subject) => subject.ours,
  parse: (template) => parseTemplate(template),
  prepare: (template) => () => render(template, scope),
};

const environment = new nunjucks.Environment(null, { autoescape: false });

const stockNunjucks: Engine = {
  name: 'nunjucks',
  template: (subject) => subject.nunjucks,
  // The last argument has it compiled at once.
  parse: (template) => new nunjucks.Template(template, environment, '', true),
  prepare: (template) => {
    const compiled = new nunjucks.Template(template, environment, '', true);
    return () => compiled.render(context);
  },
};

interface Liquid {
  parse(template: string): unknown;
  renderSync(parsed: unknown, context: object): string;
}

async function liquid(): Promise<Engine | undefined> {
  const entry = join(import.meta.dirname, 'node_modules/liquidjs/dist/liquid.node.js');
  if (!existsSync(entry)) return undefined;
  const module = (await import(pathToFileURL(entry).href)) as { Liquid: new () => Liquid };
  const engine = new module.Liquid();
  return {
    name: 'liquidjs',
    template: (subject) => subject.liquid,
    parse: (template) => engine.parse(template),
    prepare: (template) => {
      const parsed = engine.parse(template);
      return () => engine.renderSync(parsed, context);
    },
  };
}

interface Measured {
  readonly subject: Subject;
  readonly parse: ReadonlyMap<string, number>;
  readonly evaluate: ReadonlyMap<string, number>;
}

function measure(subject: Subject, engines: readonly Engine[]): Measured {
  const parses = new Map<string, () => unknown>();
  const evaluations = new Map<string, () => unknown>();
  for (const engine of engines) {
    const template = engine.template(subject);
    if (template === undefined) continue;
    const evaluate = engine.prepare(template);
    const given = evaluate();
    if (given !== subject.expected) throw new Error(`${engine.name}: ${template} gave ${given}`);
    parses.set(engine.name, () => engine.parse(template));
    evaluations.set(engine.name, evaluate);
  }
  return { subject, parse: mediansUs(parses), evaluate: mediansUs(evaluations) };
}

function mediansUs(actions: ReadonlyMap<string, () => unknown>): ReadonlyMap<string, number> {
  const runs = [...actions].map(([name, action]) => ({
    name,
    action,
    times: timesPerSlice(action),
    us: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) run.us.push(timeUs(run.action, run.times));
  }
  return new Map(runs.map(({ name, us }) => [name, median(us)]));
}

/** Also the warm-up: the compiler has seen the action thousands of times after it. */
function timesPerSlice(action: () => unknown): number {
  let times = 100;
  while (timeUs(action, times) * times < sliceMs * 1000) times *= 2;
  return times;
}

function timeUs(action: () => unknown, times: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < times; i++) action();
  return ((performance.now() - startedAt) * 1000) / times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function table(
  title: string,
  all: readonly Measured[],
  what: 'parse' | 'evaluate',
  names: readonly string[],
): void {
  const bar = barsUs[what];
  const others = names.filter((name) => name !== ours.name);
  const head = [`${title} (µs, bar ${bar})`, ours.name, ...others.flatMap((name) => [name, '×'])];
  const rows = all.map((measured) => {
    const own = measured[what].get(ours.name) ?? Number.NaN;
    const cells = others.flatMap((name) => {
      const other = measured[what].get(name);
      return other === undefined ? ['', ''] : [other.toFixed(2), (other / own).toFixed(1)];
    });
    return [measured.subject.ours, `${own.toFixed(2)}${own > bar ? ' !' : ''}`, ...cells];
  });
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)),
  );
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    console.log(cells.join('  '));
  }
  const own = all.map((measured) => measured[what].get(ours.name) ?? Number.NaN);
  const worst = Math.max(...own);
  console.log(
    `median ${median(own).toFixed(2)}, worst ${worst.toFixed(2)}: ${worst > bar ? 'over' : 'within'} the bar\n`,
  );
}

const engines = [ours, stockNunjucks, await liquid()].filter((engine) => engine !== undefined);
console.log(`Node ${process.version}, ${cpus()[0]?.model}; × is how many times as long as baton\n`);
if (engines.length < 3) console.log('LiquidJS is left out: npm install --prefix bench\n');
// The parser and other parts are loaded on first use.
await settle(() => subjects.map(({ ours: template }) => render(template, scope)));
const measured = subjects.map((subject) => measure(subject, engines));
const names = engines.map(({ name }) => name);
table('parse', measured, 'parse', names);
table('evaluate', measured, 'evaluate', names);
