/** `sla`: what an execution must keep while it runs, and what becomes of one that does not. */
import type { Sla } from '../engine/flow.ts';
import { checkProperties, textProperty } from './check.ts';
import { mapsOf } from './declarations.ts';
import { durationMs } from './duration.ts';
import { readLabels } from './labels.ts';
import { child, type Node } from './node.ts';
import type { Report } from './report.ts';
import { z, type Shape } from './schema.ts';

const common = {
  id: z.string().min(1),
  type: z.enum(['MAX_DURATION', 'EXECUTION_ASSERTION']),
  behavior: z.enum(['FAIL', 'CANCEL', 'NONE']),
  /** Read by `readLabels`, which knows their rules. */
  labels: z.unknown().optional(),
};

const duration = z
  .string()
  .refine((text) => (durationMs(text) ?? 0) > 0, 'is not a duration such as PT30S or P1D');

const shapes: Readonly<Record<Sla['type'], Shape>> = {
  MAX_DURATION: { ...common, duration },
  EXECUTION_ASSERTION: { ...common, assert: z.string().min(1) },
};

/** Ids may be shared: each entry stands for itself. */
export function readSla(node: Node | undefined, report: Report): readonly Sla[] {
  return mapsOf(node, ['sla'], report).flatMap(({ item, path }): readonly Sla[] => {
    const written = child(item, 'type');
    const type = written?.type === 'scalar' ? written.text.toUpperCase() : undefined;
    const shape = type === 'EXECUTION_ASSERTION' ? shapes[type] : shapes.MAX_DURATION;
    const labels = readLabels(child(item, 'labels'), [...path, 'labels'], report, { settable: [] });
    const read = checkProperties(shape, item, { path, owner: 'an SLA' }, report);
    if (read === undefined) return [];
    const { id, behavior } = read as unknown as Pick<Sla, 'id' | 'behavior'>;
    const shared = { id, behavior, labels };
    if (read['type'] === 'EXECUTION_ASSERTION') {
      return [{ ...shared, type: 'EXECUTION_ASSERTION', assert: textProperty(read, 'assert') }];
    }
    const ms = durationMs(textProperty(read, 'duration')) ?? 0;
    return [{ ...shared, type: 'MAX_DURATION', durationMs: ms }];
  });
}
