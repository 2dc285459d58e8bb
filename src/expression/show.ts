/**
 * Values as people debug them: the name of the type, and text like JSON that keeps apart what looks
 * alike elsewhere: `3` and `3.0`, `"3"` and `3`, a date and its text.
 */
import { dateText, durationText } from './date-value.ts';
import { Decimal } from './decimal.ts';
import { javaDouble } from './java-double.ts';
import { Pending } from './pending.ts';
import { isDate, isList, isMap, type Value, type ValueMap } from './value.ts';

export interface Showing {
  /** Applied to every text and key, for secrets. */
  readonly mask?: (text: string) => string;
  /** The text ends with `…` where it would become longer. */
  readonly charactersMax?: number;
  /** Shows maps that are not in memory as `{…}` instead of throwing `Pending`. */
  readonly asIs?: boolean;
}

export type TypeName =
  | 'null'
  | 'boolean'
  | 'integer'
  | 'double'
  | 'decimal'
  | 'string'
  | 'list'
  | 'map'
  | 'date'
  | 'duration';

export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'string' || typeof value === 'boolean') {
    return typeof value === 'string' ? 'string' : 'boolean';
  }
  if (value instanceof Decimal) return 'decimal';
  if (isList(value)) return 'list';
  if (isMap(value)) return 'map';
  return isDate(value) ? 'date' : 'duration';
}

/** On one line. */
export function showValue(value: Value, showing: Showing = {}): string {
  return written(value, showing, false).text;
}

/** On one line if it is short, else with the items of lists and maps on lines of their own. */
export function showValueTall(value: Value, showing: Showing = {}): string {
  const line = written(value, { ...showing, charactersMax: lineCharactersMax }, false);
  return line.isWhole ? line.text : written(value, showing, true).text;
}

function written(
  value: Value,
  showing: Showing,
  isTall: boolean,
): { readonly text: string; readonly isWhole: boolean } {
  const writer = new Writer(showing, isTall);
  try {
    writer.value(value, 0);
  } catch (error) {
    if (!(error instanceof Full)) throw error;
    return { text: `${writer.text}…`, isWhole: false };
  }
  return { text: writer.text, isWhole: true };
}

const lineCharactersMax = 96;
const depthMax = 100;

interface Layout {
  readonly brackets: readonly [string, string];
  readonly depth: number;
  readonly isTall: boolean;
}

/** Thrown when the text is long enough. */
class Full extends Error {}

class Writer {
  text = '';
  readonly #showing: Showing;
  readonly #isTall: boolean;

  constructor(showing: Showing, isTall: boolean) {
    this.#showing = showing;
    this.#isTall = isTall;
  }

  value(value: Value, depth: number): void {
    if (depth > depthMax) this.#add('…');
    else if (isList(value)) this.#list(value, depth);
    else if (isMap(value)) this.#map(value, depth);
    else this.#add(this.#scalar(value));
  }

  #list(list: readonly Value[], depth: number): void {
    // A list of texts and numbers stays on its line however long it is.
    const isTall = list.some((item) => isList(item) || isMap(item));
    this.#items(list, { brackets: ['[', ']'], depth, isTall }, (item) =>
      this.value(item, depth + 1),
    );
  }

  #map(map: ValueMap, depth: number): void {
    let entries: readonly (readonly [string, Value])[];
    try {
      entries = [...map.entries()];
    } catch (error) {
      if (!(error instanceof Pending && this.#showing.asIs === true)) throw error;
      this.#add('{…}');
      return;
    }
    const layout = { brackets: ['{', '}'], depth, isTall: entries.length > 0 } as const;
    this.#items(entries, layout, ([key, item]) => {
      this.#add(`${this.#quoted(key)}: `);
      this.value(item, depth + 1);
    });
  }

  #items<Item>(
    items: readonly Item[],
    { brackets: [open, close], depth, isTall }: Layout,
    write: (item: Item) => void,
  ): void {
    const breaks = isTall && this.#isTall;
    this.#add(open);
    for (const [index, item] of items.entries()) {
      if (breaks) this.#add(`${index > 0 ? ',' : ''}\n${'  '.repeat(depth + 1)}`);
      else if (index > 0) this.#add(', ');
      write(item);
    }
    this.#add(breaks ? `\n${'  '.repeat(depth)}${close}` : close);
  }

  #scalar(value: Exclude<Value, readonly Value[] | ValueMap>): string {
    if (typeof value === 'string') return this.#quoted(value);
    if (value === null || typeof value === 'boolean' || typeof value === 'bigint') {
      return String(value);
    }
    if (typeof value === 'number') return javaDouble(value);
    if (value instanceof Decimal) return `decimal(${value.toString()})`;
    return isDate(value) ? `date(${dateText(value)})` : `duration(${durationText(value)})`;
  }

  #quoted(text: string): string {
    return JSON.stringify(this.#showing.mask?.(text) ?? text);
  }

  #add(text: string): void {
    const { charactersMax = Number.POSITIVE_INFINITY } = this.#showing;
    const room = charactersMax - this.text.length;
    this.text += text.slice(0, room);
    if (text.length > room) throw new Full();
  }
}
