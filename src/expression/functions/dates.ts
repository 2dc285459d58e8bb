/** Functions about dates. */
import { type Args, type Call, fn, type FunctionDefinition } from '../definition.ts';
import { argumentError } from '../error.ts';
import type { DateFacts, Timestamp } from '../dates.ts';
import { instantOf } from '../date-value.ts';
import { dateFormatting, dateReading } from '../filters/dates.ts';
import { textOf } from '../filters/text.ts';
import { dates } from '../libraries.ts';
import type { Value } from '../value.ts';

function now(args: Args, call: Call): Value {
  return dates().formatValue(instantOf(call.run.host.now()), dateFormatting(args, call));
}

function required(args: Args, index: number, name: string, call: Call): Value {
  const value = args[index];
  if (value === undefined || value === null) {
    throw argumentError(`The '${call.name}' function expects an argument '${name}'.`, name);
  }
  return value;
}

function fact(pick: (facts: DateFacts) => Value): FunctionDefinition {
  return fn('date: date', (args, call) => {
    const date = required(args, 0, 'date', call);
    return pick(dates().factsOf(date, dateReading(undefined, undefined, call)));
  });
}

function pointInTime(args: Args, index: number, name: string, call: Call): bigint {
  const value = required(args, index, name, call);
  const { seconds, nano }: Timestamp = dates().timestampOf(
    value,
    dateReading(undefined, undefined, call),
  );
  return seconds * 1_000_000_000n + nano;
}

function isDayWeekInMonth(args: Args, call: Call): Value {
  const date = required(args, 0, 'date', call);
  const day = textOf(required(args, 1, 'day', call), call);
  const position = textOf(required(args, 2, 'position', call), call);
  const reading = dateReading(undefined, undefined, call);
  return dates().isDayWeekInMonth(date, day, position, reading);
}

export const dateFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['dayOfMonth', fact(({ dayOfMonth }) => BigInt(dayOfMonth))],
  ['dayOfWeek', fact(({ dayOfWeek }) => dayOfWeek)],
  ['hourOfDay', fact(({ hourOfDay }) => BigInt(hourOfDay))],
  [
    'isDateAfter',
    fn(
      'date: date, after: date',
      (args, call) => pointInTime(args, 0, 'date', call) > pointInTime(args, 1, 'after', call),
    ),
  ],
  [
    'isDateBefore',
    fn(
      'date: date, before: date',
      (args, call) => pointInTime(args, 0, 'date', call) < pointInTime(args, 1, 'before', call),
    ),
  ],
  [
    'isDateBetween',
    fn('date: date, after: date, before: date', (args, call) => {
      const at = pointInTime(args, 0, 'date', call);
      return at > pointInTime(args, 1, 'after', call) && at < pointInTime(args, 2, 'before', call);
    }),
  ],
  ['isDayWeekInMonth', fn('date: date, day: string, position: string', isDayWeekInMonth)],
  ['isLastWorkingDay', fact(({ isLastWorkingDay }) => isLastWorkingDay)],
  ['isWeekend', fact(({ isWeekend }) => isWeekend)],
  ['monthOfYear', fact(({ monthOfYear }) => BigInt(monthOfYear))],
  ['now', fn('format?: string, timeZone?: string, existingFormat?: string, locale?: string', now)],
];
