/**
 * Running tasks round after round until a condition is true: what LoopUntil and WaitFor, its 1.x
 * self, share. They differ in how often and how long they look when nothing is said.
 */
import type { Answer, Asked, ExpressionWrapper, Opened, Opening, Z } from '../define.ts';

export interface RoundDefaults {
  readonly intervalMs: number;
  readonly maxIterations?: number;
  readonly maxDurationMs?: number;
}

/** Properties of both, as schemas. */
export const roundProperties = (z: Z, expression: ExpressionWrapper) => ({
  condition: z.string().describe('An expression; the loop ends when it is true.'),
  failOnMaxReached: expression(z.boolean())
    .default(false)
    .describe('Whether it fails when it ends for another reason than the condition.'),
  checkFrequency: z
    .object({
      interval: expression(z.iso.duration()).optional().describe('Between two rounds.'),
      maxIterations: expression(z.int().min(1))
        .optional()
        .describe('It ends with the first round beyond so many, as in Kestra.'),
      maxDuration: expression(z.iso.duration())
        .optional()
        .describe('From its start; no round begins later.'),
    })
    .optional()
    .describe('How often the tasks run, and how long.'),
});

export const roundOutputs = (z: Z) => ({
  iterationCount: z.int().describe('How many rounds there were.'),
});

/** Durations are milliseconds here. */
interface Rounds {
  readonly condition: string;
  readonly failOnMaxReached: boolean;
  readonly checkFrequency?:
    | {
        readonly interval?: unknown;
        readonly maxIterations?: unknown;
        readonly maxDuration?: unknown;
      }
    | undefined;
}

interface Outputs {
  readonly iterationCount: number;
}

export function openRound({ round }: Opening): Opened<Outputs> {
  return { fan: { type: 'sequence', branch: 'tasks', round }, outputs: { iterationCount: round } };
}

export async function nextRound(
  { condition, failOnMaxReached, checkFrequency = {} }: Rounds,
  asked: Asked,
  defaults: RoundDefaults,
): Promise<Answer<Outputs>> {
  const { outcome } = asked;
  const outputs = { iterationCount: asked.round + 1 };
  const isBad = outcome !== 'SUCCESS' && outcome !== 'WARNING';
  if (isBad || (await asked.isTrue(condition))) return { type: 'done', outcome, outputs };
  const maxIterations = checkFrequency.maxIterations ?? defaults.maxIterations ?? Infinity;
  const maxDurationMs = checkFrequency.maxDuration ?? defaults.maxDurationMs ?? Infinity;
  // As recorded: one round more than the number says.
  const isReached =
    outputs.iterationCount > Number(maxIterations) ||
    asked.now() - asked.startedAt >= Number(maxDurationMs);
  if (!isReached) {
    const afterMs = Number(checkFrequency.interval ?? defaults.intervalMs);
    return { type: 'again', afterMs, outputs };
  }
  if (!failOnMaxReached) return { type: 'done', outcome, outputs };
  const message = `The condition was not true after ${outputs.iterationCount} rounds`;
  return { type: 'done', outcome: 'FAILED', outputs, failure: { code: 'max-reached', message } };
}
