/**
 * How the contract suites are written: one test per promise of src/engine/ports.ts, by its title.
 *
 * A back end that cannot keep a promise says so as data, title and reason, and the test is shown as
 * skipped with that reason. A title that no test has is an error, so that the list cannot rot.
 */
import { describe, it } from 'vitest';

/** Reasons by the title of the test that is not run. */
export type Deviations = Readonly<Record<string, string>>;

export type KeepsPromise = (title: string, run: () => Promise<void>) => void;

export function describePromises(
  name: string,
  deviations: Deviations,
  define: (promise: KeepsPromise) => void,
): void {
  describe(name, () => {
    const unused = new Set(Object.keys(deviations));
    define((title, run) => {
      const reason = deviations[title];
      if (reason === undefined) return it(title, run, 30_000);
      unused.delete(title);
      return it.skip(`${title} (not kept: ${reason})`, run);
    });
    if (unused.size > 0) throw new Error(`${name}: no such promise: ${[...unused].join('; ')}`);
  });
}
