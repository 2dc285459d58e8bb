/**
 * Values of loops that have opened, in memory: each member of a limited loop asks for its own, and
 * reading the whole list for each would grow with the square of its length. Values never change once
 * a loop has opened.
 */
import type { Head } from '../engine/baton.ts';
import type { Path } from '../engine/execution.ts';
import type { Fan } from '../engine/flow.ts';
import { BoundedMemory } from './bounded-memory.ts';

type Values = Extract<Fan, { type: 'values' }>;

/** Of all values kept. */
const charactersMax = 8_000_000;
/** Of a value beside its characters. */
const valueCharacters = 16;

export class FanCache {
  readonly #kept = new BoundedMemory<Values>(charactersMax);

  get(head: Pick<Head, 'execution' | 'createdAt'>, path: Path): Fan | undefined {
    return this.#kept.get(keyOf(head, path));
  }

  keep(head: Pick<Head, 'execution' | 'createdAt'>, path: Path, fan: Fan): void {
    const key = keyOf(head, path);
    if (fan.type !== 'values' || this.#kept.get(key)) return;
    const characters = fan.values.reduce((sum, { length }) => sum + length + valueCharacters, 0);
    this.#kept.keep(key, fan, characters);
  }
}

/** With its date: an id may be used again once its execution has been deleted. */
function keyOf(
  { execution, createdAt }: Pick<Head, 'execution' | 'createdAt'>,
  path: Path,
): string {
  return `${execution} ${createdAt} ${path}`;
}
