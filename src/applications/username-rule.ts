import { RE2JS } from 're2js';
import { UserError } from '../errors.ts';
import { canonicalName, shapeOf } from '../names.ts';

/** Which names an application can live with: what it accepts itself, so that a sign-in never fails there. */
export type UsernameRule = {
  preset: string;
  pattern: string;
  min: number;
  max: number;
  reserved: string[];
};

const rule = (preset: string, pattern: string, min: number, max: number, reserved: string[] = []): UsernameRule => ({
  preset,
  pattern,
  min,
  max,
  reserved,
});

/**
 * What GitLab keeps for its own addresses, as far as the rule lets such a name pass (lib/gitlab/path_regex.rb).
 */
const GITLAB_ROUTES =
  'admin api assets dashboard explore files groups health_check help import jwt login oauth profile projects public search sitemap snippets unsubscribes uploads users v2'.split(
    ' ',
  );

/**
 * Rules for the applications we know; `fediverse` is accepted by all of them. Each is a little narrower than what the
 * application takes where it would alter a name on the way in: PeerTube turns a hyphen into an underscore, Synapse
 * writes `=` by its number and refuses digits alone, GitLab cuts `.git` and `.atom`; and Pixelfed refuses what ends like
 * a file (`.php`, `.js`, `.css`: no short ending with these first letters).
 */
export const RULE_PRESETS = {
  fediverse: rule('fediverse', '[a-z][a-z0-9]*(_[a-z0-9]+)?', 3, 20),
  mastodon: rule('mastodon', '[a-zA-Z0-9_]+', 1, 30),
  pixelfed: rule(
    'pixelfed',
    '[a-zA-Z0-9]+([_-][a-zA-Z0-9]+|[.]([abd-ik-oq-zABD-IK-OQ-Z0-9][a-zA-Z0-9]*|[a-zA-Z0-9]{4,}))?',
    2,
    30,
  ),
  peertube: rule('peertube', '[a-z0-9_]+([a-z0-9_.]*[a-z0-9_])?', 1, 50),
  matrix: rule('matrix', '[a-z][a-z0-9._-]*', 1, 64),
  lemmy: rule('lemmy', '[a-zA-Z0-9_]+', 3, 20),
  mobilizon: rule('mobilizon', '[a-z0-9_]+', 1, 64),
  blog: rule('blog', '[a-z0-9][a-z0-9-]*', 3, 64),
  gitea: rule('gitea', '[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*', 1, 40),
  discourse: rule('discourse', '[a-zA-Z0-9_]+([.-][a-zA-Z0-9]+)*', 3, 20),
  hedgedoc: rule('hedgedoc', '[a-zA-Z0-9._-]+', 3, 64),
  nextcloud: rule('nextcloud', '[a-zA-Z0-9_.@-]+', 1, 64, ['.', '..']),
  gitlab: rule('gitlab', '[a-zA-Z0-9]+([_-][a-zA-Z0-9]+)*', 2, 64, GITLAB_ROUTES),
  grafana: rule('grafana', '[a-zA-Z0-9][a-zA-Z0-9._-]*', 1, 64),
} satisfies Record<string, UsernameRule>;

/** Names that mislead people or receive a host's mail, wherever they stand (RFC 2142 among them). */
const RESERVED_EVERYWHERE = [
  'abuse',
  'admin',
  'administrateur',
  'administration',
  'administrator',
  'contact',
  'daemon',
  'ftp',
  'help',
  'hostmaster',
  'info',
  'mailerdaemon',
  'moderateur',
  'moderation',
  'moderator',
  'news',
  'nobody',
  'noc',
  'noreply',
  'null',
  'official',
  'owner',
  'postmaster',
  'root',
  'security',
  'staff',
  'support',
  'sysadmin',
  'system',
  'undefined',
  'uucp',
  'webmaster',
  'www',
].map(shapeOf);

/** Far above any name an application takes, far below what costs anything to look at. */
const LONGEST_INPUT = 256;

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(`(?:${pattern})`);
  } catch {
    return undefined;
  }
}

/** What reserved words look like, worked out once for each list: it takes longer than everything else in a check. */
const reservedForms = new WeakMap<readonly string[], ReadonlySet<string>>();

function formsOf(reserved: readonly string[]): ReadonlySet<string> {
  const known = reservedForms.get(reserved);
  if (known !== undefined) return known;
  // A word may have no shape at all (dots alone): then its name counts. The marks keep the two kinds apart.
  const forms = new Set(reserved.flatMap((word) => [`shape ${shapeOf(word)}`, `name ${canonicalName(word)}`]));
  reservedForms.set(reserved, forms);
  return forms;
}

/** Whether the rule can be kept: a pattern that compiles and a length that some name can have. */
export function isAcceptedRule({ pattern, min, max }: UsernameRule): boolean {
  return min <= max && compile(pattern) !== undefined;
}

/**
 * Checks a name against an application's rule.
 * @returns the name as it will stand: without surrounding space.
 * @throws {UserError} name_required, name_too_short {min}, name_too_long {max}, name_pattern, name_reserved.
 */
export function checkName(name: string, { pattern, min, max, reserved }: UsernameRule): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new UserError('name_required');
  if (trimmed.length > LONGEST_INPUT || [...trimmed].length > max) throw new UserError('name_too_long', { max });
  if ([...trimmed].length < min) throw new UserError('name_too_short', { min });
  // Whatever the pattern says: no protocol carries these unchanged, and SAML cannot carry some at all.
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/u.test(trimmed)) throw new UserError('name_pattern');
  if (compile(pattern)?.matches(trimmed) !== true) throw new UserError('name_pattern');
  const shape = shapeOf(trimmed);
  const forms = formsOf(reserved);
  if (
    RESERVED_EVERYWHERE.includes(shape) ||
    forms.has(`shape ${shape}`) ||
    forms.has(`name ${canonicalName(trimmed)}`)
  ) {
    throw new UserError('name_reserved');
  }
  return trimmed;
}
