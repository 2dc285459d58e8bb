/**
 * Runs recorded expression vectors: `node test/conformance/expressions.ts DIR [--json FILE]`.
 *
 * DIR/cases.json holds templates, contexts and what the reference engine made of them. Vectors of
 * fidelity `required` and `error-only` must match unless `expression-deviations.ts` says why not;
 * `quirk` vectors are counted; `java-only` ones need a JVM and are skipped.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { ExpressionError } from '../../src/expression/error.ts';
import { readJson, writeJson } from '../../src/expression/json.ts';
import { settle } from '../../src/expression/pending.ts';
import { convertProperty, type PropertyType } from '../../src/expression/property.ts';
import {
  isTruthy,
  render,
  renderDeep,
  renderTyped,
  type Scope,
} from '../../src/expression/render.ts';
import { isList, isMap, type Value, type ValueMap } from '../../src/expression/value.ts';
import { deviations } from './expression-deviations.ts';
import { vectorHost, type VectorState } from './vector-host.ts';
import { resolve } from './vector-values.ts';

interface Outcome {
  readonly id: string;
  readonly fidelity: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly template: string;
  readonly expected: string;
  readonly actual: string;
}

type Actual = { readonly value: Value } | { readonly error: unknown };

function text(vector: ValueMap, key: string): string {
  const value = vector.get(key);
  return typeof value === 'string' ? value : '';
}

function mapAt(vector: ValueMap, key: string): ValueMap {
  const value = vector.get(key);
  return isMap(value) ? value : new Map();
}

function stateOf(vector: ValueMap): VectorState {
  const state = mapAt(vector, 'host');
  const logs = state.get('logs');
  return {
    storage: mapAt(state, 'storage'),
    kv: mapAt(state, 'kv'),
    secrets: mapAt(state, 'secrets'),
    logs: isList(logs) ? logs : [],
  };
}

async function evaluate(vector: ValueMap): Promise<Actual> {
  const context = resolve(mapAt(vector, 'context')) as ValueMap;
  const host = vectorHost(stateOf(vector), context, {
    timeZone: text(vector, 'timezone') || 'UTC',
    locale: text(vector, 'locale') || 'en_US',
  });
  const mode = text(vector, 'mode') || 'render';
  const scope: Scope = { variables: context, host, recursive: mode === 'renderRecursive' };
  try {
    return { value: await settle(() => evaluateIn(mode, vector.get('template') ?? null, scope)) };
  } catch (error) {
    return { error };
  }
}

function evaluateIn(mode: string, template: Value, scope: Scope): Value {
  if (mode === 'renderMap') return renderDeep(template, scope);
  if (mode.startsWith('property:')) {
    return property(template, mode.slice('property:'.length), scope);
  }
  if (typeof template !== 'string') return template;
  return mode === 'renderTyped'
    ? renderTyped(template, scope, { strict: true })
    : render(template, scope);
}

/** Stored as text and rendered as text; one that is absent stays absent, or is an empty container. */
function property(template: Value, name: string, scope: Scope): Value {
  const type = propertyType(name);
  if (typeof template === 'string') {
    const text = render(template, scope);
    return type === undefined ? text : convertProperty(text, type);
  }
  if (type === 'list') return [];
  return type === 'map' ? new Map() : null;
}

const propertyTypes = new Map<string, PropertyType>([
  ['Boolean', 'boolean'],
  ['Double', 'number'],
  ['Duration', 'duration'],
  ['Float', 'number'],
  ['Integer', 'integer'],
  ['Long', 'integer'],
]);

/** Undefined: a text. */
function propertyType(name: string): PropertyType | undefined {
  if (name.startsWith('List')) return 'list';
  if (name.startsWith('Map')) return 'map';
  return propertyTypes.get(name);
}

