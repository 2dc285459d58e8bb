/** Texts that are false where a task asks whether a rendered condition holds. Spaces are not cut. */
const falseTexts: ReadonlySet<string> = new Set(['', 'false', '0', '-0']);

export function holds(condition: string): boolean {
  return !falseTexts.has(condition);
}
