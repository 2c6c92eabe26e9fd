import type { IncomingMessage } from 'node:http';
import bowser from 'bowser';

/** A few words about a browser, for its owner: "Firefox, Linux". */
export function describeDevice(req: IncomingMessage | undefined): string {
  const agent = req?.headers['user-agent'];
  if (agent === undefined || agent === '') return '';
  const { browser, os } = bowser.parse(agent.slice(0, 400));
  return [browser.name, os.name].filter((word) => word !== undefined && word !== '').join(', ');
}
