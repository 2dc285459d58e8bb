/**
 * Modules that are loaded when they are first needed: a first time takes turns of the event loop,
 * which later ones do not, so that a seed would mean something else in another company. All of them
 * are loaded before the first seed.
 */
import { readdirSync } from 'node:fs';
import * as libraries from '../../src/expression/libraries.ts';
import { settle } from '../../src/expression/pending.ts';
import { findTask, taskTypes } from '../../src/tasks/registry.ts';

const sources = new URL('../../src/', import.meta.url);
const isModule = /(?<!\.d)\.ts$/;
/** Begins to work when it is loaded. */
const isProgram = /worker\.ts$/;

for (const folder of ['expression', 'flow', 'runtime', 'triggers']) {
  for (const name of readdirSync(new URL(`${folder}/`, sources), {
    encoding: 'utf8',
    recursive: true,
  })) {
    if (!isModule.test(name) || isProgram.test(name)) continue;
    await import(new URL(`${folder}/${name}`, sources).href);
  }
}
for (const type of taskTypes.filter((name) => !/\.(aws|http)\./.test(name))) await findTask(type);
const part = 'io.kestra.plugin.core.flow.ForEachItem$ForEachItem';
for (const type of ['Executable', 'MergeOutputs', 'Split']) await findTask(`${part}${type}`);
await findTask('io.kestra.plugin.core.flow.ForEachItem$Item');
// What expressions load by themselves is asked for, so that it is known to be there.
for (const library of Object.values(libraries)) await settle(() => void library());
