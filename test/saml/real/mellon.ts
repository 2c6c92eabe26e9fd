import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../free-port.ts';
import { find } from '../../proxies/running.ts';
import type { Visitor } from '../../visitor.ts';
import { makeFolder, present, removeFolder, runProgram } from './program.ts';
import type { Asking, IdentityProvider, Learned, RealProvider } from './provider.ts';

const MODULES = '/usr/lib/apache2/modules';

/** Whether what it needs is at hand. */
export const mellonPresent = present(
  'Apache with mod_auth_mellon (apache2, libapache2-mod-auth-mellon)',
  find('apache2') !== undefined &&
    existsSync(`${MODULES}/mod_auth_mellon.so`) &&
    find('mellon_create_metadata') !== undefined,
);

/** Shows what the module told the application behind it, one variable after the other with a zero byte between. */
const SCRIPT = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
exec env -0
`;

function configuration(folder: string, port: number, own: { key: string; certificate: string; metadata: string }) {
  const modules = ['mpm_prefork', 'authn_core', 'authz_core', 'authz_user', 'alias', 'cgi', 'auth_mellon'];
  const root = process.getuid?.() === 0 ? 'User www-data\nGroup www-data\n' : '';
  return `${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
${root}ServerName 127.0.0.1:${port}
Listen 127.0.0.1:${port}
StartServers 1
MinSpareServers 1
MaxSpareServers 2
MaxRequestWorkers 4
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
LogLevel warn auth_mellon:info
DocumentRoot ${folder}/pages
MellonLockFile ${folder}/mellon.lock
MellonCacheSize 20
<Directory />
  Require all denied
</Directory>
<Directory ${folder}/pages>
  Require all granted
</Directory>
ScriptAlias /who ${folder}/pages/who
ScriptAlias /private ${folder}/pages/who
<Location />
  MellonEnable info
  MellonEndpointPath /mellon
  MellonSPPrivateKeyFile ${own.key}
  MellonSPCertFile ${own.certificate}
  MellonSPMetadataFile ${own.metadata}
  MellonIdPMetadataFile ${folder}/idp.xml
  MellonSignatureMethod rsa-sha256
  MellonSecureCookie Off
  MellonVariable mellon
  MellonRedirectDomains [self]
  MellonSessionDump On
</Location>
<Location /private>
  AuthType Mellon
  MellonEnable auth
  Require valid-user
</Location>
`;
}

/** What the variables of the module say: the first value of `uid` is in `MELLON_uid`, and all in `MELLON_uid_0` and on. */
function learnedFrom(text: string): Learned | undefined {
  const variables = new Map(
    text
      .split('\0')
      .filter((line) => line.startsWith('MELLON_'))
      .map((line) => [line.slice('MELLON_'.length, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const nameId = variables.get('NAME_ID');
  if (nameId === undefined) return undefined;
  const attributes: Record<string, string[]> = {};
  for (const [name, value] of variables) {
    const base = /^(.+)_\d+$/u.exec(name)?.[1];
    if (base !== undefined && variables.has(base)) (attributes[base] ??= []).push(value);
  }
  const session = Buffer.from(variables.get('SESSION') ?? '', 'base64').toString('utf8');
  return { nameId, attributes, sessionIndex: /SessionIndex="([^"]*)"/u.exec(session)?.[1] };
}

/**
 * Starts Apache with mod_auth_mellon, set up as its own documentation tells: keys and metadata by
 * `mellon_create_metadata`, all of the site knows who is there, `/private` only lets in who signed in. It cannot ask for
 * the password again.
 */
export async function startMellon({ metadata: theirs }: IdentityProvider): Promise<RealProvider & { log(): string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const entityId = `${url}/mellon/metadata`;
  const folder = makeFolder('mellon');
  const environment = { PATH: process.env['PATH'] ?? '', TMPDIR: folder, HOME: folder };
  execFileSync(find('mellon_create_metadata') ?? '', [entityId, `${url}/mellon`], {
    cwd: folder,
    env: environment,
    stdio: 'pipe',
  });
  const made = (ending: string): string => {
    const name = readdirSync(folder).find((file) => file.endsWith(ending));
    if (name === undefined) throw new Error(`mellon_create_metadata made no ${ending}`);
    return path.join(folder, name);
  };
  const own = { key: made('.key'), certificate: made('.cert'), metadata: made('.xml') };
  for (const file of Object.values(own)) await chmod(file, 0o644);
  await mkdir(path.join(folder, 'pages'));
  await writeFile(path.join(folder, 'pages/who'), SCRIPT, { mode: 0o755 });
  await writeFile(path.join(folder, 'idp.xml'), theirs);
  const file = path.join(folder, 'apache.conf');
  await writeFile(file, configuration(folder, port, own));
  const start = () =>
    runProgram('apache2', ['-d', folder, '-f', file, '-DFOREGROUND'], { folder, answersAt: url, apart: true });
  let program = await start();
  const withReturn = (page: string, more: Record<string, string> = {}): string =>
    `${url}/mellon/${page}?${new URLSearchParams({ ReturnTo: `${url}/who`, ...more })}`;

  return {
    url,
    entityId,
    consumer: `${url}/mellon/postResponse`,
    metadata: readFileSync(own.metadata, 'utf8'),
    isHome: (address) => address.origin === url,
    ask(visitor: Visitor, { passive = false, page }: Asking = {}) {
      if (page !== undefined) return visitor.get(`${url}${page}`);
      return visitor.get(withReturn('login', passive ? { IsPassive: 'true' } : {}));
    },
    async learned(visitor) {
      return learnedFrom((await visitor.get(`${url}/who`)).text);
    },
    leave: (visitor) => visitor.get(withReturn('logout')),
    async renew(changed) {
      await writeFile(path.join(folder, 'idp.xml'), changed);
      await program.stop();
      program = await start();
    },
    log: () => readFileSync(path.join(folder, 'error.log'), 'utf8'),
    async close() {
      await program.stop();
      removeFolder(folder);
    },
  };
}
