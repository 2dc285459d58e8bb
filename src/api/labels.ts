/** Labels that clients give an execution. */
import { Problem } from './problem.ts';

const keyCharsMax = 128;
const valueCharsMax = 1024;
/** Of one request: they are kept in the header, which must stay small. */
const labelsMax = 100;

/** Refuses what is no label, and system labels, which Baton sets. `where`: what the client wrote. */
export function labelsFrom(
  pairs: readonly (readonly [key: unknown, value: unknown])[],
): Record<string, string> {
  if (pairs.length > labelsMax) throw badLabel(`At most ${labelsMax} labels can be set at once.`);
  const labels: Record<string, string> = Object.create(null);
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || key === '' || key.length > keyCharsMax) {
      throw badLabel(`A label needs a key of 1 to ${keyCharsMax} characters.`);
    }
    if (typeof value !== 'string' || value === '' || value.length > valueCharsMax) {
      throw badLabel(`Label ${key} needs a text of 1 to ${valueCharsMax} characters as its value.`);
    }
    if (key.startsWith('system.')) {
      throw badLabel(`Label ${key} is reserved: system labels are set by Baton.`);
    }
    labels[key] = value;
  }
  return { ...labels };
}

function badLabel(detail: string): Problem {
  return new Problem(422, 'bad-label', detail);
}
