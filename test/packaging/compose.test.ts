import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig, ROOT } from '../../src/config.ts';
import { run } from './assembled.ts';

const COMPOSE = '/usr/bin/docker-compose';
const has = existsSync(COMPOSE);
if (!has) process.stderr.write(`SKIPPED: ${COMPOSE} is not there, so docker-compose.yml is not checked\n`);

type Service = {
  environment?: Record<string, string>;
  secrets?: { source: string }[];
  volumes?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  ports?: string[];
  depends_on?: Record<string, unknown>;
  profiles?: string[];
};
type Composed = { services: Record<string, Service>; secrets: Record<string, { file: string }> };

/** What docker-compose understands of the file, for the services of a profile. */
async function composed(...profiles: string[]): Promise<Composed> {
  return understood([...profiles.flatMap((profile) => ['--profile', profile]), 'config']);
}

async function understood(args: string[], environment: Record<string, string> = {}): Promise<Composed> {
  const { stdout } = await run(COMPOSE, args, { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', ...environment } });
  return parse(stdout) as Composed;
}

describe.skipIf(!has)('docker-compose.yml', () => {
  test('runs Aluco on SQLite alone where nothing else is asked for: read-only, on loopback, the key apart from the data', async () => {
    const { services, secrets } = await composed();
    const always = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(always.map(([name]) => name)).toEqual(['aluco']);
    const { aluco } = services;
    expect(aluco?.read_only).toBe(true);
    expect(aluco?.ports).toEqual(['127.0.0.1:8080:8080/tcp']);
    expect(aluco?.secrets).toEqual([{ source: 'aluco_master_key' }]);
    expect(aluco?.volumes).toEqual(['aluco_data:/var/lib/aluco:rw']);
    expect(secrets['aluco_master_key']?.file.startsWith(path.join(ROOT, 'secrets'))).toBe(true);
  });

  test('has the other service on PostgreSQL, which waits for the database', async () => {
    const { services } = await composed('postgres');
    expect(Object.keys(services).toSorted()).toEqual(['aluco', 'aluco-postgres', 'postgres']);
    const onPostgres = services['aluco-postgres'];
    expect(onPostgres?.environment?.['ALUCO_DATABASE_FILE']).toBe('/run/secrets/aluco_database');
    expect(onPostgres?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(onPostgres?.volumes).toBeUndefined();
  });

  test('lets mail in on port 25 with the file of docs/mail.md, without any right, and keeps all else', async () => {
    const given = {
      ALUCO_ALIAS_DOMAIN: 'relay.example.org',
      ALUCO_RELAY_NAME: 'mx.example.org',
      ALUCO_MAIL_FROM: 'aluco@example.org',
    };
    const files = ['-f', 'docker-compose.yml', '-f', 'docs/docker-compose.relay.yml'];
    const { services } = await understood([...files, 'config'], given);
    const { aluco } = services;
    expect(aluco?.ports).toEqual(['0.0.0.0:25:2525/tcp', '127.0.0.1:8080:8080/tcp']);
    expect(aluco?.read_only).toBe(true);
    expect(aluco?.cap_drop).toEqual(['ALL']);
    const environment = { ...aluco?.environment };
    expect(environment['ALUCO_MASTER_KEY_FILE']).toBe('/run/secrets/aluco_master_key');
    delete environment['ALUCO_MASTER_KEY_FILE'];
    const config = readConfig(environment);
    expect([config.ALUCO_RELAY, config.ALUCO_SMTP]).toEqual(['0.0.0.0:2525', 'mx:']);
  });

  test('gives only settings that the program knows', async () => {
    for (const service of Object.values((await composed('postgres')).services)) {
      const { POSTGRES_USER: database, ...environment } = service.environment ?? {};
      if (database !== undefined) continue;
      const plain = Object.entries(environment).filter(([name]) => !name.endsWith('_FILE'));
      expect(() => readConfig(Object.fromEntries(plain))).not.toThrow();
      for (const name of Object.keys(environment)) expect(name).toMatch(/^ALUCO_/u);
    }
  });
});
