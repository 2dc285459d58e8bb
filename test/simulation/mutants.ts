/**
 * Mistakes that the simulation must find: each is put into a copy of the sources, and a bounded
 * number of seeds has to break. `npm run simulate:mutants`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { firstWideSeed } from './seed.ts';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly is: string;
  readonly becomes: string;
}

const root = resolve(import.meta.dirname, '../..');
/** Small flows with a mishap at every call. */
const small = ['--small', '--seconds', '180'];
const seeds = ['--quick', '--rounds', '8', '--seconds', '60'];
const seedsMax = 3_000;
/** Over the whole language first. */
const starts = [firstWideSeed, 1];
const hangsAfterMs = 240_000;

const mutants: readonly Mutant[] = [
  {
    name: 'the condition of a slot is dropped (B1)',
    file: 'src/adapters/simulated/store.ts',
    is: 'if (standing && !isLater(slot, standing))',
    becomes: 'if (standing && slot.epoch < standing.epoch)',
  },
  {
    name: 'whoever loses goes on beside whoever won (B3)',
    file: 'src/runtime/step.ts',
    is: 'if (receives > 1 || !isOfAnother(committed, baton)) {',
    becomes: 'if (receives > 0 || !isOfAnother(committed, baton)) {',
  },
  {
    name: 'nobody takes over what a restart has kept (B3)',
    file: 'src/runtime/step.ts',
    is: 'if (found.epoch >= baton.epoch || !isEnd(found.state) || found.fan !== undefined) {',
    becomes: 'if (found.epoch >= 0) {',
  },
  {
    name: 'a request does not know its own change again (B4)',
    file: 'src/runtime/changes.ts',
    is: 'if (before && seen.writer === writer)',
    becomes: 'if (before && seen.writer === before.writer)',
  },
  {
    name: 'a step does not know its own record again (B4)',
    file: 'src/runtime/commit.ts',
    is: 'committed.won || committed.slot.writer === slot.writer',
    becomes: 'committed.won',
  },
  {
    name: 'an end is not final',
    file: 'src/adapters/simulated/store.ts',
    is: ' && !isEnd(b.state)',
    becomes: '',
  },
  {
    name: 'a halt takes from a task run what it has come to meanwhile (B6)',
    file: 'src/adapters/simulated/store.ts',
    is: 'if (standing?.epoch !== seen?.epoch || standing?.turn !== seen?.turn) return false;',
    becomes: 'if (standing && standing.epoch >= slot.epoch) return false;',
  },
  {
    name: 'a place knows nothing of what others have come to',
    file: 'src/engine/replay.ts',
    is: 'const isWarned = this.#warned.has(at.path);',
    becomes: 'const isWarned = false;',
  },
  {
    name: 'an execution ends in any epoch, any number of times',
    file: 'src/adapters/simulated/store.ts',
    is: 'if (standing?.epoch !== epoch || standing.endedAt !== undefined) return undefined;',
    becomes: 'if (standing === undefined) return undefined;',
  },
  {
    name: 'what was deleted is begun anew by who comes late',
    file: 'src/adapters/simulated/store.ts',
    is: ' || deleted.has(id)',
    becomes: '',
  },
  {
    name: 'a message is deleted before its successors are sent (B2)',
    file: 'src/runtime/perform.ts',
    is: 'await runtime.queue.send(messages);',
    becomes: 'void runtime.queue.send(messages).catch(() => undefined);',
  },
  {
    name: 'a loser of the write sends nothing (B3)',
    file: 'src/runtime/proceed.ts',
    is: 'if (slot.epoch > baton.epoch) return;',
    becomes: 'if (slot.epoch > baton.epoch || !won) return;',
  },
  {
    name: 'proceed ignores the epoch (B6)',
    file: 'src/runtime/proceed.ts',
    is: 'if (slot.epoch > baton.epoch) return;',
    becomes: '',
  },
  {
    name: 'joins count instead of adding to a set (B5)',
    file: 'src/adapters/simulated/fans.ts',
    is: 'joins.set(key, set.add(member));',
    becomes: "joins.set(key, set.add(`${set.size}=${member.split('=')[1]}`));",
  },
  {
    name: 'a join goes on one member too early',
    file: 'src/engine/join.ts',
    is: 'return states.size < size ?',
    becomes: 'return states.size < Math.max(1, size - 1) ?',
  },
  {
    name: 'a repeated claim gets another member',
    file: 'src/adapters/simulated/fans.ts',
    is: 'if (last?.after === after) return last.member;',
    becomes: '',
  },
  {
    name: 'a kept slot is not looked at after a restart',
    file: 'src/runtime/step.ts',
    is: ' || baton.epoch > 1 || baton.turn > 1',
    becomes: ' || baton.turn > 1',
  },
  {
    name: 'recovery sends nothing (B4)',
    file: 'src/runtime/recover.ts',
    is: 'await advance(runtime, { flow, effects: frontier });',
    becomes: '',
  },
  {
    name: 'recovery does not look at children',
    file: 'src/runtime/recover.ts',
    is: 'await wakeFromChildren(runtime, flow, waiting);',
    becomes: '',
  },
  {
    name: 'recovery does not let go what a pause has held',
    file: 'src/runtime/recover.ts',
    is: 'await releaseHeld(runtime, flow, execution, waiting);',
    becomes: 'void releaseHeld;',
  },
  {
    name: 'recovery does not know who holds which place',
    file: 'src/runtime/recover.ts',
    is: '{ records, places: (path: Path) => places.get(path) }',
    becomes: '{ records }',
  },
  {
    name: 'a place is never given back',
    file: 'src/runtime/places.ts',
    is: 'await runtime.store.leaveFlowSet(placesOf(flow), placesUpTo(ended));\n  await promote',
    becomes: 'await promote',
  },
  {
    name: 'a halt begins no epoch of its own',
    file: 'src/runtime/halt.ts',
    is: 'epoch: seen.epoch + 1,\n      halting',
    becomes: 'halting',
  },
  {
    name: 'nobody repairs what follows a halt',
    file: 'src/runtime/halt.ts',
    is: 'const also = { dueAt: endedAt + limits.sweepAfterMs };',
    becomes: 'const also = {};',
  },
  {
    name: 'a trigger has no key',
    file: 'src/runtime/flow-trigger.ts',
    is: 'key: keyOf(trigger, upstream)',
    becomes: 'key: String(runtime.random.next())',
  },
  {
    name: 'a called flow has another id each time',
    file: 'src/runtime/chain.ts',
    is: '`${path}#${epoch}.${attempt}`',
    becomes: '`${path}#${epoch}.${attempt}.${Math.random()}`',
  },
  {
    name: 'a retry calls the same execution again',
    file: 'src/runtime/chain.ts',
    is: '`${path}#${epoch}.${attempt}`',
    becomes: '`${path}#${epoch}`',
  },
  {
    name: 'a loop forgets its round',
    file: 'src/engine/decide.ts',
    is: "lastFrame(at).member?.each === 'round' ? memberOf(at).index : 0",
    becomes: '0',
  },
  {
    name: 'a failed port fails the task',
    file: 'src/runtime/failure.ts',
    is: ' || isPortFailure(error)',
    becomes: '',
  },
  {
    name: 'a woken parent takes a turn of its own',
    file: 'src/runtime/step.ts',
    is: 'if (standing) return { won: false, slot: standing };',
    becomes: '',
  },
  {
    name: 'a replay takes no place',
    file: 'src/runtime/fork.ts',
    is: "...(needsAdmission(flow) && { state: 'CREATED' }),",
    becomes: "state: 'RUNNING',",
  },
  {
    name: 'the latest revision is run, not the pinned one (B8)',
    file: 'src/runtime/flow-cache.ts',
    is: 'readFlow(key.namespace, key.id, key.revision)',
    becomes: 'readFlow(key.namespace, key.id)',
  },
  {
    name: 'an Exit after the end ends once more',
    file: 'src/engine/settle.ts',
    is: 'return isAfterEnd(place) ? undefined : exits;',
    becomes: 'return exits;',
  },
  {
    name: 'a throttled read makes an assertion hold',
    file: 'src/runtime/sla.ts',
    is: 'failureOf(error).message',
    becomes: 'String(error)',
  },
  {
    name: 'a RETRIED execution is restarted',
    file: 'src/runtime/restart.ts',
    is: " && state !== 'RETRIED'",
    becomes: '',
  },
  {
    name: 'a retry of a whole flow leaves no date',
    file: 'src/runtime/end.ts',
    is: "done.state === 'RETRIED' ||",
    becomes: '',
  },
  {
    name: 'an end that others listen to leaves no date',
    file: 'src/runtime/end.ts',
    is: '(await isHeard(runtime, flow, done.state))',
    becomes: 'false',
  },
  {
    name: 'a restart forgets what has not followed the end yet',
    file: 'src/runtime/restart.ts',
    is: 'if (before?.endedAt !== undefined && before.dueAt !== undefined)',
    becomes: 'if (before === undefined)',
  },
  {
    name: 'it stops at breakpoints after the end',
    file: 'src/runtime/hold-back.ts',
    is: 'if (isAfterEnd(place)) return false;',
    becomes: '',
  },
  {
    name: 'a place that was taken for one that waits is not found',
    file: 'src/runtime/places.ts',
    is: 'if (holders.includes(placeOf(execution)))',
    becomes: 'if (holders.length < 0)',
  },
  {
    name: 'a place has no epoch',
    file: 'src/runtime/places.ts',
    is: 'return epoch === 1 ? id : `${id}#${epoch}`;',
    becomes: 'return epoch < 0 ? `${id}#${epoch}` : id;',
  },
  {
    name: 'a loop that failed before a restart stays so',
    file: 'src/runtime/proceed.ts',
    is: 'return slot.epoch < epoch && asked',
    becomes: 'return slot.epoch < 0 && asked',
  },
  {
    name: 'a resumed member goes on in any place',
    file: 'src/runtime/resume.ts',
    is: 'const known = { records, places: (path: Path) => places.get(path) };',
    becomes: 'const known = { records: places.size < 0 ? new Map() : records };',
  },
  {
    name: 'an exit that was kept ends nothing',
    file: 'src/runtime/recover.ts',
    is: 'if (exits)',
    becomes: 'if (exits && execution.epoch === 1)',
  },
  {
    name: 'CANCEL is ignored',
    file: 'src/runtime/admit.ts',
    is: "behavior === 'FAIL' ? 'FAILED' : 'CANCELLED'",
    becomes: "behavior === 'FAIL' ? 'FAILED' : 'FAILED'",
  },
  {
    name: 'who is refused takes a place',
    file: 'src/adapters/simulated/places.ts',
    is: 'if (members.size >= max) return false;',
    becomes: 'if (members.size >= max) { members.add(member); return false; }',
  },
  {
    name: 'a time-out is ignored',
    file: 'src/runtime/attempt.ts',
    is: 'if (runtime.clock.now() >= startedAt + declaredMs)',
    becomes: 'if (runtime.clock.now() < startedAt)',
  },
  {
    name: 'the cache is never hit',
    file: 'src/runtime/task-cache.ts',
    is: 'if (kept === undefined) return undefined;',
    becomes: 'if (kept !== null) return undefined;',
  },
  {
    name: 'a retry of a whole flow is made twice',
    file: 'src/runtime/chain.ts',
    is: 'derivedId(id, `retry:${epoch}`)',
    becomes: 'derivedId(id, `retry:${epoch}:${Math.random()}`)',
  },
  {
    name: 'what is to run once is run again',
    file: 'src/runtime/run-once.ts',
    is: "return { type: 'lost', baton, outcome: { type: 'failure', failure } };",
    becomes: "return { type: 'run', baton };",
  },
  {
    name: 'a pause of the whole execution holds nothing',
    file: 'src/runtime/hold-back.ts',
    is: '(await isPaused(runtime, baton))',
    becomes: '(await isPaused(runtime, baton)) && baton.turn < 0',
  },
  {
    name: 'labels get lost',
    file: 'src/tasks/core/labels.ts',
    is: 'await context.changes.labels(labelsOf(labels));',
    becomes: 'void context.changes.labels(labelsOf(labels)).catch(() => undefined);',
  },
  {
    name: 'who calls it hears of a failure that it does not mind',
    file: 'src/tasks/core/subflow-call.ts',
    is: 'if (call.transmitFailed === false) return { outputs };',
    becomes: '',
  },
  {
    name: 'values that were dropped are not read (B7)',
    file: 'src/runtime/records.ts',
    is: '(await this.#runtime.store.readSlot(this.#execution, path)) ?? null',
    becomes: 'null',
  },
];

