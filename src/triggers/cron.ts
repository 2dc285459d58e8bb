/**
 * Cron expressions as Kestra reads them: five fields, or six with seconds in front, and nicknames.
 * `*`, lists, ranges, steps, names of months and days; 0 and 7 are Sunday. Ranges go upwards. Where
 * day of month and day of week are both given, either is enough.
 */

export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 for Sunday. */
  readonly daysOfWeek: ReadonlySet<number>;
  /** Both are restricted: a day needs only one of them. */
  readonly isEitherDay: boolean;
}

/** What is wrong with an expression, in words that follow the expression. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

const nicknames: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names in the order of their numbers, from `min` on. */
  readonly names?: readonly string[];
}

const second: Field = { name: 'second', min: 0, max: 59 };
const minute: Field = { name: 'minute', min: 0, max: 59 };
const hour: Field = { name: 'hour', min: 0, max: 23 };
const dayOfMonth: Field = { name: 'day of month', min: 1, max: 31 };
const month: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
};
const dayOfWeek: Field = {
  name: 'day of week',
  min: 0,
  max: 7,
  names: 'SUN MON TUE WED THU FRI SAT'.split(' '),
};

/** Throws `CronError`. */
export function parseCron(text: string, { withSeconds = false } = {}): Cron {
  const trimmed = text.trim();
  const written = nicknames.get(trimmed.toLowerCase());
  const fields = (written ?? trimmed).split(/\s+/);
  const wanted = withSeconds && written === undefined ? 6 : 5;
  if (fields.length !== wanted) {
    const hint = fields.length === 6 ? ' (`withSeconds: true` allows six)' : '';
    throw new CronError(`has ${fields.length} fields, not ${wanted}${hint}`);
  }
  const [seconds, rest] = wanted === 6 ? [fields[0] ?? '', fields.slice(1)] : ['0', fields];
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = rest;
  return {
    seconds: valuesOf(seconds, second),
    minutes: valuesOf(minutes, minute),
    hours: valuesOf(hours, hour),
    daysOfMonth: new Set(valuesOf(days, dayOfMonth)),
    months: new Set(valuesOf(months, month)),
    daysOfWeek: new Set(valuesOf(weekdays, dayOfWeek).map((day) => day % 7)),
    isEitherDay: !days.startsWith('*') && !weekdays.startsWith('*'),
  };
}

/** In rising order. */
function valuesOf(text: string, field: Field): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    for (const value of partOf(part, field)) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

function* partOf(part: string, field: Field): Iterable<number> {
  const [, range = '', stepText] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
  if (range === '') throw bad(part, field);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step === 0) throw bad(part, field);
  const [from, to] = boundsOf(range, part, field, stepText !== undefined);
  for (let value = from; value <= to; value += step) yield value;
}

/** `5/10` counts from 5 to the end. */
function boundsOf(range: string, part: string, field: Field, isStepped: boolean): [number, number] {
  if (range === '*') return [field.min, field.max];
  const [, first = '', last] = /^(\w+)(?:-(\w+))?$/.exec(range) ?? [];
  if (first === '') throw bad(part, field);
  const from = numberOf(first, part, field);
  if (last === undefined) return [from, isStepped ? field.max : from];
  const to = numberOf(last, part, field);
  if (to < from) throw bad(part, field);
  return [from, to];
}

function numberOf(text: string, part: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  throw bad(part, field);
}

function bad(part: string, { name, min, max }: Field): CronError {
  return new CronError(`has "${part}" as ${name}, which takes ${min} to ${max}`);
}
