/** Values in memory up to a bound, in whatever unit the sizes are; the oldest make room. */
export class BoundedMemory<T> {
  readonly #max: number;
  readonly #kept = new Map<string, { readonly value: T; readonly size: number }>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    return this.#kept.get(key)?.value;
  }

  entries(): Iterable<readonly [string, { readonly value: T; readonly size: number }]> {
    return this.#kept;
  }

  /** A key stands for one value for ever: what is there stays. */
  keep(key: string, value: T, size: number): void {
    if (size > this.#max || this.#kept.has(key)) return;
    this.#kept.set(key, { value, size });
    this.#size += size;
    for (const [oldest, { size: gone }] of this.#kept) {
      if (this.#size <= this.#max) return;
      this.#kept.delete(oldest);
      this.#size -= gone;
    }
  }
}
