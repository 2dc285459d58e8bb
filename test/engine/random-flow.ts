/** Random flows over everything the engine walks. */
import type { Fan, Flow, Task } from '../../src/engine/flow.ts';
import type { EndState } from '../../src/engine/states.ts';
import { flowOf, graph, loop, parallel, rounds, sequence, task } from './flows.ts';

export function randomFlow(next: () => number): Flow {
  let count = 0;
  const id = (): string => `t${count++}`;
  const chance = (share: number): boolean => next() < share;
  const upTo = (max: number): number => Math.floor(next() * (max + 1));

  const extra = (): Partial<Task> => ({
    ...(chance(0.15) && { allowFailure: true }),
    ...(chance(0.1) && { allowWarning: true }),
    ...(chance(0.2) && {
      retry: { type: 'constant', intervalMs: 1, maxAttempts: 1 + upTo(2) } as const,
    }),
  });
  const list = (depth: number, max: number): Task[] =>
    Array.from({ length: upTo(max) }, () => any(depth));
  const handlers = (depth: number) => ({
    ...extra(),
    ...(chance(0.25) && { errors: list(depth - 1, 2) }),
    ...(chance(0.25) && { finally: list(depth - 1, 2) }),
  });
  const values = (): string[] => Array.from({ length: upTo(5) }, (_, index) => `v${index}`);

  function any(depth: number): Task {
    const kind = depth <= 0 ? 0 : next();
    if (kind < 0.45) return task(id(), extra());
    if (kind < 0.6) return sequence(id(), list(depth - 1, 3), handlers(depth));
    if (kind < 0.8)
      return parallel(id(), list(depth - 1, 4), { ...handlers(depth), limit: upTo(3) });
    if (kind < 0.87) {
      const tasks = list(depth - 1, 5);
      const nodes = tasks.map((node, index): [Task, ...string[]] => [
        node,
        ...tasks.slice(0, index).flatMap(({ id: other }) => (chance(0.4) ? [other] : [])),
      ]);
      return graph(id(), nodes, handlers(depth));
    }
    if (kind < 0.92) return rounds(id(), list(depth - 1, 3), handlers(depth));
    const opened = chance(0.5) ? values() : undefined;
    return loop(id(), opened, list(depth - 1, 2), {
      ...handlers(depth),
      ...(chance(0.3) && { asks: true }),
      limit: upTo(3),
      sideBySide: chance(0.3),
    });
  }

  return flowOf([any(3), ...list(3, 3)], {
    ...(chance(0.3) && { errors: list(2, 2) }),
    ...(chance(0.3) && { finally: list(2, 2) }),
    ...(chance(0.3) && { afterExecution: list(2, 2) }),
    ...(chance(0.1) && { retry: { type: 'constant', intervalMs: 1, maxAttempts: 2 } as const }),
  });
}

/** How a flowable without a static fan opens at a path. */
export function randomFan(task: Task, draw: number): Fan {
  if (task.type === 'rounds') return { type: 'sequence', branch: 'tasks', round: 0 };
  const length = Math.floor(draw * 6);
  const values = Array.from({ length }, (_, index) => `w${index}`);
  const sideBySide = Math.floor(draw * 1000) % 3 === 0;
  return { type: 'values', branch: 'tasks', limit: Math.floor(draw * 40) % 4, values, sideBySide };
}

/** What a flowable says that is asked when its members have ended. */
export function randomAnswer(
  task: Task,
  round: number,
  outcome: EndState,
  draw: number,
): EndState | 'again' {
  const isBad = outcome !== 'SUCCESS' && outcome !== 'WARNING';
  if (task.type === 'rounds' && !isBad && round < 3 && draw < 0.5) return 'again';
  if (draw > 0.9) return 'FAILED';
  return isBad && draw > 0.7 ? 'SUCCESS' : outcome;
}
