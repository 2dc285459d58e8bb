/**
 * Compares what is expected with what is there, and says where they part.
 *
 * A map is a matcher when its keys start with `$`; all its keys must hold. Anything else is compared
 * as it stands: `compare` asks for equal maps, `compareSubset` for the expected keys only, at every
 * depth, except that an empty map expects an empty map (a subset that asked for nothing would hold
 * of everything).
 */
import { fillTemplate, type Lookup } from './references.ts';
import { equalTyped, type TypedKind } from './typed-values.ts';

export interface Mismatch {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface World {
  readonly lookup: Lookup;
  readonly now: number;
}

export function compare(
  expected: unknown,
  actual: unknown,
  world: World,
  path = '',
): readonly Mismatch[] {
  return new Comparison(world, false).at(path, expected, actual);
}

export function compareSubset(
  expected: unknown,
  actual: unknown,
  world: World,
  path = '',
): readonly Mismatch[] {
  return new Comparison(world, true).at(path, expected, actual);
}

export function isMatcher(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => key.startsWith('$'));
}

type Holds = (argument: unknown, actual: unknown, comparison: Comparison) => boolean;

/** Every matcher by name. One that is not here is a mistake in the case, and said to be. */
const matchers: Readonly<Record<string, Holds>> = {
  $contains: (part, actual) => includes(actual, part),
  $containsAll: (parts, actual) => listOf(parts).every((part) => includes(actual, part)),
  $startsWith: (part, actual) => typeof actual === 'string' && actual.startsWith(String(part)),
  $endsWith: (part, actual) => typeof actual === 'string' && actual.endsWith(String(part)),
  $regex: (pattern, actual) => typeof actual === 'string' && regexOf(pattern).test(actual),
  $gte: (bound, actual) => isOrdered(bound, actual, (a, b) => a >= b),
  $gt: (bound, actual) => isOrdered(bound, actual, (a, b) => a > b),
  $not: (other, actual, comparison) => !comparison.holds(other, actual),
  $anyOf: (others, actual, comparison) =>
    listOf(others).some((other) => comparison.holds(other, actual)),
  $allOf: (others, actual, comparison) =>
    listOf(others).every((other) => comparison.holds(other, actual)),
  $anyOrder: (others, actual, comparison) => sameInAnyOrder(listOf(others), actual, comparison),
  $hasItems: (items, actual, comparison) =>
    Array.isArray(actual) &&
    listOf(items).every((item) => actual.some((other) => comparison.holds(item, other))),
  $notNull: (wanted, actual) => (actual !== null && actual !== undefined) === (wanted === true),
  $null: (wanted, actual) => (actual === null || actual === undefined) === (wanted === true),
  $ref: (path, actual, comparison) =>
    comparison.holds(comparison.world.lookup(String(path)), actual),
  $containsRef: (path, actual, comparison) =>
    includes(actual, String(comparison.world.lookup(String(path)))),
  $template: (template, actual, { world }) =>
    actual === fillTemplate(String(template), world.lookup),
  $containsTemplate: (template, actual, { world }) =>
    includes(actual, fillTemplate(String(template), world.lookup)),
  $instant: typed('instant'),
  $localDate: typed('localDate'),
  $localTime: typed('localTime'),
  $duration: typed('duration'),
  $isoDateWithinSeconds: (seconds, actual, { world }) =>
    typeof actual === 'string' &&
    Math.abs(Date.parse(actual) - world.now) <= Number(seconds) * 1000,
};

class Comparison {
  readonly world: World;
  readonly #isSubset: boolean;

  constructor(world: World, isSubset: boolean) {
    this.world = world;
    this.#isSubset = isSubset;
  }

  holds(expected: unknown, actual: unknown): boolean {
    return this.at('', expected, actual).length === 0;
  }

  at(path: string, expected: unknown, actual: unknown): readonly Mismatch[] {
    const mismatch = [{ path, expected, actual }];
    if (isMatcher(expected)) return this.#matches(expected, actual) ? [] : mismatch;
    if (Array.isArray(expected)) {
      if (!Array.isArray(actual) || actual.length !== expected.length) return mismatch;
      return expected.flatMap((item, index) => this.at(`${path}[${index}]`, item, actual[index]));
    }
    if (isObject(expected)) {
      return isObject(actual) ? this.#entries(path, expected, actual) : mismatch;
    }
    if (typeof expected === 'number' && typeof actual === 'number') {
      return expected === actual ? [] : mismatch;
    }
    return Object.is(expected, actual) || (expected === null && actual === undefined)
      ? []
      : mismatch;
  }

  #entries(
    path: string,
    expected: Readonly<Record<string, unknown>>,
    actual: Readonly<Record<string, unknown>>,
  ): readonly Mismatch[] {
    const keys = Object.keys(expected);
    const isWhole = !this.#isSubset || keys.length === 0;
    const extra = isWhole ? Object.keys(actual).filter((key) => !Object.hasOwn(expected, key)) : [];
    return [
      ...keys.flatMap((key) => this.at(below(path, key), expected[key], actual[key])),
      ...extra.map((key) => ({ path: below(path, key), expected: undefined, actual: actual[key] })),
    ];
  }

  #matches(matcher: Readonly<Record<string, unknown>>, actual: unknown): boolean {
    return Object.entries(matcher).every(([name, argument]) => {
      const holds = Object.hasOwn(matchers, name) ? matchers[name] : undefined;
      if (holds === undefined) throw new Error(`${name} is not a matcher`);
      return holds(argument, actual, this);
    });
  }
}

function typed(kind: TypedKind): Holds {
  return (expected, actual) => equalTyped(kind, expected, actual);
}

function includes(actual: unknown, part: unknown): boolean {
  if (typeof actual === 'string') return actual.includes(String(part));
  return Array.isArray(actual) && actual.includes(part);
}

/** The whole text must match, unless the pattern says itself where it starts. */
function regexOf(pattern: unknown): RegExp {
  const source = String(pattern);
  return new RegExp(source.startsWith('^') ? source : `^(?:${source})$`, 's');
}

function isOrdered(
  bound: unknown,
  actual: unknown,
  holds: (actual: number, bound: number) => boolean,
): boolean {
  return typeof actual === 'number' && typeof bound === 'number' && holds(actual, bound);
}

/** Each expected item takes one actual item; tries on, where an earlier choice leaves none. */
function sameInAnyOrder(
  expected: readonly unknown[],
  actual: unknown,
  comparison: Comparison,
): boolean {
  if (!Array.isArray(actual) || actual.length !== expected.length) return false;
  if (expected.length === 0) return true;
  const [first, ...rest] = expected;
  return actual.some(
    (item, index) =>
      comparison.holds(first, item) && sameInAnyOrder(rest, actual.toSpliced(index, 1), comparison),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} should be a list`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(path: string, key: string): string {
  const step = /^\w[\w-]*$/.test(key) ? `.${key}` : `['${key}']`;
  return path === '' ? step.replace(/^\./, '') : `${path}${step}`;
}
