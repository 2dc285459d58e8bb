/** A broken invariant: the step fails, its message goes back to the queue, nothing is corrupted. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** Stays on in production. The sentence says what must hold. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new BrokenInvariant(sentence);
}