function matches(vector: ValueMap, actual: Actual): boolean {
  if (vector.has('error')) return 'error' in actual && isExpectedError(vector, actual.error);
  if ('error' in actual) return false;
  if (vector.has('expectTyped')) {
    const expected = resolve(vector.get('expectTyped') ?? null);
    return sameJson(writeJson(withoutNulls(actual.value)), writeJson(withoutNulls(expected)));
  }
  const rendered = typeof actual.value === 'string' ? actual.value : writeJson(actual.value);
  if (vector.has('pattern')) return new RegExp(text(vector, 'pattern')).test(rendered);
  const condition = vector.get('conditionResult');
  if (typeof condition === 'boolean' && isTruthy(rendered) !== condition) return false;
  const expected = text(vector, 'expect');
  if (text(vector, 'compare') === 'json') return sameJson(rendered, expected);
  if (text(vector, 'compare') === 'yaml') {
    return isDeepStrictEqual(parseYaml(rendered), parseYaml(expected));
  }
  return rendered === expected;
}

function isExpectedError(vector: ValueMap, error: unknown): boolean {
  if (!(error instanceof ExpressionError)) return false;
  if (text(vector, 'fidelity') === 'error-only') return true;
  const kind = text(vector, 'errorKind');
  if (error.kind !== kind) return false;
  return kind !== 'undefined' || error.message.includes(text(vector, 'error'));
}

function withoutNulls(value: Value): Value {
  if (isList(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const entries = Array.from(value.entries()).filter(([, item]) => item !== null);
  return new Map(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function expectation(vector: ValueMap): string {
  for (const key of ['expect', 'expectTyped', 'pattern']) {
    const value = vector.get(key);
    if (value !== undefined) return typeof value === 'string' ? value : writeJson(value);
  }
  return `error ${text(vector, 'errorKind')}: ${text(vector, 'error')}`;
}

function shown(actual: Actual): string {
  if ('value' in actual) {
    return typeof actual.value === 'string' ? actual.value : writeJson(actual.value);
  }
  const { error } = actual;
  return error instanceof ExpressionError
    ? `error ${error.kind}: ${error.message}`
    : `CRASH ${String(error)}`;
}

async function runVector(vector: ValueMap): Promise<Outcome> {
  const fidelity = text(vector, 'fidelity');
  const template = vector.get('template') ?? null;
  const about = {
    id: text(vector, 'id'),
    fidelity,
    template: typeof template === 'string' ? template : writeJson(template),
    expected: expectation(vector),
  };
  if (fidelity === 'java-only') return { ...about, result: 'skipped', actual: '' };
  const actual = await evaluate(vector);
  const result = matches(vector, actual) ? 'passed' : 'failed';
  return { ...about, result, actual: shown(actual) };
}

function report(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes.filter(({ result }) => result === 'failed')) {
    const reason = deviations.get(outcome.id);
    console.log(
      `${outcome.id} (${outcome.fidelity})${reason === undefined ? '' : `: known, ${reason}`}`,
    );
    console.log(`  template ${JSON.stringify(outcome.template)}`);
    console.log(`  expected ${JSON.stringify(outcome.expected)}`);
    console.log(`  actual   ${JSON.stringify(outcome.actual)}`);
  }
  for (const fidelity of new Set(outcomes.map((outcome) => outcome.fidelity))) {
    const group = outcomes.filter((outcome) => outcome.fidelity === fidelity);
    const passed = group.filter(({ result }) => result === 'passed').length;
    console.log(`${fidelity}: ${passed} of ${group.length}`);
  }
  for (const { id, result } of outcomes) {
    if (result === 'passed' && deviations.has(id))
      console.log(`${id} passes: no longer a deviation`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [directory] = args;
  if (directory === undefined) {
    console.error('usage: node test/conformance/expressions.ts DIR [--json FILE]');
    return 2;
  }
  const cases = readJson(await readFile(join(directory, 'cases.json'), 'utf8'));
  const outcomes: Outcome[] = [];
  for (const vector of isList(cases) ? cases : []) {
    if (isMap(vector)) outcomes.push(await runVector(vector));
  }
  report(outcomes);
  const jsonAt = args.indexOf('--json');
  const jsonFile = jsonAt === -1 ? undefined : args[jsonAt + 1];
  if (jsonFile !== undefined) await writeFile(jsonFile, JSON.stringify(outcomes, null, 2));
  const count = (result: Outcome['result']): number =>
    outcomes.filter((outcome) => outcome.result === result).length;
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  const broken = outcomes.some(
    ({ id, result, fidelity }) =>
      result === 'failed' && fidelity !== 'quirk' && !deviations.has(id),
  );
  return broken ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
