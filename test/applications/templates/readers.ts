import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where Debian's phpdotenv (the reader that Laravel uses) is. */
const PHP_DOTENV = '/usr/share/php/Dotenv/autoload.php';
/** Debian's own Python, which sees Debian's own packages. */
const PYTHON = '/usr/bin/python3';

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function present(what: string, found: boolean): boolean {
  if (!found) console.warn(`No ${what}: what it should read back is NOT checked.`);
  return found;
}

/** Which readers there are. Says loudly what is missing. */
export const READERS = {
  rubyDotenv: present('ruby with dotenv (ruby, ruby-dotenv)', works('ruby', ['-e', 'require "dotenv"'])),
  ruby: present('ruby', works('ruby', ['-v'])),
  laravel: present(
    'php with phpdotenv (php-cli, php-vlucas-phpdotenv)',
    works('php', ['-v']) && existsSync(PHP_DOTENV),
  ),
  omniauth: present(
    'ruby with omniauth-saml (ruby-omniauth-saml)',
    works('ruby', ['-e', 'require "omniauth-saml"; require "dotenv"']),
  ),
  pysaml2: present('python3 with saml2 (python3-pysaml2)', works(PYTHON, ['-c', 'import saml2, yaml'])),
  yaml: present('python3 with yaml (python3-yaml)', works(PYTHON, ['-c', 'import yaml'])),
  jmespath: present('python3 with jmespath (python3-jmespath)', works(PYTHON, ['-c', 'import jmespath'])),
};

