import { nameIdFormatOf, type ServiceProvider } from '../applications/applications.ts';
import { contextFor, USUAL, type Context } from './judge-context.ts';
import type { AuthnRequest, Message, NameId } from './message-kinds.ts';
import { refuse } from './problem.ts';
import { BINDINGS } from './vocabulary.ts';

/** How old a message may be, in milliseconds: people leave a page open and come back to it. */
export const OLDEST = 10 * 60_000;

/** How far ahead of ours the clock of who sends a message may be, in milliseconds. */
export const AHEAD = 3 * 60_000;

/** The second level of the status of an answer that says no (SAML Core §3.2.2.2), without what all begin with. */
export const STATUS_NAMES = ['NoAuthnContext', 'InvalidNameIDPolicy', 'RequestUnsupported'] as const;
type StatusName = (typeof STATUS_NAMES)[number];

type NameIdFormat = ServiceProvider['nameId'];

/** How a request is to be answered. */
export type Judgement = Context & {
  /** Where the answer goes: one of the addresses in the settings of the service provider. */
  readonly consumer: string;
  readonly nameId: NameIdFormat;
  /** The NameID of the person who is to sign in, and nobody else, if the request names one. */
  readonly subject?: string;
  /** Why it cannot be served, though it is valid. */
  readonly status?: StatusName;
};

/** What a message is held against: the time and our address for such messages. */
export type Here = { readonly now: number; readonly destination: string };

/** The same for a request: also our entity ID, and whether its application is told relay addresses. */
type HereForRequests = Here & { readonly entityId: string; readonly sendsAddress: boolean };

/**
 * Checks that a message of any kind was made lately and for us. Destination must be our address where it is given, and
 * it must be given where the message is signed (SAML Bindings §3.4.5.2, §3.5.5.2).
 * @throws {UserError} saml_message_invalid: stale, early, destination_missing, destination_wrong.
 */
export function checkDelivery(message: Message, signed: boolean, { now, destination }: Here): void {
  if (message.issueInstant < now - OLDEST) refuse('stale');
  if (message.issueInstant > now + AHEAD) refuse('early');
  if (message.destination === undefined) {
    if (signed) refuse('destination_missing');
  } else if (message.destination !== destination) refuse('destination_wrong');
}

/** Where answers go where nothing else is asked for; nothing only where there is no address at all. */
export function usualConsumer({ consumers }: Pick<ServiceProvider, 'consumers'>): string | undefined {
  return (consumers.find(({ isDefault }) => isDefault) ?? consumers[0])?.url;
}

/** Where the answer goes (SAML Profiles §4.1.4.1): never to an address that is not in the settings. */
function consumerOf(request: AuthnRequest, provider: ServiceProvider): string {
  const { consumers } = provider;
  const { consumerUrl, consumerIndex, protocolBinding } = request;
  if (protocolBinding !== undefined && protocolBinding !== BINDINGS.post) refuse('binding_unsupported');
  if (consumerUrl !== undefined && consumerIndex !== undefined) refuse('consumer_both');
  if (consumerUrl !== undefined)
    return consumers.some(({ url }) => url === consumerUrl) ? consumerUrl : refuse('consumer_unknown');
  if (consumerIndex !== undefined)
    return consumers.find(({ index }) => index === consumerIndex)?.url ?? refuse('consumer_index');
  return usualConsumer(provider) ?? refuse('consumer_unknown');
}

/** The NameID to answer with; undefined if what is asked for is none that we have (SAML Core §3.4.1.1). */
function nameIdFor(
  { nameIdPolicy }: AuthnRequest,
  provider: ServiceProvider,
  sendsAddress: boolean,
): NameIdFormat | undefined {
  const qualifier = nameIdPolicy?.spNameQualifier;
  if (qualifier !== undefined && qualifier !== provider.entityId) return undefined;
  const asked = provider.nameIdFixed ? undefined : nameIdPolicy?.format;
  const format = asked === undefined ? 'unspecified' : nameIdFormatOf(asked);
  const nameId = format === 'unspecified' ? provider.nameId : format;
  return nameId === 'emailAddress' && !sendsAddress ? undefined : nameId;
}

/** Whether the person is named in a way that we can hold against a profile: by NameID, persistent or of no said format. */
function isSubjectServed(subject: NameId | 'unsupported' | undefined, provider: ServiceProvider): boolean {
  if (subject === undefined) return true;
  if (subject === 'unsupported') return false;
  const format = subject.format === undefined ? 'unspecified' : nameIdFormatOf(subject.format);
  const qualifier = subject.spNameQualifier ?? provider.entityId;
  return (format === 'unspecified' || format === 'persistent') && qualifier === provider.entityId;
}

/**
 * Decides how a sign-in request is answered. An exception means that nothing may be sent anywhere: the person is told
 * here. `status` means that the request is valid and its sender is told that it cannot be served:
 * InvalidNameIDPolicy for a NameID format or SPNameQualifier we do not have (the address too, where the application is
 * told none), NoAuthnContext as `contextFor` says, RequestUnsupported for a Subject other than a NameID and for an IDPList without us (SAML Core §3.4.1.3).
 * Conditions and AllowCreate are passed over, as SAML Core §3.4.1 and §3.4.1.1 let us: we set the audience and times of
 * an assertion ourselves, and people make their profile at the first sign-in.
 * @param signed whether its signature was verified.
 * @throws {UserError} saml_message_invalid: signature_missing, consumer_unknown, consumer_index, consumer_both,
 * binding_unsupported and those of `checkDelivery`.
 */
export function judgeAuthnRequest(
  request: AuthnRequest,
  signed: boolean,
  provider: ServiceProvider,
  here: HereForRequests,
): Judgement {
  if (provider.signedRequests && !signed) refuse('signature_missing');
  checkDelivery(request, signed, here);
  const consumer = consumerOf(request, provider);

  const { subject, providers } = request;
  const nameId = nameIdFor(request, provider, here.sendsAddress);
  const context = contextFor(request.contexts);
  // What people are called otherwise is not what a person can be found by.
  const isFound = subject === undefined || nameId === 'persistent';
  const isServed = isFound && isSubjectServed(subject, provider) && (providers?.includes(here.entityId) ?? true);
  const status: StatusName | undefined = !isServed
    ? 'RequestUnsupported'
    : nameId === undefined
      ? 'InvalidNameIDPolicy'
      : context === undefined
        ? 'NoAuthnContext'
        : undefined;
  return {
    consumer,
    nameId: nameId ?? provider.nameId,
    ...(context ?? USUAL),
    ...(subject === undefined || subject === 'unsupported' ? {} : { subject: subject.value }),
    ...(status === undefined ? {} : { status }),
  };
}
