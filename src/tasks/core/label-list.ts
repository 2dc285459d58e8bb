/** Labels as flows write them: a map, a list of `{key, value}`, or either as JSON text. */
import { TaskFailure } from '../define.ts';

export function labelsOf(given: unknown): Record<string, string> {
  const written = typeof given === 'string' ? parsed(given) : given;
  const pairs = Array.isArray(written) ? written.map(pairOf) : Object.entries(written ?? {});
  return Object.fromEntries(pairs.map(([key, value]) => [key, valueOf(key, value)]));
}

function parsed(text: string): unknown {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null) return read;
  } catch {
    // Said below, as for any other text.
  }
  throw invalid(`labels must be a map or a list of {key, value}, not ${JSON.stringify(text)}`);
}

function pairOf(item: unknown): [string, unknown] {
  const { key, value } = (item ?? {}) as { key?: unknown; value?: unknown };
  if (typeof key !== 'string') throw invalid('each label of a list needs a key and a value');
  return [key, value];
}

function valueOf(key: string, value: unknown): string {
  const isPlain = ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
  const text = isPlain ? String(value) : '';
  if (key === '' || text === '') throw invalid(`the label ${JSON.stringify(key)} has no value`);
  if (key.startsWith('system.')) throw invalid(`the label ${key} is set by the system only`);
  return text;
}

function invalid(message: string): TaskFailure {
  return new TaskFailure({ code: 'invalid-labels', message, retryable: false });
}
