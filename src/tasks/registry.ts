/**
 * All task types, sorted, each with the way to load it. Importing this loads none of them: a step
 * loads the one task it runs, and a bundler makes a chunk of each.
 */
import { canonicalType } from './aliases.ts';
import type { TaskDefinition } from './define.ts';

type Loader = () => Promise<{ readonly default: unknown }>;

const loaders: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ['io.kestra.plugin.aws.dynamodb.GetItem', () => import('./aws/dynamodb-get-item.ts')],
  ['io.kestra.plugin.aws.lambda.Invoke', () => import('./aws/lambda-invoke.ts')],
  ['io.kestra.plugin.core.debug.Echo', () => import('./core/echo.ts')],
  ['io.kestra.plugin.core.debug.Return', () => import('./core/return.ts')],
  ['io.kestra.plugin.core.execution.Assert', () => import('./core/assert.ts')],
  ['io.kestra.plugin.core.execution.Count', () => import('./core/count.ts')],
  ['io.kestra.plugin.core.execution.Exit', () => import('./core/exit.ts')],
  ['io.kestra.plugin.core.execution.Fail', () => import('./core/fail.ts')],
  ['io.kestra.plugin.core.execution.Labels', () => import('./core/labels.ts')],
  ['io.kestra.plugin.core.execution.Resume', () => import('./core/resume.ts')],
  ['io.kestra.plugin.core.execution.SetVariables', () => import('./core/set-variables.ts')],
  ['io.kestra.plugin.core.execution.UnsetVariables', () => import('./core/unset-variables.ts')],
  ['io.kestra.plugin.core.flow.AllowFailure', () => import('./core/allow-failure.ts')],
  ['io.kestra.plugin.core.flow.Dag', () => import('./core/dag.ts')],
  ['io.kestra.plugin.core.flow.EachParallel', () => import('./core/each-parallel.ts')],
  ['io.kestra.plugin.core.flow.EachSequential', () => import('./core/each-sequential.ts')],
  ['io.kestra.plugin.core.flow.ForEach', () => import('./core/for-each.ts')],
  ['io.kestra.plugin.core.flow.ForEachItem', () => import('./core/for-each-item.ts')],
  ['io.kestra.plugin.core.flow.If', () => import('./core/if.ts')],
  ['io.kestra.plugin.core.flow.Loop', () => import('./core/loop.ts')],
  ['io.kestra.plugin.core.flow.LoopUntil', () => import('./core/loop-until.ts')],
  ['io.kestra.plugin.core.flow.Parallel', () => import('./core/parallel.ts')],
  ['io.kestra.plugin.core.flow.Pause', () => import('./core/pause.ts')],
  ['io.kestra.plugin.core.flow.Sequential', () => import('./core/sequential.ts')],
  ['io.kestra.plugin.core.flow.Sleep', () => import('./core/sleep.ts')],
  ['io.kestra.plugin.core.flow.Subflow', () => import('./core/subflow.ts')],
  ['io.kestra.plugin.core.flow.Switch', () => import('./core/switch.ts')],
  ['io.kestra.plugin.core.flow.Template', () => import('./core/template.ts')],
  ['io.kestra.plugin.core.flow.WaitFor', () => import('./core/wait-for.ts')],
  ['io.kestra.plugin.core.flow.WorkingDirectory', () => import('./core/working-directory.ts')],
  ['io.kestra.plugin.core.http.Download', () => import('./http/download.ts')],
  ['io.kestra.plugin.core.http.Request', () => import('./http/request.ts')],
  ['io.kestra.plugin.core.kv.Delete', () => import('./core/kv-delete.ts')],
  ['io.kestra.plugin.core.kv.Get', () => import('./core/kv-get.ts')],
  ['io.kestra.plugin.core.kv.GetKeys', () => import('./core/kv-get-keys.ts')],
  ['io.kestra.plugin.core.kv.PurgeKV', () => import('./core/kv-purge.ts')],
  ['io.kestra.plugin.core.kv.Put', () => import('./core/kv-put.ts')],
  ['io.kestra.plugin.core.kv.Set', () => import('./core/kv-set.ts')],
  ['io.kestra.plugin.core.log.Fetch', () => import('./core/log-fetch.ts')],
  ['io.kestra.plugin.core.log.Log', () => import('./core/log.ts')],
  ['io.kestra.plugin.core.namespace.DeleteFiles', () => import('./core/delete-files.ts')],
  ['io.kestra.plugin.core.namespace.DownloadFiles', () => import('./core/download-files.ts')],
  ['io.kestra.plugin.core.namespace.UploadFiles', () => import('./core/upload-files.ts')],
  ['io.kestra.plugin.core.output.OutputValues', () => import('./core/output-values.ts')],
  ['io.kestra.plugin.core.state.Delete', () => import('./core/state-delete.ts')],
  ['io.kestra.plugin.core.state.Get', () => import('./core/state-get.ts')],
  ['io.kestra.plugin.core.state.Set', () => import('./core/state-set.ts')],
  ['io.kestra.plugin.core.storage.Concat', () => import('./core/concat.ts')],
  ['io.kestra.plugin.core.storage.DeduplicateItems', () => import('./core/deduplicate-items.ts')],
  ['io.kestra.plugin.core.storage.Delete', () => import('./core/delete-file.ts')],
  ['io.kestra.plugin.core.storage.FilterItems', () => import('./core/filter-items.ts')],
  ['io.kestra.plugin.core.storage.LocalFiles', () => import('./core/local-files.ts')],
  ['io.kestra.plugin.core.storage.Reverse', () => import('./core/reverse.ts')],
  ['io.kestra.plugin.core.storage.Size', () => import('./core/size.ts')],
  ['io.kestra.plugin.core.storage.Split', () => import('./core/split.ts')],
  ['io.kestra.plugin.core.storage.Write', () => import('./core/write.ts')],
  ['io.kestra.plugin.core.templating.TemplatedTask', () => import('./core/templated-task.ts')],
]);

/** What other tasks are made of: the compiler names them, a flow cannot. */
const parts: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  [
    'io.kestra.plugin.core.flow.ForEachItem$ForEachItemExecutable',
    () => import('./core/for-each-item-items.ts'),
  ],
  [
    'io.kestra.plugin.core.flow.ForEachItem$ForEachItemMergeOutputs',
    () => import('./core/for-each-item-merge.ts'),
  ],
  [
    'io.kestra.plugin.core.flow.ForEachItem$ForEachItemSplit',
    () => import('./core/for-each-item-split.ts'),
  ],
  ['io.kestra.plugin.core.flow.ForEachItem$Item', () => import('./core/for-each-item-item.ts')],
  ['io.kestra.plugin.core.flow.Listener', () => import('./core/listener.ts')],
]);

/** Canonical names of all task types, sorted. */
export const taskTypes: readonly string[] = [...loaders.keys()];

export function isTaskType(type: string): boolean {
  return loaders.has(canonicalType(type));
}

/** Asking the module loader takes longer than many a task does. */
const found = new Map<string, TaskDefinition>();

/** Loads the definition of a type, given by its name of today or an older one. */
export async function findTask(type: string): Promise<TaskDefinition | undefined> {
  const known = found.get(type);
  if (known) return known;
  const load = loaders.get(canonicalType(type)) ?? parts.get(type);
  if (load === undefined) return undefined;
  const module = await load();
  // Definitions differ in the type of their properties; the map is where that difference ends.
  const definition = module.default as TaskDefinition;
  found.set(type, definition);
  return definition;
}
