/**
 * Mistakes that the simulation must find: each is put into a copy of the sources, and a bounded
 * number of seeds has to break. `npm run simulate:mutants`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly is: string;
  readonly becomes: string;
}

const root = resolve(import.meta.dirname, '../..');
const seedsMax = '3000';
const secondsMax = '60';
const hangsAfterMs = 100_000;

const mutants: readonly Mutant[] = [
  {
    name: 'the condition of a slot is dropped (B1)',
    file: 'src/adapters/simulated/store.ts',
    is: 'if (standing && !isLater(slot, standing))',
    becomes: 'if (standing && slot.epoch < standing.epoch)',
  },
  {
    name: 'an end is not final',
    file: 'src/adapters/simulated/store.ts',
    is: ' && !isEnd(b.state)',
    becomes: '',
  },
  {
    name: 'an execution ends in any epoch, any number of times',
    file: 'src/adapters/simulated/store.ts',
    is: 'if (standing?.epoch !== epoch || standing.endedAt !== undefined) return undefined;',
    becomes: 'if (standing === undefined) return undefined;',
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
    is: '(baton.epoch > 1 && baton.turn === 1)',
    becomes: 'false',
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
    is: 'await wakeFromChildren(runtime, waiting);',
    becomes: '',
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
    file: 'src/runtime/subflows.ts',
    is: '${baton.path}#${baton.epoch}.${baton.attempt}`',
    becomes: '${baton.path}#${runtime.random.next()}`',
  },
  {
    name: 'a retry calls the same execution again',
    file: 'src/runtime/subflows.ts',
    is: '#${baton.epoch}.${baton.attempt}`',
    becomes: '#${baton.epoch}`',
  },
  {
    name: 'a loop forgets its round',
    file: 'src/engine/decide.ts',
    is: "fan?.type === 'sequence' ? fan.round : ",
    becomes: '',
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
    becomes: '',
  },
  {
    name: 'the latest revision is run, not the pinned one (B8)',
    file: 'src/runtime/flow-cache.ts',
    is: 'readFlow(key.namespace, key.id, key.revision)',
    becomes: 'readFlow(key.namespace, key.id)',
  },
  {
    name: 'values that were dropped are not read (B7)',
    file: 'src/runtime/records.ts',
    is: '(await this.#runtime.store.readSlot(this.#execution, path)) ?? null',
    becomes: 'null',
  },
];

/** Whether the seeds found it, and what they said. */
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
    const script = join(copy, 'test/simulation/main.ts');
    const args = [script, '--quick', '--rounds', '8', '--seeds', seedsMax, '--seconds', secondsMax];
    const options = { encoding: 'utf8', timeout: hangsAfterMs } as const;
    const { status, signal, stdout } = spawnSync(process.execPath, args, options);
    if (signal !== null) return [true, 'it never ends'];
    return [status === 1, stdout.split('\n')[0] ?? ''];
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
