/** Cases that fail and may: each with the reason. Anything else that fails fails the run. */
export const knownFailures: ReadonlyMap<string, string> = new Map<string, string>();
