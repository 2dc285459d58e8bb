import { TaskFailure } from '../define.ts';

/** Loop values are distinct texts, as in Kestra: objects and numbers become JSON text. */
export function distinctTexts(values: readonly unknown[]): string[] {
  const nulls = values.filter((value) => value === null || value === undefined).length;
  if (nulls > 0) {
    throw new TaskFailure({
      code: 'null-value',
      message: `Found '${nulls}' null values on Each, with values=${shown(values)}`,
      retryable: false,
    });
  }
  const texts = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return [...new Set(texts)];
}

/** Lists and maps as the reference engine words them: `[1, null, {key=value}]`. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${shown(item)}`)
    .join(', ')}}`;
}
