/** Every bound of the engine, named, with its unit. */
export const limits = {
  /** A baton's text. One SQS request is billed per 64 KiB, so it must stay well under. */
  batonBytesMax: 48 * 1024,
  /** What the live values may take of it; the rest is for frames and head. */
  liveBytesMax: 40 * 1024,
  /** A loop value longer than this is read from the loop's slot instead of carried. */
  carriedValueCharsMax: 512,
  /** Members of one join set: keeps its item below 1 KiB, one write unit. */
  joinMembersMax: 64,
  /** Members a step starts by itself; wider fans are started by further batons. */
  directMembersMax: 100,
  /** Attempts kept in a slot: the first one and the latest ones. */
  attemptsKept: 20,
  /** Executions that one set of a flow holds: its item grows by about 35 bytes for each. */
  placesMax: 10_000,
  /** Changes of state kept with a header. */
  historyKept: 50,
  /** Slots that a halt claims at once. */
  claimsAtOnce: 32,
  /** How often a process reads what others have halted. */
  haltsReadMs: 1_000,
  /** A failure's message. */
  messageCharsMax: 10_240,
  /** Room of the fast lane: a task with a longer time-out goes to the long lane. */
  fastLaneMs: 50_000,
  /** Room of the long lane: no attempt may take longer in one message. */
  longLaneMs: 14 * 60_000,
  /** When the sweep first looks at an execution that should have moved. */
  sweepAfterMs: 20 * 60_000,
} as const;
