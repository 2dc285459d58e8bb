/**
 * Requests on one item that come while another is under way wait for it and leave together: an update
 * is billed whether it says one thing or ten, and an invocation handles several batons side by side.
 * A lone request leaves at once: gathering costs nobody a timer.
 */

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** `request` answers in the order it is asked, all at once or with one error for all. */
export function gathering<Asked, Answer>(
  atOnceMax: number,
  request: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (item: string, asked: Asked) => Promise<Answer> {
  const lines = new Map<string, Waiting<Asked, Answer>[]>();

  const pump = async (item: string, line: Waiting<Asked, Answer>[]): Promise<void> => {
    while (line.length > 0) {
      const some = line.splice(0, atOnceMax);
      try {
        const answers = await request(some.map(({ asked }) => asked));
        for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer);
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    lines.delete(item);
  };

  return async (item, asked) =>
    new Promise((resolve, reject) => {
      const line = lines.get(item) ?? [];
      line.push({ asked, resolve, reject });
      if (lines.has(item)) return;
      lines.set(item, line);
      void pump(item, line);
    });
}
