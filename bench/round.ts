/** One measurement in this process: `node bench/round.ts NAME full|small`. Prints its figures. */
import { type Effort, measurements } from './measurement.ts';

const [name = '', effort = 'small'] = process.argv.slice(2);
const measurement = measurements[name];
if (!measurement) throw new Error(`there is no measurement "${name}"`);
const { default: measure } = await measurement.load();
const figures = await measure(effort as Effort);
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
