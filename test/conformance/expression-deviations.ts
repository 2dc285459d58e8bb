/**
 * Vectors that must match and do not, each with its reason. At most fifteen; a vector that passes
 * again has to be taken off the list, the runner says so.
 */
export const deviations: ReadonlyMap<string, string> = new Map<string, string>([]);
