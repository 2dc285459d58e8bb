/**
 * Seeds that found something, and what. A change of the grammar or of what is drawn when makes other
 * runs of them; what keeps such mistakes out for good is in `mutants.ts`.
 */
export const seedsThatFound: readonly (readonly [seed: number, what: string, round?: number])[] = [
  [35, 'a loop within a loop, restarted'],
  [40, 'who was asked, and failed, was asked again'],
  [49, 'a flow that is called after the end of its caller was killed', 31],
  [74, 'a child that ended too late overwrote the end of who waited for it'],
  [85, 'a throttled read failed the task that needed it'],
  [168, 'a replay took no place of its flow'],
  [206, 'a late duplicate of a loop began its first round again'],
  [406, 'a late sweep took a place for what had ended', 5],
  [984, 'a child was told another turn of its parent than the one that waits', 18],
  [1300, 'a dead letter wrote a failure over what had gone well before a restart'],
  [1925, 'a kill that was cut short told nobody of the end'],
  [2004, 'recovery of tasks for afterwards forgot a member of a limited fan'],
  [3931, 'handlers below a flowable that was given up were not shown'],
  [2195, 'a place that a late message took for what had ended is for the sweep to find', 12],
  [10_665, 'a parent waited for ever for a child that had been restarted'],
  [198_349, 'a kill took from a task what it had come to, and not what that had led to', 27],
  [201_704, 'the same, where the flowable went well in the end'],
  [201_902, 'an empty loop that is a member of a limited Parallel was not shown'],
  [221_191, 'a resume forgot the warning of another member of a limited fan', 2],
  // From here on over the whole language.
  [1_000_125, 'a baton beside another one took old notes of what is paused for new', 22],
  [1_000_032, 'a resume died before it let go what the pause had held, and no sweep did'],
  [1_000_044, 'an Exit in a task for afterwards kept the execution from ever being done'],
  [1_000_308, 'an execution was restarted that had another in its place already'],
  [1_001_122, 'a resumed member of a limited fan went on in the place of another'],
  [1_004_165, 'a place that was given back late was that of a restarted execution'],
  [1_009_815, 'a replay that had kept an Exit never ended'],
  [1_011_913, 'a task that was held back while it ran waited for ever for its child'],
  [1_014_026, 'a late message took a place for what had been deleted, and kept it', 22],
  [1_014_653, 'the same, where it was the start of a retry', 18],
  [1_019_956, 'a flow that ended while it was being started told nobody of it', 27],
  [1_010_376, 'an execution was deleted and begun anew, amid messages of its first life', 18],
  [1_014_921, 'the same, and it was ended by a process of its first life', 27],
];
