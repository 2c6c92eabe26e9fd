import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** No wider network is anybody's own, in bits. */
const SHORTEST = { ipv4: 8, ipv6: 32 };

/** Undefined where it is neither an address nor a network, written whole as in the settings of the program. */
function read(text: string): Network | undefined {
  if (isIP(text.split('/', 1)[0] ?? '') === 0 || text.includes('%')) return undefined;
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/**
 * Whether an application can be known by this address or network: no wider than /8, or /32 of version 6, and no address
 * of version 4 written as one of version 6, which no client ever has.
 */
export function isSenderNetwork(text: string): boolean {
  const network = read(text);
  if (network === undefined) return false;
  const [address, bits] = network;
  if (address instanceof ipaddr.IPv6 && address.range() === 'ipv4Mapped') return false;
  return bits >= SHORTEST[address.kind()];
}

/** Whether a machine's address is one of these, or in one of these networks. */
export function isSenderAddress(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const machine = ipaddr.process(address);
  return networks.some((text) => {
    const network = read(text);
    return network !== undefined && network[0].kind() === machine.kind() && machine.match(network);
  });
}
