/** An engine that has run one execution and waits. */
import { withEngine } from '../engine.ts';
import { linear } from '../flows.ts';

await withEngine(async (engine) => {
  await engine.run(await engine.store(linear));
  process.stdout.write('open\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
