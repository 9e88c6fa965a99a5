import { networkInterfaces } from 'node:os';

/** The addresses by which this machine reaches others, in one string; empty if there are none. */
export function networkAddresses(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses
    .filter(({ internal }) => !internal)
    .map(({ cidr, address }) => cidr ?? address)
    .sort()
    .join(' ');
}
