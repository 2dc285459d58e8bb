/** The same flows through every way of running them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExecutionView } from '../../src/runtime/view.ts';
import { runtimeCases } from './runtime-cases.ts';

export interface RuntimeUnderTest {
  /** Stores and starts the flow, and resolves when its execution has ended. */
  run(source: string, inputs: Readonly<Record<string, unknown>>): Promise<ExecutionView>;
  close(): Promise<void>;
}

export function describeRuntime(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`${name}: runtime`, () => {
    let opened: RuntimeUnderTest;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    for (const { name: title, flow, inputs, state, taskRuns, outputs } of runtimeCases) {
      test(title, async () => {
        const view = await opened.run(flow, inputs ?? {});
        expect(view.taskRuns.map(signature).sort()).toEqual([...taskRuns]);
        expect(view.state).toBe(state);
        if (outputs !== undefined) expect(view.outputs).toEqual(outputs);
      });
    }
  });
}

function signature({ path, state, attempts }: ExecutionView['taskRuns'][number]): string {
  const number = attempts?.at(-1)?.number ?? 1;
  return `${path} ${state}${number > 1 ? ` ${number}` : ''}`;
}
