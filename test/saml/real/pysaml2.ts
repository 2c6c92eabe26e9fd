import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../free-port.ts';
import { makeFolder, makeKey, present, PYTHON, removeFolder, runProgram, works } from './program.ts';
import type { IdentityProvider, Learned, RealProvider } from './provider.ts';

const PROGRAM = path.join(import.meta.dirname, 'pysaml2.py');

/** Whether what it needs is at hand. */
export const pysaml2Present = present(
  'pysaml2 (python3-pysaml2, xmlsec1, openssl)',
  works(PYTHON, ['-c', 'import saml2']) && works('xmlsec1', ['--version']) && works('openssl', ['version']),
);

/**
 * Starts an application with pysaml2, set as Synapse sets it where it matters: it signs all that it sends, wants both
 * signatures, can decrypt, and takes answers to its own requests, each once.
 */
export async function startPysaml2({ metadata: theirs }: IdentityProvider): Promise<RealProvider> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = makeFolder('pysaml2');
  const { keyFile, certificateFile } = makeKey(folder);
  const metadataFile = path.join(folder, 'idp.xml');
  const settingsFile = path.join(folder, 'settings.json');
  await writeFile(metadataFile, theirs);
  const settings = {
    url,
    port,
    key: keyFile,
    certificate: certificateFile,
    metadata: metadataFile,
  };
  await writeFile(settingsFile, JSON.stringify(settings));
  const program = await runProgram(PYTHON, [PROGRAM, settingsFile], { folder, answersAt: `${url}/metadata` });
  const metadata = await (await fetch(`${url}/metadata`)).text();

  return {
    url,
    entityId: `${url}/metadata`,
    consumer: `${url}/acs`,
    metadata,
    isHome: (address) => address.origin === url,
    ask(visitor, { force = false, passive = false, binding = 'redirect', state = '' } = {}) {
      const query = new URLSearchParams({ binding, state });
      if (force) query.set('force', '1');
      if (passive) query.set('passive', '1');
      return visitor.get(`${url}/start?${query}`);
    },
    async learned(visitor) {
      const page = await visitor.get(`${url}/who`);
      return page.status === 200 ? (JSON.parse(page.text) as Learned) : undefined;
    },
    leave: (visitor, binding = 'redirect') => visitor.get(`${url}/leave?binding=${binding}`),
    async renew(changed) {
      await writeFile(metadataFile, changed);
      await fetch(`${url}/renew`);
    },
    async close() {
      await program.stop();
      removeFolder(folder);
    },
  };
}
