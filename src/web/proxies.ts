import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';

/** Says of an address whether a proxy there is believed. */
export const isTrusted =
  (networks: Config['ALUCO_TRUSTED_PROXIES']) =>
  (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
  };
