/** Labels: a map, or a list of `{key, value}`; values become text and the last of equal keys wins. */
import { kindOf, type Report } from './report.ts';
import type { DocumentPath, Node } from './node.ts';

const keyPattern = /^\p{Ll}[\p{L}0-9._-]*$/u;
/** The one system label that a flow may set itself. */
const readOnly = 'system.readOnly';

export function readLabels(
  node: Node | undefined,
  path: DocumentPath,
  report: Report,
  /** System labels that may be set here. */
  { settable = [readOnly] }: { readonly settable?: readonly string[] } = {},
): Record<string, string> {
  const labels = new Map<string, string>();
  const target = { labels, report, settable };
  if (node === undefined) return {};
  if (node.type === 'map') {
    for (const [key, entry] of node.entries) {
      readLabel(key, entry.value, [...path, key], target);
    }
  } else if (node.type === 'list') {
    for (const [index, item] of node.items.entries()) readPair(item, [...path, index], target);
  } else {
    report.error(path, {
      code: 'wrong-type',
      expected: 'a map or a list of key and value',
      found: kindOf(node),
    });
  }
  return Object.fromEntries(labels);
}

interface Target {
  readonly labels: Map<string, string>;
  readonly report: Report;
  readonly settable: readonly string[];
}

function readPair(item: Node, path: DocumentPath, target: Target): void {
  const { report } = target;
  if (item.type !== 'map') {
    report.error(path, {
      code: 'wrong-type',
      expected: 'a map with key and value',
      found: kindOf(item),
    });
    return;
  }
  const key = item.entries.get('key')?.value;
  const value = item.entries.get('value')?.value;
  if (key?.type !== 'scalar' || key.value === null) {
    report.error(path, { code: 'missing-property', name: 'key', owner: 'a label' });
  } else if (value === undefined) {
    report.error(path, { code: 'missing-property', name: 'value', owner: 'a label' });
  } else readLabel(key.text, value, [...path, 'value'], target);
}

function readLabel(key: string, value: Node, path: DocumentPath, target: Target): void {
  const { labels, report, settable } = target;
  if (value.type !== 'scalar') {
    report.error(path, { code: 'wrong-type', expected: 'text', found: kindOf(value) });
  } else if (value.value === null || value.text === '') {
    report.error(path, {
      code: 'invalid-value',
      value: key,
      reason: 'needs a value that is not empty',
    });
  } else if (key.startsWith('system.') && !settable.includes(key)) {
    report.error(path, { code: 'system-label', label: `${key}=${value.text}` }, 'key');
  } else if (!keyPattern.test(key)) {
    const reason =
      'is no label key: it starts with a lower-case letter, then letters, digits, ".", "_" and "-"';
    report.error(path, { code: 'invalid-value', value: key, reason }, 'key');
  } else {
    labels.delete(key);
    labels.set(key, value.text);
  }
}
