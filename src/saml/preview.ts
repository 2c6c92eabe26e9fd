import { NAME_ID_URIS, type ServiceProvider } from '../applications/applications.ts';
import { coarse, type Holder } from '../journey/journey.ts';
import { lastingNameId } from './attributes.ts';
import { usualConsumer } from './judge.ts';
import { USUAL } from './judge-context.ts';
import type { Signer } from './sign.ts';
import { indented } from './reading.ts';
import { writeResponse, type Answer } from './response.ts';
import { isReadByAnother } from './second-opinion.ts';
import { contentOf } from './answers.ts';
import type { Ours } from './ours.ts';

/** What a service provider would be sent, for its administrators to read. */
export type Preview = {
  /** One element a line. */
  readonly xml: string;
  readonly nameId: Answer['nameId'];
  readonly attributes: Answer['attributes'];
  /** Whether it would be encrypted; here it never is. */
  readonly encrypted: boolean;
  /** Whether an independent implementation found its signatures good. */
  readonly verified: boolean;
};

/** What stands for a value that differs each time. */
const EACH_TIME = '…';

/** Makes the answer for a profile, by the code that makes those that are sent; nothing where there could be none. */
export async function previewAnswer(
  ours: Ours,
  provider: ServiceProvider,
  holder: Holder,
  { signer, metadata, now }: { signer: Signer; metadata: string; now: number },
): Promise<Preview | undefined> {
  const destination = usualConsumer(provider);
  const lasting = lastingNameId(provider.nameId, { holder, aliasDomain: ours.aliasDomain });
  if (destination === undefined || (lasting === undefined && provider.nameId !== 'transient')) return undefined;
  const nameId = { format: NAME_ID_URIS[provider.nameId], value: lasting ?? EACH_TIME };
  const content = contentOf(ours, provider, holder, nameId);
  const answer: Answer = {
    ...content,
    encryption: undefined,
    destination,
    inResponseTo: EACH_TIME,
    now,
    sessionIndex: EACH_TIME,
    authnInstant: coarse(now),
    contextClass: USUAL.contextClass,
  };
  const xml = await writeResponse(answer, signer);
  const read = { xml, destination, nameId: nameId.value };
  return {
    xml: indented(xml),
    nameId,
    attributes: content.attributes,
    encrypted: content.encryption !== undefined,
    verified: await isReadByAnother(metadata, provider, read),
  };
}
