import { requireNode } from '../../src/runtime.ts';

requireNode();

const { choosePort, preparePlace, removePlace, startInstance } = await import('./instance.ts');
const { openMailCatcher } = await import('../mail-catcher.ts');
const { openDnsServer } = await import('../mail/dns-server.ts');

const isOnce = process.argv.includes('--once');
const language = /^fr/iu.test(process.env['LC_ALL'] ?? process.env['LANG'] ?? '') ? 'fr' : 'en';

const stopped = new Promise<void>((resolve) => {
  // Handlers that stay: the terminal and npm may each send the signal.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});

/** What to undo at the end, the last first. */
const undo: (() => Promise<void>)[] = [];
const undoLater = (step: () => Promise<void>): void => void undo.push(step);

let status = 0;
try {
  // Known ports are for people. A walk by itself takes any, and leaves a demo that runs beside it alone.
  const wished = isOnce ? [] : [8080, 8081, 8082, 8083];
  const catcher = await openMailCatcher();
  undoLater(() => catcher.close());
  const dns = await openDnsServer({});
  undoLater(() => dns.close());
  const place = await preparePlace({
    port: await choosePort(wished[0]),
    language,
    smtp: catcher.smtp,
    relayPort: await choosePort(undefined),
    dns: dns.address,
  });
  undoLater(() => removePlace(place));
  const instance = startInstance(place);
  undoLater(() => instance.stop());
  // Read while Aluco starts.
  const { showDemo } = await import('./show.ts');
  await instance.answers();
  const ports = [await choosePort(wished[1]), await choosePort(wished[2]), await choosePort(wished[3])] as const;
  status = await showDemo({ place, catcher, dns, ports, language, isOnce, stopped, undoLater });
} catch (error) {
  status = 1;
  process.stderr.write(`The demo failed: ${(error as Error).message}\n`);
} finally {
  for (const step of undo.toReversed()) await step();
}
process.exit(status);
