import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readConfig } from '../../src/config.ts';
import { UserError } from '../../src/errors.ts';
import { makeLog } from '../../src/log.ts';
import { makeParts } from '../../src/parts.ts';

// A process of its own that creates many profiles at once for one account: it says when it is ready, waits for a line,
// and prints the outcome of each creation. Started by quota.test.ts with an account, an application, a prefix, a number.
const [accountId = '', applicationId = '', prefix = '', count = '0'] = process.argv.slice(2);
const parts = await makeParts(readConfig(process.env), { log: makeLog('silent'), now: Date.now });
const application = await parts.applications.get(applicationId);
const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
await once(lines, 'line');
const outcomes = await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    parts.profiles.create(accountId, application, { name: `${prefix}${index}`, note: '' }).then(
      () => 'created',
      (error: unknown) => (error instanceof UserError ? error.code : String(error)),
    ),
  ),
);
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
lines.close();
await parts.storage.close();
