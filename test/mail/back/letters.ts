import { readHead, type Head } from '../../../src/mail/head.ts';

/** A message as it comes: its header read, its body octets. */
export type Come = { readonly head: Head; readonly body: Buffer };

/** Reads a message written with plain line ends. */
export function come(text: string): Come {
  const octets = Buffer.from(text.replaceAll(/\r?\n/gu, '\r\n'));
  const end = octets.indexOf('\r\n\r\n') + 4;
  return { head: readHead(octets.subarray(0, end)), body: octets.subarray(end) };
}

/** What hosts write when they could not keep a message: their shapes, not their words. */
export const REPORTS = {
  postfix: `Return-Path: <>
From: MAILER-DAEMON@mx.mailbox.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: x7k2p9q4m1z8c5v3b6n0@alias.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="8C1A2.1764255/mx.mailbox.test"
Content-Transfer-Encoding: 8bit

This is a MIME-encapsulated message.

--8C1A2.1764255/mx.mailbox.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered.

<alix@home.example>: no such person here

--8C1A2.1764255/mx.mailbox.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mailbox.test
X-Postfix-Queue-ID: 8C1A2
Arrival-Date: Fri, 27 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; alix@home.example
Original-Recipient: rfc822;alix@home.example
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: "alix"

--8C1A2.1764255/mx.mailbox.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: "Lac" <q1w2e3r4t5y6u7i8o9p0@alias.test>
To: k7f3@alias.test
Subject: hello

Status: 4.0.0
--8C1A2.1764255/mx.mailbox.test--
`,
  exim: `Return-path: <>
X-Failed-Recipients: alix@home.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@exim.example>
To: x7k2p9q4m1z8c5v3b6n0@alias.test
References: <one@lake.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1764255600-eximdsn-904
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1764255600-eximdsn-904
Content-type: text/plain; charset=us-ascii

A message could not be delivered.

--1764255600-eximdsn-904
Content-type: message/delivery-status

Reporting-MTA: dns; exim.example

Action: failed
Final-Recipient: rfc822;alix@home.example
Status: 5.0.0
Remote-MTA: dns; mx.home.example
Diagnostic-Code: smtp; 552 Quota exceeded for this
 mailbox

--1764255600-eximdsn-904
Content-type: text/rfc822-headers

Subject: hello

--1764255600-eximdsn-904--
`,
  exchange: `From: "Microsoft Outlook" <postmaster@exchange.example>
To: <x7k2p9q4m1z8c5v3b6n0@alias.test>
MIME-Version: 1.0
Content-Type: multipart/report;
 report-type=delivery-status;
 boundary="_000_6b1fAM0PR_"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: fr-FR
Message-ID: <6b1f@exchange.example>
In-Reply-To: <one@lake.example>
Subject: =?iso-8859-1?Q?Non_remis=A0:_hello?=
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All

--_000_6b1fAM0PR_
Content-Type: multipart/alternative; differences=Content-Type;
 boundary="_000_6b1finner_"

--_000_6b1finner_
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

=C9chec de la remise.

--_000_6b1finner_
Content-Type: text/html; charset="iso-8859-1"

<html></html>

--_000_6b1finner_--

--_000_6b1fAM0PR_
Content-Type: message/delivery-status

Reporting-MTA: dns;exchange.example
Received-From-MTA: dns;relay.alias.test
Arrival-Date: Fri, 27 Nov 2026 10:00:00 +0000

Original-Recipient: rfc822;alix@home.example
Final-Recipient: rfc822;Alix.D@home.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
X-Display-Name: Alix

--_000_6b1fAM0PR_
Content-Type: message/rfc822

Subject: hello

--_000_6b1fAM0PR_--
`,
  gmail: `From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: x7k2p9q4m1z8c5v3b6n0@alias.test
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="00000000000093ab"; report-type=delivery-status
MIME-Version: 1.0

--00000000000093ab
Content-Type: multipart/related; boundary="000000000000aa"

--000000000000aa
Content-Type: multipart/alternative; boundary="000000000000bb"

--000000000000bb
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--000000000000bb--
--000000000000aa
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--000000000000aa--
--00000000000093ab
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Fri, 27 Nov 2026 02:00:00 -0800 (PST)

Final-Recipient: rfc822; alix@home.example
Action: failed
Status: 5.2.1
Remote-MTA: dns; mx.home.example. (192.0.2.1, the server for the domain.)
Diagnostic-Code: smtp; 550-5.2.1 The account that you tried to reach is inactive.
 550 5.2.1 https://help.example/?p=Disabled - gsmtp
Last-Attempt-Date: Fri, 27 Nov 2026 02:00:01 -0800 (PST)

--00000000000093ab
Content-Type: message/rfc822

Subject: hello

--00000000000093ab--
`,
  delayed: `From: MAILER-DAEMON@mx.mailbox.test
Subject: Delayed Mail (still being retried)
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

still trying
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mailbox.test

Final-Recipient: rfc822; alix@home.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: smtp; connect to mx.home.example: Connection timed out
Will-Retry-Until: Wed, 2 Dec 2026 10:00:00 +0000 (UTC)

--b--
`,
  expired: `Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mailbox.test

Final-Recipient: rfc822; alix@home.example
Action: failed
Status: 4.4.1
Diagnostic-Code: smtp; connect to mx.home.example: Connection refused

--b--
`,
  /** RFC 6533, in base64, with two recipients the second of whom is the worse. */
  international: `Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="b c"

--b c
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: base64

${Buffer.from(
  [
    'Reporting-MTA: dns; mx.mailbox.test',
    '',
    'Final-Recipient: utf-8; hérisson@home.example',
    'Action: relayed',
    'Status: 2.0.0',
    '',
    'Final-Recipient: utf-8; chouette@home.example',
    'Action: failed (for good)',
    'Status: 5.7.1',
    'Diagnostic-Code: smtp; 550 5.7.1 Refusé par le filtre: spam',
    '',
  ].join('\r\n'),
).toString('base64')}

--b c--
`,
} as const;
