import type { Reply } from '../arrival.ts';

/** What the dialogue answers of its own: always the same words, whoever asks and whatever is behind an address. */
export const REPLIES = {
  bareLineEnd: { code: 550, enhanced: '5.6.0', text: 'Bare CR or LF in the message' },
  nul: { code: 550, enhanced: '5.6.0', text: 'NUL in the message' },
  longLine: { code: 550, enhanced: '5.6.0', text: 'A line of the message is too long' },
  tooBig: { code: 552, enhanced: '5.3.4', text: 'The message is too big' },
  badHead: { code: 550, enhanced: '5.6.0', text: 'The header cannot be read or is too long' },
  doubleField: { code: 550, enhanced: '5.6.0', text: 'A header field that may stand once stands twice' },
  costly: { code: 554, enhanced: '5.6.0', text: 'Too many lines that begin with a dot' },
  loop: { code: 554, enhanced: '5.4.6', text: 'Too many hops' },

  badSender: { code: 501, enhanced: '5.1.7', text: 'Bad sender address' },
  badRecipient: { code: 501, enhanced: '5.1.3', text: 'Bad recipient address' },
  badParameter: { code: 555, enhanced: '5.5.4', text: 'Parameter not known' },
  notOurs: { code: 550, enhanced: '5.7.1', text: 'Relaying denied' },
  tooManyRecipients: { code: 452, enhanced: '4.5.3', text: 'Too many recipients' },

  authenticationRequired: { code: 530, enhanced: '5.7.0', text: 'Authentication required' },
  encryptionRequired: { code: 530, enhanced: '5.7.0', text: 'Must issue a STARTTLS command first' },
  wrongCredentials: { code: 535, enhanced: '5.7.8', text: 'Authentication credentials invalid' },
  noSubmission: { code: 554, enhanced: '5.7.0', text: 'No encryption here: local clients only' },

  tooManyConnections: { code: 421, enhanced: '4.7.0', text: 'Too many connections' },
  tooManyCommands: { code: 421, enhanced: '4.7.0', text: 'Too many commands' },
  tooManyUnknown: { code: 421, enhanced: '4.7.0', text: 'Too many bad recipients, try again later' },
  /** The same where somebody hands over for many: ending the connection would be felt by the others. */
  tooManyUnknownOfClient: { code: 450, enhanced: '4.7.1', text: 'Too many bad recipients, try again later' },
  tooManyFailures: { code: 421, enhanced: '4.7.0', text: 'Too many failures, try again later' },
  tooManyMessages: { code: 451, enhanced: '4.7.1', text: 'Too many messages, try again later' },
  aliasTooBusy: { code: 451, enhanced: '4.7.1', text: 'Too many messages for this recipient, try again later' },
  tooSlow: { code: 421, enhanced: '4.4.2', text: 'Took too long' },
  closing: { code: 421, enhanced: '4.3.2', text: 'Closing, try again later' },
} as const satisfies Record<string, Reply>;

/** What is answered to a fault of ours; the log says more under the reference. */
export const failure = (reference: string): Reply => ({
  code: 451,
  enhanced: '4.3.0',
  text: `Temporary failure, try again later (${reference})`,
});

/** A message that is not taken for what its octets are. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(reply.text);
    this.reply = reply;
  }
}

/** Whether what was answered is a reply, and not what an address is. */
export const isReply = (answer: object): answer is Reply => 'code' in answer;
