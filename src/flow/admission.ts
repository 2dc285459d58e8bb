/** What decides whether an execution may start: `concurrency`, `quotas` and `checks` of a flow. */
import type { Check, Concurrency, Quota } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import { checkProperties, textProperty } from './check.ts';
import { claim, mapsOf } from './declarations.ts';
import { durationMs } from './duration.ts';
import { child, type Node, type Place } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';

const places = () => z.int().min(1).max(limits.placesMax);

const concurrencyShape: Shape = {
  limit: places(),
  behavior: z.enum(['QUEUE', 'CANCEL', 'FAIL']).default('QUEUE'),
};

export function readConcurrency(node: Node | undefined, report: Report): Concurrency | undefined {
  if (node === undefined) return undefined;
  const path = ['concurrency'];
  if (node.type !== 'map') {
    report.error(path, { code: 'wrong-type', expected: 'a map', found: kindOf(node) });
    return undefined;
  }
  const read = checkProperties(concurrencyShape, node, { path, owner: '`concurrency`' }, report);
  return read as Concurrency | undefined;
}

const minuteMs = 60_000;

const quotaShape: Shape = {
  duration: z
    .string()
    .refine((text) => (durationMs(text) ?? 0) >= minuteMs, 'is not a duration of PT1M or more'),
  limit: places(),
  behavior: z.enum(['FAIL', 'CANCEL']),
};

/** Two quotas of one duration would be the same one. */
export function readQuotas(node: Node | undefined, report: Report): readonly Quota[] {
  const ids = new Map<string, Place>();
  return mapsOf(node, ['quotas'], report).flatMap(({ item, path }) => {
    const duration = child(item, 'duration');
    if (duration?.type === 'scalar') {
      const at = [...path, 'duration'];
      claim(duration.text, at, { ids, report, of: 'quota', node: duration });
    }
    const read = checkProperties(quotaShape, item, { path, owner: 'a quota' }, report);
    if (read === undefined) return [];
    const { limit, behavior } = read as unknown as Quota;
    return [{ durationMs: durationMs(textProperty(read, 'duration')) ?? 0, limit, behavior }];
  });
}

const checkShape: Shape = {
  when: z.string().optional(),
  /** The name of `when` before 2.0. */
  condition: z.string().optional(),
  message: z.string(),
  style: z.enum(['ERROR', 'SUCCESS', 'WARNING', 'INFO']).default('INFO'),
  behavior: z
    .enum(['BLOCK_EXECUTION', 'FAIL_EXECUTION', 'CREATE_EXECUTION'])
    .default('BLOCK_EXECUTION'),
};

export function readChecks(node: Node | undefined, report: Report): readonly Check[] {
  return mapsOf(node, ['checks'], report).flatMap(({ item, path }) => {
    const read = checkProperties(checkShape, item, { path, owner: 'a check' }, report);
    if (read === undefined) return [];
    const { when, condition, ...rest } = read;
    if (when === undefined && condition === undefined) {
      report.error(path, { code: 'missing-property', name: 'when', owner: 'a check' });
      return [];
    }
    return [{ ...rest, when: when ?? condition } as unknown as Check];
  });
}
