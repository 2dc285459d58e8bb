import { flowsOf } from './seed.ts';
import { shrink } from './shrink.ts';
import { World } from './world.ts';
import { run } from './run.ts';
const seed = Number(process.argv[2]);
const flows = process.argv[3] ? await shrink(seed, flowsOf(seed)) : flowsOf(seed);
let world: World | undefined;
const original = World.prototype.calm;
World.prototype.calm = function () {
  world = this;
  original.call(this);
};
const events: string[] = [];
await run({ seed, flows, isTraced: true, events }).catch((e: Error) => console.log(e.message));
console.log(flows.map((f) => JSON.stringify(f)).join('\n'));
for (const line of events.filter((l) => !l.includes('sweep')).slice(0, 110)) console.log(line);
for (const e of world?.store.tables.executions.values() ?? [])
  if (e.dueAt !== undefined) {
    console.log(JSON.stringify(e));
    for (const s of world?.store.tables.slots.get(e.id)?.values() ?? [])
      console.log(
        '  ',
        s.path,
        s.epoch,
        s.turn,
        s.state,
        s.resumeAt ?? '',
        JSON.stringify(s.fan) ?? '',
      );
  }
process.exit(0);
