/**
 * Does work and everything it leads to: the end of an execution may begin others (a retry of the
 * whole flow, one that waited for its place, one that a trigger starts), and those may end at once.
 */
import { close, reachEnd } from './end.ts';
import { perform, type Work } from './perform.ts';
import type { Runtime } from './runtime.ts';

export async function advance(runtime: Runtime, ...works: readonly Work[]): Promise<void> {
  const todo = [...works];
  for (let work = todo.shift(); work; work = todo.shift()) {
    for (const ending of await perform(runtime, work)) {
      const follows =
        ending.type === 'end'
          ? await reachEnd(runtime, work.flow, ending.at, ending.state)
          : await close(runtime, work.flow, ending.at);
      todo.push(...follows);
    }
  }
}
