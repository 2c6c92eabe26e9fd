import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { breachedPasswordsFile, breachedState } from '../../accounts/accounts.ts';
import { SettingsError, withHouse, type Config, type HouseValues } from '../../config.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

const MIB = 1024 ** 2;
const YEAR = 365 * 86_400_000;

/** The settings with what the house keeps; what is wrong with those is a finding, and the others stand. */
export function settingsWith(config: Config, kept: HouseValues): { config: Config; findings: Finding[] } {
  try {
    return { config: withHouse(config, kept), findings: [] };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { config, findings: error.problems.map((words) => problem('settings', `${words}.`)) };
  }
}

export const isLoopback = (url: string): boolean =>
  /^(localhost|127\.[\d.]+|\[::1\])$/u.test(new URL(url).hostname) || new URL(url).hostname.endsWith('.localhost');

/** What works, and should not stay so. */
export function checkSettings(config: Config): Finding[] {
  const findings: Finding[] = [];
  const warn = (words: string): void => void findings.push(warning('settings', words));
  if (config.ALUCO_URL.startsWith('http:')) {
    warn(
      'ALUCO_URL is http: for a trial on this machine only. Put a proxy with HTTPS in front and set the https address.',
    );
  }
  if (config.ALUCO_ALIAS_DOMAIN === 'relay.localhost') {
    warn('ALUCO_ALIAS_DOMAIN is the default: relay addresses under it can never receive. Set a domain of yours.');
  }
  if (/^(0\.0\.0\.0|::|\[::\])$/u.test(config.ALUCO_LISTEN) && config.ALUCO_TRUSTED_PROXIES.length === 0) {
    warn(
      'ALUCO_LISTEN takes requests from every network, and no proxy is named in ALUCO_TRUSTED_PROXIES. Listen on 127.0.0.1, or name the proxy.',
    );
  }
  if (config.ALUCO_TRUSTED_PROXIES.some(([, bits]) => bits === 0)) {
    findings.push(
      problem(
        'settings',
        'ALUCO_TRUSTED_PROXIES trusts every address: anybody can pretend to come from elsewhere. Name the proxy alone.',
      ),
    );
  }
  if (/^(approval|open)$/u.test(config.ALUCO_SIGN_UP) && config.ALUCO_SMTP === '') {
    warn(
      `ALUCO_SIGN_UP is ${config.ALUCO_SIGN_UP}, but without ALUCO_SMTP no address can be proven: nobody is offered an account. Set ALUCO_SMTP and ALUCO_MAIL_FROM.`,
    );
  }
  if (config.ALUCO_CONTACT === '') warn('ALUCO_CONTACT is empty: people who cannot sign in do not know whom to ask.');
  if (config.ALUCO_METRICS_TOKEN !== '' && config.ALUCO_METRICS_TOKEN.length < 32) {
    warn('ALUCO_METRICS_TOKEN is short. Make one with: openssl rand -base64 32.');
  }
  if (/^(trace|debug)$/u.test(config.ALUCO_LOG_LEVEL))
    warn('ALUCO_LOG_LEVEL is meant for looking for a fault. Set info.');
  return findings.length === 0 ? [ok('settings', 'Nothing in them is careless.')] : findings;
}

/** Room in the data folder, or where it will be made. */
export async function checkDisk(config: Config): Promise<Finding[]> {
  if (config.ALUCO_DATABASE !== 'sqlite') return [];
  for (let folder = config.ALUCO_DATA; ; folder = path.dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      const free = Math.floor((bavail * bsize) / MIB);
      const words = `${free} MiB are free in ${folder}.`;
      if (free < 100) return [problem('disk', `${words} Make room: when it is full, nobody can sign in.`)];
      return [free < 1024 ? warning('disk', `${words} Make room soon.`) : ok('disk', words)];
    } catch {
      if (folder === path.dirname(folder)) return [problem('disk', `${config.ALUCO_DATA} cannot be looked at.`)];
    }
  }
}

/** The file of passwords known from leaks. An instance may do without, but not believe that it has one. */
export async function checkBreachedPasswords(config: Config, now: number): Promise<Finding> {
  const name = breachedPasswordsFile(config);
  const state = await breachedState(name);
  const about = 'leaked passwords';
  if (state.kind === 'none') {
    return config.ALUCO_BREACHED_PASSWORDS === ''
      ? ok(about, 'None are known here, only common ones are refused. To get them: aluco passwords fetch.')
      : warning(about, `ALUCO_BREACHED_PASSWORDS names ${name}, and there is none. Run: aluco passwords fetch.`);
  }
  const again = 'Until it is made again, none are refused.';
  if (state.kind === 'damaged') return problem(about, `${name} is of no use: ${state.why}. ${again}`);
  if (state.kind === 'unfinished') return problem(about, `${name} is not finished. ${again}`);
  const words = `${state.records} are refused, as of ${new Date(state.made).toISOString().slice(0, 10)}.`;
  const isOld = now - state.made > YEAR;
  return isOld ? warning(about, `${words} Get those of this year: aluco passwords fetch.`) : ok(about, words);
}
