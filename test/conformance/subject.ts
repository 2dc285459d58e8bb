/** What an expectation is about, and the shape of the functions that check one. */
import type { Facts } from './cases.ts';
import type { KestraExecution } from './kestra-view.ts';
import type { Mismatch, World } from './matchers.ts';
import type { CaseWorld, StepResult } from './world.ts';

export interface Subject {
  /** Absent where inputs were only resolved, or refused. */
  readonly execution: KestraExecution | undefined;
  readonly result: StepResult | undefined;
  readonly world: CaseWorld;
  readonly match: World;
  /** Checks facts inside facts, those of another execution for instance. */
  readonly check: (facts: Facts, subject: Subject) => Promise<readonly Mismatch[]>;
}

type Mismatches = readonly Mismatch[] | Promise<readonly Mismatch[]>;

/** `facts`: the keys beside the one that is checked, which may say how to read it. */
export type CaseCheck = (
  expected: unknown,
  subject: Subject & { readonly facts: Facts },
) => Mismatches;

export type Check = (
  expected: unknown,
  subject: Subject & { readonly execution: KestraExecution; readonly facts: Facts },
) => Mismatches;
