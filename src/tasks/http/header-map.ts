/** Headers in order: names keep their spelling, are compared without regard to case, and repeat. */

type Entry = readonly [name: string, value: string];

export class HeaderMap {
  readonly #entries: readonly Entry[];

  constructor(entries: Iterable<Entry> = []) {
    this.#entries = [...entries];
  }

  /** From Node's flat list of names and values in turn. */
  static fromRaw(raw: readonly string[]): HeaderMap {
    const entries: Entry[] = [];
    for (let index = 0; index + 1 < raw.length; index += 2) {
      entries.push([raw[index] ?? '', raw[index + 1] ?? '']);
    }
    return new HeaderMap(entries);
  }

  get(name: string): string | undefined {
    return this.#entries.find(([other]) => isSame(other, name))?.[1];
  }

  all(name: string): readonly string[] {
    return this.#entries.filter(([other]) => isSame(other, name)).map(([, value]) => value);
  }

  /** Added unless a header of this name is there already. */
  withDefault(name: string, value: string | undefined): HeaderMap {
    if (value === undefined || this.get(name) !== undefined) return this;
    return new HeaderMap([...this.#entries, [name, value]]);
  }

  with(name: string, value: string): HeaderMap {
    return new HeaderMap([...this.without([name]).#entries, [name, value]]);
  }

  without(names: readonly string[]): HeaderMap {
    return new HeaderMap(
      this.#entries.filter(([name]) => !names.some((dropped) => isSame(dropped, name))),
    );
  }

  /** Every value by name, under the spelling that came first. */
  toObject(): Record<string, string[]> {
    const lists = new Map<string, { name: string; values: string[] }>();
    for (const [name, value] of this.#entries) {
      const list = lists.get(name.toLowerCase());
      if (list === undefined) lists.set(name.toLowerCase(), { name, values: [value] });
      else list.values.push(value);
    }
    return Object.fromEntries([...lists.values()].map(({ name, values }) => [name, values]));
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
