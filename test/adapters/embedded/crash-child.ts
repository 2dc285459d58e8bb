/**
 * One life of a process that works on a store: `node crash-child.ts DIRECTORY LIFE [finish]`.
 *
 * Each execution is a list of tasks, the third of which is a fan of three that join. A task writes
 * its slot, logs that it won, adds to the join where there is one, and sends what follows: by hand,
 * what the engine does. Some attempts fail first. Every step is told on standard output, which is
 * how the parent finds a moment to kill. With `finish` it works until nothing is left.
 */
import { writeSync } from 'node:fs';
import type { WakingClock } from '../../../src/adapters/embedded/clock.ts';
import { openEmbedded } from '../../../src/adapters/embedded/open.ts';
import { seededRandom } from '../../../src/adapters/simulated/random.ts';
import { aLogEntry, anExecution, aSlot } from '../../contract/fixtures.ts';

const [directory = '', life = '', finish] = process.argv.slice(2);
const random = seededRandom(Number(life));
const tell = (line: string) => writeSync(1, `${line}\n`);

const lastTask = 5;
const fanTask = 2;
const members = ['0', '1', '2'];

/** A thousand times as fast: back-offs are milliseconds. */
const start = Date.now();
const clock: WakingClock = {
  now: () => start + (Date.now() - start) * 1000,
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, 60_000) / 1000);
    return () => clearTimeout(timer);
  },
};

interface Work {
  readonly id: string;
  readonly task: number;
  readonly member?: string;
}

tell('opening');
const { store, queue, blobs, logs, deliveries, close } = await openEmbedded({ directory, clock });
tell('open');

async function send(works: readonly Work[]): Promise<void> {
  const at = clock.now();
  await queue.send(
    works.map((work) => ({
      body: JSON.stringify(work),
      lane: random.chance(0.2) ? 'long' : 'fast',
      key: `${work.id}:${work.task}${work.member ?? ''}:1:1`,
      ...(random.chance(0.2) && { notBefore: at + random.below(3000) }),
    })),
  );
}

const log = (executionId: string, message: string) =>
  logs.write(aLogEntry({ executionId, message, timestamp: clock.now() }));

async function handle({ body }: { body: string }): Promise<void> {
  const { id, task, member } = JSON.parse(body) as Work;
  tell(`handling ${body}`);
  if (random.chance(0.1)) throw new Error('failed first');
  const path = member === undefined ? `task${task}` : `task${task}[${member}]`;
  const text = path.repeat(1 + random.below(200));
  const outputs = random.chance(0.1)
    ? { blob: await blobs.put(`${id}/${path}`, Buffer.from(path)), bytes: path.length }
    : JSON.stringify(text);
  const result = await store.commitSlot(id, aSlot({ path, outputs }));
  if (result.won) log(id, `won ${path}`);
  if (random.chance(0.05)) throw new Error('failed after the slot');
  if (member !== undefined) {
    const join = { path: `task${task}`, epoch: 1, shard: '0.0' };
    if ((await store.addToJoin(id, join, member)).length < members.length) return;
  }
  if (task + 1 === fanTask)
    await send(members.map((each) => ({ id, task: fanTask, member: each })));
  else if (task < lastTask) await send([{ id, task: task + 1 }]);
  else if (await store.endExecution(id, 1, { state: 'SUCCESS', endedAt: clock.now() })) {
    log(id, 'ended');
  }
}

async function accept(id: string): Promise<void> {
  await store.createExecution(anExecution({ id, createdAt: clock.now() }));
  await send([{ id, task: 0 }]);
  await store.settled();
  tell(`accepted ${id}`);
}

deliveries.start({
  concurrency: 8,
  handle,
  // Killed or failed five times in a row: what the sweep would do.
  dead: async ({ body }) => send([JSON.parse(body) as Work]),
});

if (finish === undefined) {
  for (let n = 0; ; n += 1) await accept(`life${life}-${n}`);
} else {
  await deliveries.idle();
  await close();
  tell('done');
}
