/**
 * Conversion of a rendered property to the type its task wants. A property is stored as text (a YAML
 * list or map as JSON text), rendered as text and converted here; an absent one stays absent, or is
 * an empty list or map.
 */
import { DurationValue } from './date-value.ts';
import { evaluationError } from './error.ts';
import { readJson } from './json.ts';
import { render, type Scope } from './render.ts';
import { isList, isMap, kindOf, type Value } from './value.ts';

export type PropertyType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'duration'
  | 'list'
  | 'map';

export function renderProperty(template: string | null, type: PropertyType, scope: Scope): Value {
  if (template === null) {
    if (type === 'list') return [];
    return type === 'map' ? new Map() : null;
  }
  return convertProperty(render(template, scope), type);
}

export function convertProperty(text: string, type: PropertyType): Value {
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw unfit(text, 'a boolean');
    case 'integer':
      if (/^[+-]?[0-9]{1,19}$/.test(text.trim())) return BigInt(text.trim());
      throw unfit(text, 'an integer');
    case 'number': {
      const number = Number(text.trim());
      if (text.trim() !== '' && Number.isFinite(number)) return number;
      throw unfit(text, 'a number');
    }
    case 'duration':
      return readDuration(text) ?? fail(text, 'an ISO 8601 duration');
    case 'list':
    case 'map': {
      const value = readJson(text);
      const fits = type === 'list' ? isList(value) : isMap(value);
      if (!fits) throw evaluationError(`A ${type} is needed here, not a ${kindOf(value)}`);
      return value;
    }
  }
}

function unfit(text: string, wanted: string): Error {
  return evaluationError(`'${text}' is not ${wanted}`);
}

function fail(text: string, wanted: string): never {
  throw unfit(text, wanted);
}

const durationPattern =
  /^([+-])?P(?:([+-]?[0-9]{1,12})D)?(?:T(?:([+-]?[0-9]{1,12})H)?(?:([+-]?[0-9]{1,12})M)?(?:([+-]?[0-9]{1,12})(?:[.,]([0-9]{1,9}))?S)?)?$/i;

/** Reads `P1DT2H3M4.5S`; undefined for anything else. */
export function readDuration(text: string): DurationValue | undefined {
  const match = durationPattern.exec(text.trim());
  if (match === null || /[PT]$/i.test(text.trim())) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = match;
  const factor = sign === '-' ? -1 : 1;
  const whole = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60;
  const fractionSign = seconds.startsWith('-') ? -1 : 1;
  const nano = factor * fractionSign * Number(fraction.padEnd(9, '0'));
  const total = factor * (whole + Number(seconds));
  return nano < 0
    ? new DurationValue(total - 1, nano + 1_000_000_000)
    : new DurationValue(total, nano);
}
