/** Cases that fail and may: each with the reason. Anything else that fails fails the run. */
export const knownFailures: ReadonlyMap<string, string> = new Map<string, string>([
  [
    'inputs-flow',
    "A stored file's address is its store's own; the reference spells out flow, input and file name.",
  ],
  ['task-timeout', 'A time-out is logged once; the reference logs it as attempt and as task.'],
]);
