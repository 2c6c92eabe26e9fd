import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { isChoice } from '../saml/saml.ts';
import { all, flag, many, one, Refusal, text, UsageError, word, type Verbs } from './verb.ts';

/** A file larger than this is no metadata that is given by hand; the room that reads it says so in words. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Metadata as it is named in a command: an address, or a file whose text is read. */
function sourceOf(place: string): { url: string } | { xml: string } {
  if (/^https?:/iu.test(place)) return { url: place };
  if (statSync(place).size > MOST_BYTES) throw new UserError('metadata_too_large', { mebibytes: 1 });
  return { xml: readFileSync(place, 'utf8') };
}

/** Commands about SAML service providers. */
export const samlVerbs: Verbs = {
  'saml add': {
    usage: 'saml add APPLICATION --metadata FILE|URL [--entity ID] [--key FILE]… [--label TEXT]',
    meaning: 'registers a SAML service provider by its metadata; of several, the one of that entity ID',
    options: { metadata: text, entity: text, key: many, label: text },
    async run({ applications, saml }, words, values, { out, complain }) {
      const applicationId = word(words, 0, 'the application');
      const place = one(values, 'metadata');
      if (place === undefined) throw new UsageError('the metadata is missing');
      const source = sourceOf(place);
      const keys = all(values, 'key').map((file) => readFileSync(file, 'utf8'));
      const understood = await saml.understand(source, { entityId: one(values, 'entity'), keys });
      if (isChoice(understood)) {
        complain(`There are ${understood.of} service providers. Choose one with --entity:`);
        for (const entityId of understood.choose) complain(entityId);
        throw new Refusal();
      }
      const settings = saml.settingsFrom(understood, { source, keys, label: one(values, 'label') });
      const { id } = await applications.addServiceProvider(applicationId, settings);
      out(`service provider ${id}`);
      for (const remark of understood.remarks) out(`left out: ${remark}`);
    },
  },
  'saml list': {
    usage: 'saml list APPLICATION',
    meaning: 'lists the SAML service providers of an application, and what is wrong with their metadata',
    options: {},
    async run({ applications, saml }, words, _values, { out }) {
      const { id: applicationId } = await applications.get(word(words, 0, 'the application'));
      for (const provider of await applications.serviceProvidersOf(applicationId)) {
        const { expired, usable } = saml.validity(provider);
        const state = usable ? (expired ? ['expired, used'] : []) : ['expired, refused'];
        const problem = provider.metadata?.problem;
        const facts = [...state, ...(problem === undefined ? [] : [problem.code, problem.params['reason'] ?? ''])];
        out(
          [provider.id, provider.entityId, provider.label, facts.filter((fact) => fact !== '').join(' ')]
            .join('\t')
            .trimEnd(),
        );
      }
    },
  },
  'saml refresh': {
    usage: 'saml refresh ID',
    meaning:
      'reads the metadata of a service provider from its address again; if it is refused, the previous one stays',
    options: {},
    async run({ saml }, words) {
      const { metadata } = await saml.refresh(word(words, 0, 'the id'));
      if (metadata?.problem !== undefined) throw new UserError(metadata.problem.code, metadata.problem.params);
    },
  },
  'saml certificates': {
    usage: 'saml certificates [--pem]',
    meaning:
      'lists the certificates that are published: id, state, last day, SHA-256 fingerprint; --pem: the one that signs',
    options: { pem: flag },
    async run({ saml }, _words, values, { out, complain }) {
      const { certificates, warnings } = await saml.ours();
      const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
      if (values['pem'] === true) out(certificates[0]?.pem.trimEnd() ?? '');
      else {
        for (const { id, state, notAfter, signsFrom, fingerprint } of certificates) {
          const since = state === 'next' ? `next, signs from ${day(signsFrom)}` : state;
          out([id, since, day(notAfter), fingerprint].join('\t'));
        }
      }
      for (const { days } of warnings) complain(`The certificate that signs ends in ${days} days.`);
    },
  },
  'saml prepare': {
    usage: 'saml prepare',
    meaning: 'makes the next certificate: published at once, signing after 30 days or when it is activated',
    options: {},
    async run({ saml }) {
      await saml.prepareCertificate();
    },
  },
  'saml activate': {
    usage: 'saml activate ID',
    meaning: 'lets the next certificate sign from now on; every service provider must know it by then',
    options: {},
    async run({ saml }, words) {
      await saml.activateCertificate(word(words, 0, 'the id of the certificate'));
    },
  },
  'saml remove': {
    usage: 'saml remove ID',
    meaning: 'removes a SAML service provider',
    options: {},
    async run({ applications }, words) {
      await applications.removeServiceProvider(word(words, 0, 'the id'));
    },
  },
};