/** What a run says that breaks; undefined: all is well. */
function brokenIn(folder: string, args: readonly string[]): string | undefined {
  const script = join(folder, 'test/simulation/main.ts');
  const options = { encoding: 'utf8', timeout: hangsAfterMs } as const;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [script, ...args],
    options,
  );
  if (signal !== null) return 'it never ends';
  if (status === 0) return undefined;
  // Where nothing was tried nothing was found.
  if (stdout === '') throw new Error(stderr);
  return stdout.split('\n')[0];
}

/** By small flows, or by seeds that are all well with the sources as they are. */
function foundIn(folder: string): string | undefined {
  const said = brokenIn(folder, small);
  if (said !== undefined && isSoundSmall()) return said;
  for (const first of starts) {
    const end = first + seedsMax;
    for (let start = first; start < end; ) {
      const count = String(end - start);
      const broken = brokenIn(folder, [...seeds, '--start', String(start), '--seeds', count]);
      const { 1: seed, 2: round } = /^(\d+)\.(\d+): /.exec(broken ?? '') ?? [];
      if (seed === undefined || isSound(seed, Number(round))) {
        if (broken !== undefined) return broken;
        break;
      }
      start = Number(seed) + 1;
    }
  }
  return undefined;
}

function isSound(seed: string, round: number): boolean {
  const rounds = String(round + 1);
  const args = ['--quick', '--start', seed, '--seeds', '1', '--rounds', rounds];
  return brokenIn(root, args) === undefined;
}

let soundSmall: boolean | undefined;

function isSoundSmall(): boolean {
  soundSmall ??= brokenIn(root, small) === undefined;
  return soundSmall;
}

/** Whether it was found, and what was said. */
function isFound({ file, is, becomes }: Mutant): readonly [boolean, string] {
  const copy = mkdtempSync(join(tmpdir(), 'mutant-'));
  try {
    for (const part of ['src', 'test/simulation', 'package.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const source = readFileSync(join(copy, file), 'utf8');
    if (!source.includes(is)) return [false, `${file} does not have it any more: ${is}`];
    writeFileSync(
      join(copy, file),
      source.replace(is, () => becomes),
    );
    const said = foundIn(copy);
    return [said !== undefined, said ?? ''];
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const only = process.argv.slice(2);
let missed = 0;
for (const mutant of mutants) {
  if (only.length > 0 && !only.some((part) => mutant.name.includes(part))) continue;
  const [found, said] = isFound(mutant);
  if (!found) missed += 1;
  console.log(`${found ? 'found ' : 'MISSED'} ${mutant.name}\n         ${said.slice(0, 160)}`);
}
process.exitCode = missed === 0 ? 0 : 1;
