import type { ServiceProvider } from '../applications/applications.ts';
import { parseDocument } from './document.ts';
import { toForm } from './logout-message.ts';

/**
 * Has an answer of ours read by an independent implementation in the place of the service provider: whether it finds
 * both signatures good with the certificates of our metadata, and the same NameID. Only for answers that are not
 * encrypted. Loaded when it is asked for: sign-ins never need it.
 */
export async function isReadByAnother(
  metadata: string,
  provider: Pick<ServiceProvider, 'entityId'>,
  answer: { readonly xml: string; readonly destination: string; readonly nameId: string },
): Promise<boolean> {
  const samlify = await import('samlify');
  samlify.setSchemaValidator({
    // It wants the structure checked by somebody else first: by what checks everything else here.
    async validate(xml: string) {
      return parseDocument(xml).xml;
    },
  });
  const ours = samlify.IdentityProvider({ metadata });
  const theirs = samlify.ServiceProvider({
    entityID: provider.entityId,
    wantAssertionsSigned: true,
    wantMessageSigned: true,
    assertionConsumerService: [{ Binding: samlify.Constants.namespace.binding.post, Location: answer.destination }],
  });
  try {
    const read = await theirs.parseLoginResponse(ours, 'post', { body: { SAMLResponse: toForm(answer.xml) } });
    return read.extract['nameID'] === answer.nameId;
  } catch {
    return false;
  }
}
