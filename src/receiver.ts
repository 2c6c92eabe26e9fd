import type { Log } from './log.ts';
import { makeReceiver, type Receiver } from './mail/receive/receive.ts';
import type { Parts } from './parts.ts';

/** What receives mail, for the parts of each moment: they are made anew when settings of the house change. */
export function receiverOf(parts: () => Parts, { log, now }: { log: Log; now: () => number }): Receiver {
  const { config, metrics } = parts();
  return makeReceiver({
    config,
    domain: () => parts().config.ALUCO_ALIAS_DOMAIN,
    log,
    metrics,
    now,
    relay: {
      recipient: (...asked) => parts().relay.recipient(...asked),
      accept: (arrival) => parts().relay.accept(arrival),
    },
    authenticate: (user, password) => parts().applications.authenticateSubmission(user, password),
    isBusy: () => parts().relay.isBusy(),
    isKnown: (address) => parts().applications.knowsMachine(address),
  });
}
