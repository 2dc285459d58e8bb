/**
 * One measurement: a module of `measure/` or of `peers/`, run in a process of its own in every round,
 * so that none works with the memory, the caches or the compiled code of another.
 */

export type Effort = 'full' | 'small';

type Unit = 'ms' | '/s' | 'MB' | 'KB' | '$' | '';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** What it must not exceed, or must reach. */
  readonly bar?: { readonly most: number } | { readonly least: number };
}

export type Measure = (effort: Effort) => Promise<readonly Figure[]>;

export interface Measurement {
  readonly load: () => Promise<{ readonly default: Measure }>;
  /** Gives the same in every round: counted, not timed. */
  readonly isCounted?: true;
  /** Measured where this is: a path below the root, what brings it is in BENCHMARKS.md. */
  readonly needs?: string;
}

export const measurements: Readonly<Record<string, Measurement>> = {
  floor: { load: () => import('./measure/floor.ts') },
  linear: { load: () => import('./measure/linear.ts') },
  restate: peer('restate', 'bench/peers/node_modules'),
  dbos: peer('dbos', 'bench/peers/node_modules'),
  durable: peer('durable', 'bench/peers/node_modules'),
  kestra: peer('kestra', '.baton/kestra/classes'),
  'fan-out': { load: () => import('./measure/fan-out.ts') },
  payload: { load: () => import('./measure/payload.ts') },
  waiting: { load: () => import('./measure/waiting.ts') },
  'start-up': { load: () => import('./measure/start-up.ts') },
  reads: { load: () => import('./measure/reads.ts') },
  functions: { load: () => import('./measure/functions.ts') },
  money: { load: () => import('./measure/money.ts'), isCounted: true },
};

/** The path is put together, so that the compiler does not look for packages that are not there. */
function peer(name: string, needs: string): Measurement {
  return { load: async () => import(`${import.meta.dirname}/peers/${name}.ts`), needs };
}
