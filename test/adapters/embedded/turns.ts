/** Lets the event loop go round: whatever is due has been committed and handed out after it. */
export async function turns(count = 4): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next));
}
