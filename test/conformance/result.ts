/** What came of one case. */
import type { Mismatch } from './matchers.ts';

export interface About {
  readonly id: string;
  readonly area: string;
  /** The test the case was read off. */
  readonly source: string | null;
}

export type Result = About &
  (
    | { readonly outcome: 'passed' }
    | {
        readonly outcome: 'failed';
        readonly mismatches: readonly Mismatch[];
        /** Errors, and what the engine said about them. */
        readonly notes: readonly string[];
      }
    | { readonly outcome: 'skipped'; readonly reasons: readonly string[] }
  );

export function passed(about: About): Result {
  return { ...about, outcome: 'passed' };
}

export function failed(
  about: About,
  mismatches: readonly Mismatch[],
  notes: readonly string[] = [],
): Result {
  return { ...about, outcome: 'failed', mismatches, notes };
}

export function skipped(about: About, reasons: readonly string[]): Result {
  return { ...about, outcome: 'skipped', reasons };
}