/** Runs a program on a file with these contents, and reads the JSON that it prints. */
function readWith(command: string, program: readonly string[], contents: string): unknown {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aluco-reader-'));
  try {
    const file = path.join(folder, 'file');
    writeFileSync(file, contents);
    return JSON.parse(
      execFileSync(command, [...program, file], {
        encoding: 'utf8',
        env: { LANG: 'C.UTF-8', PATH: process.env['PATH'] },
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Mastodon's dotenv finds in a file. */
export function readDotenv(contents: string): Record<string, string> {
  const program =
    'require "dotenv"; require "json"; puts JSON.generate(Dotenv::Parser.call(File.read(ARGV[0], encoding: "UTF-8")))';
  return readWith('ruby', ['-e', program], contents) as Record<string, string>;
}

/** What Laravel finds in a file. */
export function readLaravel(contents: string): Record<string, string> {
  const program = `require '${PHP_DOTENV}'; echo json_encode(Dotenv\\Dotenv::parse(file_get_contents($argv[1])));`;
  return readWith('php', ['-r', program, '--'], contents) as Record<string, string>;
}

/** What Python's YAML, which Synapse reads with, finds in a file. */
export function readYaml(contents: string): unknown {
  return readWith(
    PYTHON,
    ['-c', 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1],encoding="utf-8"))))'],
    contents,
  );
}

/** What a shell has in its environment after a file of settings. */
export function readEnvironment(contents: string): Record<string, string> {
  const program = 'set -a; . "$0"; env -0 | od -An -v -tx1 | tr -d " \\n" | sed "s/.*/\\"&\\"/"';
  const hex = readWith('/bin/sh', ['-c', program], contents) as string;
  const entries = Buffer.from(hex, 'hex')
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** The arguments of each `occ` command of a script, as a shell passes them on. */
export function readOcc(contents: string): string[][] {
  const program =
    'occ() { for word in "$@"; do printf "%s\\\\0" "$word"; done; printf "\\\\0"; }; { . "$0"; } | od -An -v -tx1 | tr -d " \\n" | sed "s/.*/\\"&\\"/"';
  const hex = readWith('/bin/sh', ['-c', program.replaceAll('\\\\0', '\\0')], contents) as string;
  return Buffer.from(hex, 'hex')
    .toString('utf8')
    .split('\0\0')
    .filter((command) => command !== '')
    .map((command) => command.split('\0'));
}

/** What a part of gitlab.rb sets, when Ruby runs it. */
export function readGitlab(contents: string): Record<string, unknown> {
  const program =
    'require "json"; settings = {}; define_singleton_method(:gitlab_rails) { settings }; eval(File.read(ARGV[0], encoding: "UTF-8"), binding, ARGV[0]); puts JSON.generate(settings)';
  return readWith('ruby', ['-e', program], contents) as Record<string, unknown>;
}

/** What an expression of JMESPath says of each of several documents. */
export function askJmespath(questions: readonly { expression: string; document: unknown }[]): unknown[] {
  const program =
    'import json,sys,jmespath; print(json.dumps([jmespath.search(q["expression"],q["document"]) for q in json.load(open(sys.argv[1]))]))';
  return readWith(PYTHON, ['-c', program], JSON.stringify(questions)) as unknown[];
}

/** What a file of Python sets, when it is run; tuples as lists. */
export function readPython(contents: string): Record<string, unknown> {
  const program =
    'import json,sys,runpy; found=runpy.run_path(sys.argv[1]); print(json.dumps({k:v for k,v in found.items() if k.isupper()}))';
  return readWith(PYTHON, ['-c', program], contents) as Record<string, unknown>;
}

/** What Mastodon's omniauth.yml says of a setting: it puts the environment between its own words, without quotes. */
export function readThroughYaml(values: readonly string[]): unknown[] {
  const program = `
    require "json"; require "erb"; require "yaml"
    template = "shared:\n  saml:\n    display_name: <%= value %>\n    after: done\n"
    found = JSON.parse(File.read(ARGV[0], encoding: "UTF-8")).map do |value|
      read = YAML.unsafe_load(ERB.new(template).result_with_hash(value: value))
      raise "spoilt" unless read["shared"]["saml"]["after"] == "done"
      read["shared"]["saml"]["display_name"]
    end
    puts JSON.generate(found)`;
  return readWith('ruby', ['-e', program], JSON.stringify(values)) as unknown[];
}

/** What Debian's OmniAuth SAML makes of Mastodon's environment. */
export type Configured = {
  readonly display_name: string;
  readonly issuer: string;
  readonly consumer: string;
  readonly sso: string;
  readonly nameid: string;
  /** SHA-256 of the certificate as OpenSSL reads it. */
  readonly certificate: string;
  readonly subject: string;
  readonly name: string;
  readonly email: string;
  readonly assume_verified: boolean;
  /** The sign-in request, still packed. */
  readonly request: string;
};

/**
 * Configures the strategy as Mastodon does with this .env.production: older versions hand the environment on, newer ones
 * through omniauth.yml. `said`: the attributes of an answer.
 */
export function readMastodonSaml(
  contents: string,
  version: 'older' | 'newer',
  said: Readonly<Record<string, string>>,
): Configured {
  const program = `
    require "dotenv"; require "json"; require "erb"; require "yaml"; require "omniauth-saml"
    env = Dotenv::Parser.call(File.read(ARGV[0], encoding: "UTF-8"))
    raise "off" unless env["SAML_ENABLED"] == "true"
    names = { display_name: "DISPLAY_NAME", assertion_consumer_service_url: "ACS_URL", issuer: "ISSUER",
      idp_sso_target_url: "IDP_SSO_TARGET_URL", idp_cert: "IDP_CERT", name_identifier_format: "NAME_IDENTIFIER_FORMAT",
      uid_attribute: "UID_ATTRIBUTE" }
    statements = { email: "EMAIL", full_name: "FULL_NAME" }
    secure = { want_assertions_signed: "WANT_ASSERTION_SIGNED", assume_email_is_verified: "ASSUME_EMAIL_IS_VERIFIED" }
    if ${version === 'newer'}
      lines = names.map { |key, name| "#{key}: #{env["SAML_#{name}"]}" }
      lines << "attribute_statements:" << statements.map { |key, name| "  #{key}: #{[env["SAML_ATTRIBUTES_STATEMENTS_#{name}"]]}" }
      lines << "security:" << secure.map { |key, name| "  #{key}: #{env["SAML_SECURITY_#{name}"] == "true"}" }
      options = YAML.unsafe_load(lines.flatten.join("\n")).transform_keys(&:to_sym)
    else
      options = names.transform_values { |name| env["SAML_#{name}"] }
      options[:attribute_statements] = statements.transform_values { |name| [env["SAML_ATTRIBUTES_STATEMENTS_#{name}"]] }
      options[:security] = secure.transform_values { |name| env["SAML_SECURITY_#{name}"] == "true" }
    end
    strategy = OmniAuth::Strategies::SAML.new(nil, options)
    settings = OneLogin::RubySaml::Settings.new(strategy.options)
    said = JSON.parse(%q(${JSON.stringify(said)}))
    strategy.instance_variable_set(:@attributes, OneLogin::RubySaml::Attributes.new(said.transform_values { |value| [value] }))
    OneLogin::RubySaml::Logging.logger = Logger.new(File::NULL)
    request = OneLogin::RubySaml::Authrequest.new.create(settings)
    puts JSON.generate(
      display_name: strategy.options[:display_name], issuer: settings.sp_entity_id,
      consumer: settings.assertion_consumer_service_url, sso: settings.idp_sso_service_url,
      nameid: settings.name_identifier_format,
      certificate: OpenSSL::Digest::SHA256.hexdigest(settings.get_idp_cert.to_der).upcase.scan(/../).join(":"),
      subject: strategy.uid, name: strategy.info["full_name"], email: strategy.info["email"],
      assume_verified: strategy.options.security.assume_email_is_verified, request: request)`;
  return readWith('ruby', ['-e', program], contents) as Configured;
}

/**
 * What Synapse reads of an answer with these settings: its file is loaded into the library's own settings, and the
 * attributes go through the library's maps. `readWithout`: had it not been told to take names that it does not know.
 */
export function readSynapseSaml(
  contents: string,
  said: readonly { name: string; format: string; value: string }[],
): { read: Record<string, string[]>; readWithout: Record<string, string[]> } {
  const program = `
import copy, json, sys, yaml
from saml2.config import SPConfig
from saml2.attribute_converter import list_to_local
from saml2 import saml, BINDING_HTTP_POST
given = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))["saml2_config"]["sp_config"]
given["metadata"].pop("remote")
# What Synapse adds by itself.
given["entityid"] = "https://matrix.example/_synapse/client/saml2/metadata.xml"
given["service"]["sp"]["endpoints"] = {"assertion_consumer_service": [("https://matrix.example/acs", BINDING_HTTP_POST)]}
given["xmlsec_binary"] = "/usr/bin/xmlsec1"
said = [saml.Attribute(name=one["name"], name_format=one["format"],
                       attribute_value=[saml.AttributeValue(text=one["value"])]) for one in json.loads(r'''${JSON.stringify(said)}''')]
def read(settings):
    config = SPConfig()
    config.load(copy.deepcopy(settings))
    assert config.getattr("want_response_signed", "sp") is True
    assert config.getattr("want_assertions_signed", "sp") is True
    return list_to_local(config.attribute_converters, said, config.allow_unknown_attributes)
without = {key: value for key, value in given.items() if key != "allow_unknown_attributes"}
print(json.dumps({"read": read(given), "readWithout": read(without)}))`;
  return readWith(PYTHON, ['-c', program], contents) as ReturnType<typeof readSynapseSaml>;
}
