/**
 * Requests on one item that come while another is under way wait for it and leave together: an update
 * is billed whether it says one thing or ten, and an invocation handles several batons side by side.
 * A lone request leaves at once: gathering costs nobody a timer.
 */
import type { Key } from './table.ts';

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** `request` answers in the order it is asked, all at once or with one error for all. */
export function gathering<Asked, Answer>(
  atOnceMax: number,
  request: (key: Key, asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (key: Key, asked: Asked) => Promise<Answer> {
  const lines = new Map<string, Waiting<Asked, Answer>[]>();

  const pump = async (key: Key, line: Waiting<Asked, Answer>[]): Promise<void> => {
    while (line.length > 0) {
      const some = line.splice(0, atOnceMax);
      try {
        const answers = await request(
          key,
          some.map(({ asked }) => asked),
        );
        for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer);
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    lines.delete(nameOf(key));
  };

  return async (key, asked) =>
    new Promise((resolve, reject) => {
      const name = nameOf(key);
      const line = lines.get(name) ?? [];
      line.push({ asked, resolve, reject });
      if (lines.has(name)) return;
      lines.set(name, line);
      void pump(key, line);
    });
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
