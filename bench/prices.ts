/**
 * What others charge for the same work, by their published meters: us-east-1, US dollars, no free
 * tiers, as read in November 2026. The work of a task itself is left out, for them and for us; what
 * each needs to run it at all is in: one Lambda invocation of 20 ms at 256 MB on arm64.
 */
export interface Workload {
  readonly taskRuns: number;
  /** States besides: a Parallel, a Map. */
  readonly flowables: number;
  /** How many task runs go on side by side. */
  readonly branches: number;
  /** What each task run puts out. */
  readonly kilobytes: number;
}

const perMillion = 1e-6;
const gigabyteSecond = 0.0000133334;
const invokeMs = 20;
const invokeGb = 0.25;

/** Request and duration. */
export const invocationUsd = 0.2 * perMillion + (invokeMs / 1000) * invokeGb * gigabyteSecond;

/** Largest input or output of a state. */
const stepFunctionsKilobytesMax = 256;
const kilobytesPerGigabyte = 2 ** 20;

/** One transition for each state and one to start; undefined where it is not possible. */
export function stepFunctionsStandardUsd(work: Workload): number | undefined {
  if (work.kilobytes > stepFunctionsKilobytesMax) return undefined;
  const transitions = work.taskRuns + work.flowables + 1;
  return transitions * 25 * perMillion + work.taskRuns * invocationUsd;
}

/**
 * Request and duration, in steps of 100 ms and 64 MB (50 MB and the payload of each branch). A task
 * takes 20 ms and its hand-over as much again. History is only in its logs: 7.5 KB for a task run,
 * with input and output in them.
 */
export function stepFunctionsExpressUsd(work: Workload, logged: boolean): number | undefined {
  if (work.kilobytes > stepFunctionsKilobytesMax) return undefined;
  const seconds = Math.ceil((2 * invokeMs * (work.taskRuns / work.branches)) / 100) / 10;
  const megabytes = 64 * Math.ceil((50 + (work.kilobytes * work.branches) / 1024) / 64);
  const duration = seconds * (megabytes / 1024) * 0.00001667;
  const logKilobytes = 7.5 + 2 * Math.max(0, work.kilobytes - 2);
  const logs = logged ? ((work.taskRuns * logKilobytes) / kilobytesPerGigabyte) * 0.5 : 0;
  return 1 * perMillion + duration + logs + work.taskRuns * invocationUsd;
}

/** Operations ($8/M), data written ($0.25/GB) and kept for 14 days ($0.15/GB a month). */
export function durableFunctionsUsd(work: Workload): number {
  const operations = work.taskRuns + work.flowables + 1;
  const gigabytes = ((work.taskRuns + 1) * work.kilobytes) / kilobytesPerGigabyte;
  const compute = 0.2 * perMillion + (work.taskRuns * invokeMs * invokeGb * gigabyteSecond) / 1000;
  return operations * 8 * perMillion + gigabytes * (0.25 + (0.15 * 14) / 30) + compute;
}
