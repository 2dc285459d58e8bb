/** A meter that keeps counts by execution, in memory. */
import type { Count, Counts } from '../engine/cost.ts';
import type { ExecutionId } from '../engine/execution.ts';
import type { Meter, Operation } from '../engine/ports.ts';

export interface CostMeter extends Meter {
  /** Of one execution, or of everything. */
  counts(execution?: ExecutionId): Counts;
}

/** Old executions make room: a long-running process must not keep every one it ever ran. */
const executionsKept = 1_000;

export function costMeter(): CostMeter {
  const byExecution = new Map<ExecutionId, Map<Operation, Count>>();
  const total = new Map<Operation, Count>();
  return {
    count(operation, units, execution) {
      add(total, operation, units);
      if (execution === undefined) return;
      let counts = byExecution.get(execution);
      if (!counts) {
        counts = new Map();
        byExecution.set(execution, counts);
        const oldest = byExecution.keys().next().value;
        if (byExecution.size > executionsKept && oldest !== undefined) byExecution.delete(oldest);
      }
      add(counts, operation, units);
    },
    counts(execution) {
      const counts = execution === undefined ? total : byExecution.get(execution);
      return Object.fromEntries(counts ?? []);
    },
  };
}

function add(counts: Map<Operation, Count>, operation: Operation, units: number): void {
  const before = counts.get(operation) ?? { calls: 0, units: 0 };
  counts.set(operation, { calls: before.calls + 1, units: before.units + units });
}
