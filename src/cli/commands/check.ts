import { readFile } from 'node:fs/promises';
import { checkFlow } from '../../check/check-flow.ts';
import { describe } from '../../flow/issues.ts';
import { type Command, UserError } from '../command.ts';

export default {
  usage: 'baton check FILE…             check flows and their expressions, without running them',
  options: {},
  async run(files) {
    if (files.length === 0) throw new UserError('name at least one flow file');
    let errors = 0;
    for (const file of files) {
      const { issues } = await checkFlow(await readSource(file));
      for (const issue of issues) process.stderr.write(`${describe(issue, file)}\n`);
      const bad = issues.filter(({ severity }) => severity === 'error').length;
      errors += bad;
      if (bad === 0) process.stdout.write(`${file}: ok\n`);
    }
    return errors === 0 ? 0 : 2;
  },
} satisfies Command;

export async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
