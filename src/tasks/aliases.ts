/**
 * Old type names, by rule rather than by list: flows written for any 0.x or 1.x release keep
 * running. `io.kestra.core.tasks.debugs.Return` is `io.kestra.plugin.core.debug.Return` today.
 */
const groups: ReadonlyMap<string, string> = new Map([
  ['debugs', 'debug'],
  ['executions', 'execution'],
  ['flows', 'flow'],
  ['logs', 'log'],
  ['outputs', 'output'],
  ['states', 'state'],
  ['storages', 'storage'],
  ['triggers', 'trigger'],
]);

/** Single classes that were renamed when they moved. */
const classes: ReadonlyMap<string, string> = new Map([
  ['io.kestra.plugin.core.execution.Counts', 'io.kestra.plugin.core.execution.Count'],
  ['io.kestra.plugin.core.flow.Flow', 'io.kestra.plugin.core.flow.Subflow'],
  ['io.kestra.plugin.core.flow.Worker', 'io.kestra.plugin.core.flow.WorkingDirectory'],
]);

const oldTask = /^io\.kestra\.core\.tasks\.([a-z]+)\.([A-Za-z]+)$/;
const oldHttp = /^io\.kestra\.plugin\.fs\.http\.([A-Za-z]+)$/;

/** The name in use today, which may or may not be a known type. */
export function canonicalType(type: string): string {
  const [, group = '', task = ''] = oldTask.exec(type) ?? [];
  const [, http] = oldHttp.exec(type) ?? [];
  if (group !== '') {
    const moved = `io.kestra.plugin.core.${groups.get(group) ?? group}.${task}`;
    return classes.get(moved) ?? moved;
  }
  return http === undefined ? type : `io.kestra.plugin.core.http.${http}`;
}
