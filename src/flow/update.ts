/** Replacing a stored flow: its id and namespace are what it is found by, and cannot change. */
import type { FlowKey } from '../engine/flow.ts';
import { readDocument } from './document.ts';
import type { Issue } from './issues.ts';
import { child, placeOf, textOf } from './node.ts';
import { createReport } from './report.ts';

/** Whether a source may be the next revision of `stored`, whatever else is wrong with it. */
export function checkUpdate(source: string, stored: Omit<FlowKey, 'revision'>): readonly Issue[] {
  const document = readDocument(source, createReport());
  if (document?.type !== 'map') return [];
  return (['id', 'namespace'] as const).flatMap((name): readonly Issue[] => {
    const written = textOf(child(document, name));
    const was = stored[name];
    if (written === undefined || written === was) return [];
    const place = placeOf(document, [name]);
    return [{ severity: 'error', path: [name], ...place, code: 'illegal-update', name, was }];
  });
}
