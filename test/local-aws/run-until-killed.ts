/** A process of its own for the crash test: starts the local AWS, stores an item, and stays. */
import { startLocalAws } from '../../src/local-aws/local-aws.ts';

const aws = await startLocalAws({ directory: process.argv[2] ?? '' });
const body = JSON.stringify({ name: 'One', description: '' });
const headers = { 'content-type': 'application/json' };
const response = await fetch(aws.postItemUrl, { method: 'POST', headers, body });
const { id } = (await response.json()) as { id: string };
console.log(JSON.stringify({ id, endpoint: aws.endpoint }));
